"""The embedded PostgreSQL: started when the first process needs it, stopped by the last."""

from ledger.server.embedded import EmbeddedServer
from ledger.server.errors import ServerError

__all__ = ["EmbeddedServer", "ServerError"]
