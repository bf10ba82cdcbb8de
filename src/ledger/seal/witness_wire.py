"""The ``add-checkpoint`` call of c2sp.org/tlog-witness as bytes in and bytes out, whoever carries them."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import NamedTuple

from ledger.seal.hashing import HASH_BYTES
from ledger.seal.note import Note, NoteError, unbase64
from ledger.seal.witness import Reason, Witness, WitnessRefused

MOST_BYTES = 1 << 17
_MOST_HASHES = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_STATUS: dict[Reason, int] = {
    "malformed": 400,
    "unknown": 404,
    "unsigned": 403,
    "stale": 409,
    "rollback": 409,
    "fork": 422,
}


class Submitted(NamedTuple):
    """What a log asks: the size that it believes was last seen, the proof from there, and its checkpoint."""

    old: int
    proof: list[bytes]
    note: Note

    @classmethod
    def parse(cls, body: bytes) -> Submitted:
        """Reads the body of a request.

        Raises:
            NoteError: it is none.
        """
        head, blank, below = body.partition(b"\n\n")
        lines = head.decode("ascii", "replace").split("\n")
        old = _OLD.fullmatch(lines[0])
        if len(body) > MOST_BYTES or not blank or old is None or len(lines) > 1 + _MOST_HASHES:
            raise NoteError("请求的写法不对", "the request is not written as it should be")
        proof = [unbase64(line) for line in lines[1:]]
        if any(len(one) != HASH_BYTES for one in proof):
            raise NoteError("证明中的哈希不是 32 字节", "a hash of the proof is not 32 bytes")
        return cls(int(old[1]), proof, Note.parse(below))

    def encode(self) -> bytes:
        """As a log sends it."""
        lines = [f"old {self.old}", *(b64encode(one).decode() for one in self.proof)]
        return ("\n".join(lines) + f"\n\n{self.note}").encode()


class Answer(NamedTuple):
    """A status, a content type and a body."""

    status: int
    content_type: str
    body: bytes


def answer(witness: Witness, body: bytes, at_second: int) -> Answer:
    """What the witness says to a request; a fork is kept with both notes."""
    try:
        submitted = Submitted.parse(body)
        signature = witness.add_checkpoint(*submitted, at_second)
    except NoteError as error:
        return _text(400, str(error))
    except WitnessRefused as refused:
        if refused.reason == "stale":
            return Answer(409, "text/x.tlog.size", f"{refused.known}\n".encode())
        if refused.reason == "fork":
            witness.keep_refusal(refused)
        return _text(409 if refused.is_split else _STATUS[refused.reason], str(refused))
    return Answer(200, "text/plain; charset=utf-8", f"{signature}\n".encode())


def _text(status: int, said: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", f"{said}\n".encode())
