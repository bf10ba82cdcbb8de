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
            _frames_only,
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


_transform = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def _frames_only(logger: object, name: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """An exception as its type and the places that it passed: its words may repeat somebody's name or number."""
    exc_info = line.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    if isinstance(exc_info, BaseException):
        exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
    if exc_info and exc_info[0] is not None:
        line["exception"] = [
            {
                "type": part["exc_type"],
                "frames": [f"{frame['filename'].rpartition('/')[2]}:{frame['lineno']}" for frame in part["frames"]],
            }
            for part in _transform(exc_info)
        ]
    return line
