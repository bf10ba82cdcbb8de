"""The key by which a row is known again when its file is imported again."""

import hashlib
from collections.abc import Mapping
from typing import Final

from ledger.intake.columns import Kind
from ledger.intake.kinds import KINDS

_LEAST_SECRET_BYTES: Final = 16
_FIELDS: Final = {kind.name: sorted(column.field for column in kind.columns) for kind in KINDS.values()}


def row_key(kind: Kind, values: Mapping[str, object], secret: bytes) -> bytes:
    """16 bytes, the same for the same typed values however the file was written.

    Keyed BLAKE2b with `secret` (16 to 64 bytes, kept outside the log), because the key stands in the log and an ID
    number among the values could be guessed from a plain hash. The content is the kind's name, the names of the filled
    fields in order, the length of each value as text, and the values: no two rows read alike (a field has one type).
    A blank field adds nothing, so a column that the kind gains later changes no old key.
    """
    if len(secret) < _LEAST_SECRET_BYTES:
        raise ValueError(f"the secret must have at least {_LEAST_SECRET_BYTES} bytes")
    filled = [field for field in _FIELDS[kind.name] if values[field] is not None]
    texts = [str(values[field]) for field in filled]
    lengths = ",".join(map(str, map(len, texts)))
    content = f"{kind.name}\n{','.join(filled)}\n{lengths}\n{''.join(texts)}"
    return hashlib.blake2b(content.encode(), digest_size=16, key=secret, person=b"ledger-row").digest()
