"""The embedded PostgreSQL: started when the first process needs it, stopped by the last."""

from ledger.server.embedded import EmbeddedServer
from ledger.server.errors import ServerError
from ledger.server.keeper import Keeper

__all__ = ["EmbeddedServer", "Keeper", "ServerError"]
