"""The check that the console's proof page makes, run by node against what ``ledger.seal`` made: true and mutated."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.console.words import catalogue
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import SealFolder
from ledger.seal.growth import GrowingTree
from ledger.seal.hashing import SHA256
from ledger.seal.note import Signer, VerifierKey
from ledger.seal.proof import Proof

STATIC = Path(__file__).parents[2] / "api" / "console" / "static"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None, reason="proof.js is not run here: there is no node (apt-get install nodejs)"
)

ORIGIN = "mingzhang/0011223344556677"
SIZES = (1, 2, 3, 7, 8, 255, 256, 257, 300, 70_000)
# From docs/log-format.md: the first event there, at position 1.
HEADER = bytes.fromhex("4d5a31000000000000000100000000000000000000000e626f6f6b2e6f70656e65642e76310000000000000000")


def header(position: int) -> bytes:
    return HEADER[:3] + position.to_bytes(8, "big") + HEADER[11:]


class Log:
    """Events whose payloads are their numbers, sealed at every one of ``SIZES``."""

    def __init__(self, folder: Path, fork_at: int | None = None) -> None:
        self.folder = SealFolder(folder)
        self.signer = Signer(ORIGIN, "log", Ed25519PrivateKey.from_private_bytes(b"1" * 32))
        self.folder.write_keys([self.signer.verifier])
        self.keys = f"{self.signer.verifier}\n"
        tree = GrowingTree(self.folder.tiles())
        for position in range(1, SIZES[-1] + 1):
            payload = self.payload(position) if position != fork_at else b'{"forked":true}'
            tree.add(SHA256.leaf(header(position) + payload))
            if position in SIZES:
                tree.flush()
                self.folder.write_note(Checkpoint(ORIGIN, position, tree.root()).signed_by(self.signer))

    @staticmethod
    def payload(position: int) -> bytes:
        return json.dumps({"n": position, "汉": '"\\'}, ensure_ascii=False).encode()

    def event(self, position: int) -> dict[str, Any]:
        return {"header_hex": header(position).hex(), "payload": self.payload(position).decode()}

    def case(self, position: int, size: int) -> dict[str, Any]:
        """What a visitor would paste."""
        proof = str(self.folder.proof(position, size))
        return {"do": "event", "event": json.dumps(self.event(position)), "proof": proof, "keys": self.keys}

    def tiles(self) -> dict[str, str]:
        root = self.folder.path
        files = [file for file in (root / "tile").rglob("*") if file.is_file()]
        return {file.relative_to(root).as_posix(): file.read_bytes().hex() for file in files}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(tmp_path_factory.mktemp("seal"))


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console's files where node takes them for modules, as a browser does."""
    folder = tmp_path_factory.mktemp("static")
    shutil.copytree(STATIC, folder / "static")
    (folder / "package.json").write_text('{"type": "module"}')
    return folder / "static" / "proof.js"


def run(module: Path, cases: list[dict[str, Any]]) -> list[Any]:
    """What proof.js found of each case."""
    assert NODE
    script = str(Path(__file__).with_name("check_proofs.mjs"))
    done = subprocess.run(
        [NODE, script, str(module)], input=json.dumps(cases), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def holds(steps: list[dict[str, Any]]) -> bool:
    return len(steps) == 4 and all(step["isRight"] for step in steps)


@needs_node
def test_every_true_proof_holds(log: Log, module: Path) -> None:
    pairs = {
        (max(position, 1), size) for size in SIZES for position in (1, 2, size // 2, size - 1, size) if position <= size
    }
    cases = [log.case(position, size) for position, size in sorted(pairs)]
    assert len(cases) > 35
    for case, steps in zip(cases, run(module, cases), strict=True):
        assert holds(steps), (case["proof"], steps)


@needs_node
def test_the_events_own_proof_is_enough(log: Log, module: Path) -> None:
    made = log.folder.proof(5, 7)
    event = log.event(5) | {
        "position": 5,
        "index": 4,
        "leaf": SHA256.leaf(header(5) + log.payload(5)).hex(),
        "hashes": [one.hex() for one in made.hashes],
        "checkpoint": str(made.note),
    }
    case = {"do": "event", "proof": "", "keys": log.keys}
    changes: list[dict[str, Any]] = [{}, {"position": 6}, {"index": 5}, {"leaf": "00" * 32}, {"payload": "{}"}]
    found = run(module, [case | {"event": json.dumps(event | change)} for change in changes])
    assert [holds(steps) for steps in found] == [True, False, False, False, False]


@needs_node
def test_what_is_shown_is_read_from_the_bytes(log: Log, module: Path) -> None:
    # docs/log-format.md, its second vector.
    vector = bytes.fromhex(
        "4d5a31000000000000000200062ab06a436f350000001766756e64696e672e6772616e745f6973737565642e7631000000020000001d6"
        "46f63756d656e743ae8b4a2e7a4bee3809432303235e3809531e58fb70000000f6361703a3632303139397c3230323500000010001122"
        "33445566778899aabbccddeeff"
    )
    case = log.case(2, 7) | {"do": "says", "event": json.dumps({"header_hex": vector.hex(), "payload": "{}"})}
    (says,) = run(module, [case])
    assert says == {
        "position": "2",
        "recordedAt": "1735787045678901",
        "topic": "funding.grant_issued.v1",
        "tags": ["document:财社〔2025〕1号", "cap:620199|2025"],
        "key": "00112233445566778899aabbccddeeff",
    }


def mutated(case: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """One character of one text changed, left out, doubled or swapped with the next."""
    part = dice.choice(["event", "proof", "proof", "keys"])
    text = case[part]
    at = dice.randrange(len(text) - 1)
    other = dice.choice('0123456789abcdefABC+/=\n "{}—甲')
    changed = dice.choice(
        [
            text[:at] + other + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[: at + 1] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        ]
    )
    return case | {part: changed}


def truly_holds(case: dict[str, Any]) -> bool:
    """What ``ledger.seal`` says of the same texts; keys under another name are nobody's."""
    try:
        event = json.loads(case["event"])
        entry = bytes.fromhex(event["header_hex"]) + event["payload"].encode()
        proof = Proof.parse(case["proof"].encode())
        keys = [VerifierKey.parse(line) for line in case["keys"].split("\n") if line.strip()]
        proof.check(SHA256.leaf(entry), [key for key in keys if key.name == proof.checkpoint.origin])
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


@needs_node
def test_a_mutated_proof_holds_only_where_it_says_the_same(log: Log, module: Path) -> None:
    dice = random.Random(620199)
    cases = [mutated(log.case(dice.randint(1, size), size), dice) for size in SIZES for _ in range(100)]
    found = run(module, cases)
    verdicts = [(holds(steps), truly_holds(case)) for case, steps in zip(cases, found, strict=True)]
    assert [case for case, (here, there) in zip(cases, verdicts, strict=True) if here and not there] == []
    # Such as white space in the event's JSON.
    assert 0 < sum(here for here, _ in verdicts) < len(cases) / 10


@needs_node
def test_each_step_says_what_is_wrong(log: Log, module: Path) -> None:
    case = log.case(5, 7)
    event = log.event(5)
    stranger = Signer(ORIGIN, "log", Ed25519PrivateKey.from_private_bytes(b"2" * 32)).verifier
    wrong: list[tuple[dict[str, str], str, str | None]] = [
        ({"event": "nothing"}, "read", "event"),
        ({"event": json.dumps(event | {"header_hex": "4D"})}, "read", "hex"),
        ({"event": json.dumps(event | {"header_hex": event["header_hex"] + "00"})}, "bytes", "header"),
        ({"event": json.dumps(log.event(6))}, "bytes", None),
        ({"event": json.dumps(event | {"payload": "{}"})}, "path", None),
        ({"proof": ""}, "read", "no_proof"),
        ({"proof": case["proof"].replace("index 4", "index 7")}, "path", "no_such_leaf"),
        (
            {"proof": "\n".join(line for nth, line in enumerate(case["proof"].split("\n")) if nth != 2)},
            "path",
            "too_short",
        ),
        ({"keys": ""}, "signature", "no_key"),
        ({"keys": str(stranger)}, "signature", "signature"),
        ({"keys": case["keys"].replace("+", "+0", 1)}, "read", "key"),
    ]
    for (_, name, code), steps in zip(wrong, run(module, [case | change for change, _, _ in wrong]), strict=True):
        first = next(step for step in steps if not step["isRight"] and (step["name"] != "bytes" or name == "bytes"))
        assert (first["name"], first.get("code")) == (name, code), steps


@needs_node
def test_witnesses_are_named_with_their_instant(log: Log, module: Path) -> None:
    witness = Signer("audit.example", "witness", Ed25519PrivateKey.from_private_bytes(b"3" * 32))
    note = log.folder.note(size=7)
    true = note.with_signatures([witness.sign(note.text, at_second=1_767_225_600)])
    false = note.with_signatures([witness.sign(note.text + "x", at_second=1)])
    keys = f"{log.keys}{witness.verifier}\n"
    cases = [{"do": "signers", "note": str(one), "keys": keys} for one in (true, false)]
    cases.append({"do": "signers", "note": str(true), "keys": log.keys})
    found = [answer[1] for answer in run(module, cases)]
    assert [(one["kind"], one["isRight"], one["at"]) for one in found] == [
        ("witness", True, "1767225600"),
        ("witness", False, "1"),
        (None, False, None),
    ]


@needs_node
def test_consistency_is_proved_from_tiles_as_the_sealer_proves_it(log: Log, module: Path) -> None:
    pairs = [(first, second) for second in SIZES for first in SIZES if first <= second]
    tiles = log.tiles()
    made = run(module, [{"do": "consistency", "first": a, "second": b, "tiles": tiles} for a, b in pairs[-14:]])
    assert made == [[one.hex() for one in log.folder.consistency(a, b)] for a, b in pairs[-14:]]
    cases = []
    for first, second in pairs:
        old, new = (log.folder.checkpoint(size=size).root.hex() for size in (first, second))
        proof = [one.hex() for one in log.folder.consistency(first, second)]
        case = {"do": "consistent", "first": first, "second": second, "old": old, "new": new, "proof": proof}
        cases += [case, case | {"old": "00" * 32}, case | {"new": "00" * 32}, case | {"proof": [*proof, "00" * 32]}]
    verdicts = run(module, cases)
    assert [verdict is True for verdict in verdicts] == [True, False, False, False] * len(pairs)


@needs_node
def test_a_checkpoint_kept_outside_shows_whether_history_was_rewritten(log: Log, module: Path, tmp_path: Path) -> None:
    forked = Log(tmp_path, fork_at=3)
    stranger = Signer(ORIGIN, "log", Ed25519PrivateKey.from_private_bytes(b"2" * 32))
    site = {"tiles": log.tiles(), "checkpoint": str(log.folder.note())}

    def kept(note: object, size: int = 300, **changes: Any) -> dict[str, Any]:
        return log.case(3, size) | site | {"do": "kept", "kept": str(note)} | changes

    other = Checkpoint("mingzhang/other", 7, b"0" * 32).signed_by(log.signer)
    cases = [
        (kept(log.folder.note(size=7)), True, None),
        (kept(log.folder.note(size=257), size=256), True, None),
        (kept(log.folder.note(size=300)), True, None),
        (kept(forked.folder.note(size=2)), True, None),
        (kept(forked.folder.note(size=3)), False, "forked"),
        (kept(forked.folder.note(size=300)), False, "forked"),
        (kept(forked.folder.note(), size=7), False, "forked"),
        (kept(log.folder.checkpoint(size=7).signed_by(stranger)), False, "signature"),
        (kept(other), False, "other_log"),
        (kept("nothing\n"), False, "note"),
        (kept(log.folder.note(), checkpoint=str(log.folder.note(size=300))), False, "rolled_back"),
        (kept(log.folder.note(size=7), checkpoint=None), None, "offline"),
        (kept(log.folder.note(size=7), checkpoint=str(other)), None, "offline"),
        (kept(log.folder.note(size=7), tiles={}), None, "tile"),
    ]
    found = run(module, [case for case, _, _ in cases])
    assert [(one["isRight"], one.get("code")) for one in found] == [(right, code) for _, right, code in cases]


def test_every_problem_has_words() -> None:
    program = (STATIC / "proof.js").read_text(encoding="utf-8")
    codes = {"signature", "no_key", *re.findall(r'(?:ProofError|raise)\("(\w+)"\)', program)}
    assert len(codes) > 15
    assert {f"proof_problem.{code}" for code in codes} == {
        key for key in catalogue() if key.startswith("proof_problem.")
    }
    page = (STATIC.parent / "templates" / "proof.html").read_text(encoding="utf-8")
    assert [code for code in sorted(codes) if f"'{code}'" not in page] == []


def test_the_vendored_files_are_those_that_their_readme_names() -> None:
    folder = STATIC / "vendor" / "noble"
    listed = dict(re.findall(r"\| `([\w./]+)` \| [^|]+ \| `([0-9a-f]{64})` \|", (folder / "README.md").read_text()))
    assert {path: sha256((folder / path).read_bytes()).hexdigest() for path in listed} == listed
    assert {file.relative_to(folder).as_posix() for file in folder.rglob("*.js")} == listed.keys()
