"""The Merkle tree of RFC 6962: its root as leaves come, proofs made and proofs checked.

Sizes count leaves; an index counts from 0 (position − 1). A proof is a list of hashes of 32 bytes, in the order of
RFC 6962 section 2.1: from the leaf's side towards the root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ledger.seal.hashing import SHA256, TreeHash

# The root of the leaves ``[start, end)``; asked only for ranges that are whole subtrees.
Subtree = Callable[[int, int], bytes]


class ProofError(ValueError):
    """A proof does not lead from what it starts with to the root."""


def split_of(size: int) -> int:
    """The largest power of two below ``size``: where RFC 6962 parts a tree of two leaves or more."""
    return 1 << ((size - 1).bit_length() - 1)


class Frontier:
    """A tree as far as it goes: the roots of its whole subtrees, from the largest to the smallest."""

    def __init__(self, tree_hash: TreeHash = SHA256, size: int = 0, subtree: Subtree | None = None) -> None:
        self._hash = tree_hash
        self.size = size
        self._roots = [subtree(start, end) for start, end in whole_subtrees(0, size)] if subtree else []

    def add(self, leaf: bytes) -> None:
        """The hash of the next leaf."""
        self.size += 1
        merged, carry = leaf, self.size
        while carry & 1 == 0:
            merged = self._hash.node(self._roots.pop(), merged)
            carry >>= 1
        self._roots.append(merged)

    def root(self) -> bytes:
        """The root of the leaves so far."""
        return join(self._roots, self._hash)


def root_of(leaves: Iterable[bytes], tree_hash: TreeHash = SHA256) -> bytes:
    """The root over these leaf hashes."""
    tree = Frontier(tree_hash)
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def whole_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """``[start, end)`` as the fewest aligned ranges whose lengths are powers of two, left to right."""
    found = []
    while start < end:
        aligned = start & -start if start else 1 << (end - start).bit_length()
        length = min(aligned, 1 << ((end - start).bit_length() - 1))
        found.append((start, start + length))
        start += length
    return found


def join(roots: Sequence[bytes], tree_hash: TreeHash = SHA256) -> bytes:
    """The root over the roots of subtrees that grow smaller to the right."""
    if not roots:
        return tree_hash.empty()
    root = roots[-1]
    for left in reversed(roots[:-1]):
        root = tree_hash.node(left, root)
    return root


def root_at(size: int, subtree: Subtree, tree_hash: TreeHash = SHA256) -> bytes:
    """The root that the tree had when it held ``size`` leaves."""
    return _range_root(0, size, subtree, tree_hash)


def _range_root(start: int, end: int, subtree: Subtree, tree_hash: TreeHash) -> bytes:
    return join([subtree(*part) for part in whole_subtrees(start, end)], tree_hash)


def inclusion_proof(index: int, size: int, subtree: Subtree, tree_hash: TreeHash = SHA256) -> list[bytes]:
    """That leaf ``index`` is one of the first ``size`` (PATH of RFC 6962).

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split_of(end - start)
        if index < middle:
            proof.append(_range_root(middle, end, subtree, tree_hash))
            end = middle
        else:
            proof.append(_range_root(start, middle, subtree, tree_hash))
            start = middle
    return proof[::-1]


def consistency_proof(first: int, second: int, subtree: Subtree, tree_hash: TreeHash = SHA256) -> list[bytes]:
    """That the tree of ``second`` leaves begins with that of ``first`` (PROOF of RFC 6962); empty for 0 or equal ones.

    Raises:
        ValueError: ``first`` is the larger one.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {first} cannot be the beginning of one of {second}")
    if first in (0, second):
        return []
    proof: list[bytes] = []
    start, end, is_whole = 0, second, True
    while first != end:
        middle = start + split_of(end - start)
        if first <= middle:
            proof.append(_range_root(middle, end, subtree, tree_hash))
            end = middle
        else:
            proof.append(_range_root(start, middle, subtree, tree_hash))
            start, is_whole = middle, False
    if not is_whole:
        proof.append(_range_root(start, end, subtree, tree_hash))
    return proof[::-1]


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes, tree_hash: TreeHash = SHA256
) -> None:
    """Checks that a leaf hash stands at ``index`` in the tree with this root (RFC 9162 section 2.1.3.2).

    Raises:
        ProofError: it does not.
    """
    if not 0 <= index < size:
        raise ProofError(f"no leaf {index} in a tree of {size}")
    at, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("the proof is too long")
        if at & 1 or at == last:
            reached = tree_hash.node(sibling, reached)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            reached = tree_hash.node(reached, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise ProofError("the proof is too short")
    if reached != root:
        raise ProofError("the proof leads to another root")


def check_consistency(
    first: int, second: int, old: bytes, new: bytes, proof: Sequence[bytes], tree_hash: TreeHash = SHA256
) -> None:
    """Checks that the tree ``second``/``new`` begins with the tree ``first``/``old`` (RFC 9162 section 2.1.4.2).

    Raises:
        ProofError: it does not.
    """
    if not 0 <= first <= second:
        raise ProofError("the later tree is smaller")
    if first in (0, second):
        if proof or old != (tree_hash.empty() if first == 0 else new):
            raise ProofError("the roots differ" if not proof else "the proof is too long")
        return
    # A first tree that is whole is itself where the proof begins.
    hashes = list(proof) if first & (first - 1) else [old, *proof]
    if not hashes:
        raise ProofError("the proof is too short")
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_reached = new_reached = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofError("the proof is too long")
        if at & 1 or at == last:
            old_reached = tree_hash.node(sibling, old_reached)
            new_reached = tree_hash.node(sibling, new_reached)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new_reached = tree_hash.node(new_reached, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise ProofError("the proof is too short")
    if old_reached != old or new_reached != new:
        raise ProofError("the proof leads to another root")
