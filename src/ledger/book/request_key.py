"""What binds an idempotency key to the request that it was first used for."""

from __future__ import annotations

import hashlib


def request_digest(content: str, key: str) -> str:
    """32 hex digits over what was asked, keyed by the key itself, which no log holds."""
    secret = hashlib.sha256(key.encode()).digest()
    return hashlib.blake2b(content.encode(), digest_size=16, key=secret).hexdigest()
