"""Log lines for people at a terminal, JSON for everything else, on standard error, each with its command's id."""

from __future__ import annotations

import logging
import sys
from uuid import uuid4

import structlog


def configure(*, verbose: bool = False) -> str:
    """Sets up structlog for this process; returns the id that every line of this command carries."""
    command_id = uuid4().hex[:12]
    is_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Tracebacks name places in the code, never the values at hand.
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
            if not is_terminal
            else structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if verbose or not is_terminal else logging.WARNING
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(command=command_id)
    return command_id
