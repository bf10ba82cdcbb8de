"""The tree by another implementation, by its definition, and grown in any steps: always the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from ledger.seal.growth import GrowingTree
from ledger.seal.hashing import SHA256, SM3, TreeHash
from ledger.seal.tiles import TileMissing, Tiles
from ledger.seal.tree import (
    Frontier,
    ProofError,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    root_at,
    root_of,
)

ENTRIES = [f"event {index}".encode() for index in range(1200)]
LEAVES = [SHA256.leaf(entry) for entry in ENTRIES]
sizes = st.integers(1, 1200)
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def other() -> InmemoryTree:
    """The tree of all entries by pymerkle, whose indices count from 1."""
    tree = InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        tree.append_entry(entry)
    return tree


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> Tiles:
    """The tree of all entries, as tiles."""
    tiles = Tiles(tmp_path_factory.mktemp("tiles"))
    tree = GrowingTree(tiles)
    for leaf in LEAVES:
        tree.add(leaf)
    tree.flush()
    return tiles


def by_definition(leaves: list[bytes], tree_hash: TreeHash) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else tree_hash.digest(b"")
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    left, right = (by_definition(part, tree_hash) for part in (leaves[:k], leaves[k:]))
    return tree_hash.digest(b"\x01" + left + right)


def proof_by_definition(first: int, leaves: list[bytes], *, is_whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2, word for word."""
    if first == len(leaves):
        return [] if is_whole else [by_definition(leaves, SHA256)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if first <= k:
        return [*proof_by_definition(first, leaves[:k], is_whole=is_whole), by_definition(leaves[k:], SHA256)]
    rest = proof_by_definition(first - k, leaves[k:], is_whole=False)
    return [*rest, by_definition(leaves[:k], SHA256)]


@relaxed
@given(sizes, st.data())
def test_another_implementation_gives_the_same(
    other: InmemoryTree, tiles: Tiles, size: int, data: st.DataObject
) -> None:
    root = root_at(size, tiles.subtree)
    assert root == other.get_root(size) == root_of(LEAVES[:size])
    index = data.draw(st.integers(0, size - 1))
    proven = other.prove_inclusion(index + 1, size)
    verify_inclusion(LEAVES[index], root, proven, index + 1, size)
    theirs = [bytes.fromhex(one) for one in proven.serialize()["path"]]
    ours = inclusion_proof(index, size, tiles.subtree)
    assert theirs == [LEAVES[index], *ours]
    check_inclusion(LEAVES[index], index, size, ours, root)
    first = data.draw(st.integers(1, size))
    old, proof = root_at(first, tiles.subtree), consistency_proof(first, size, tiles.subtree)
    # Theirs is laid out in another way, and leads from our old root to our new one; ours is that of the definition.
    verify_consistency(old, root, other.prove_consistency(first, size), first, size)
    assert proof == proof_by_definition(first, LEAVES[:size], is_whole=True)
    check_consistency(first, size, old, root, proof)


@pytest.mark.parametrize("tree_hash", [SHA256, SM3], ids=lambda one: one.name)
@relaxed
@given(size=st.integers(0, 70))
def test_the_root_is_that_of_the_definition(tree_hash: TreeHash, size: int) -> None:
    leaves = [tree_hash.leaf(entry) for entry in ENTRIES[:size]]
    assert root_of(leaves, tree_hash) == by_definition(leaves, tree_hash)


@relaxed
@given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_growing_in_any_steps_gives_the_same_tiles_and_root(steps: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        size = 0
        for step in steps:
            tree = GrowingTree(Tiles(Path(name)), size)
            for leaf in (LEAVES * 4)[size : size + step]:
                tree.add(leaf)
            tree.flush()
            size += step
            assert tree.root() == root_of((LEAVES * 4)[:size])
        tiles = Tiles(Path(name))
        assert root_at(size, tiles.subtree) == tree.root()
        assert Frontier(SHA256, size, tiles.subtree).root() == tree.root()
        written = {path for path in Path(name).rglob("*") if path.is_file() and ".p" not in str(path)}
        assert len([path for path in written if path.parts[-2] == "0"]) == size // 256


def test_a_tile_that_is_not_there_is_told(tiles: Tiles, tmp_path: Path) -> None:
    with pytest.raises(TileMissing):
        Tiles(tmp_path).subtree(0, 4)
    (tmp_path / "tile" / "0").mkdir(parents=True)
    (tmp_path / "tile" / "0" / "000").write_bytes(b"x" * 31)
    with pytest.raises(TileMissing):
        Tiles(tmp_path).subtree(0, 4)


@relaxed
@given(sizes, st.data())
def test_no_other_index_size_leaf_or_hash_is_accepted(tiles: Tiles, size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(index, size, tiles.subtree), root_at(size, tiles.subtree)
    wrong = [
        (LEAVES[index], index + 1, size, proof),
        (LEAVES[index], index - 1, size, proof),
        (LEAVES[(index + 1) % len(LEAVES)], index, size, proof),
        (LEAVES[index], index, size, [*proof, root]),
        (LEAVES[index], index, size + 2048, proof),
    ]
    wrong += [(LEAVES[index], index, size, proof[:-1]), (LEAVES[index], index, size, proof[1:])] if proof else []
    wrong += [(LEAVES[index], index, size, proof[::-1])] if proof != proof[::-1] else []
    for leaf, at, of, hashes in wrong:
        with pytest.raises(ProofError):
            check_inclusion(leaf, at, of, hashes, root)


@relaxed
@given(sizes, st.data())
def test_no_other_beginning_is_accepted(tiles: Tiles, size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size))
    old, new = root_at(first, tiles.subtree), root_at(size, tiles.subtree)
    proof = consistency_proof(first, size, tiles.subtree)
    another = SHA256.leaf(b"something else")
    wrong = [(first, size, another, new, proof), (first, size, old, another, proof)] if size > 1 else []
    wrong += [
        (first, size, old, new, [*proof, another]),
        (size + 1, first, old, new, proof),
        (0, size, old, new, proof),
    ]
    wrong += [(first, size, old, new, proof[:-1]), (first, size, old, new, proof[1:])] if proof else []
    for a, b, old_root, new_root, hashes in wrong:
        with pytest.raises(ProofError):
            check_consistency(a, b, old_root, new_root, hashes)
