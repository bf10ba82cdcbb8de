"""Which version of the program this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def product_version() -> str | None:
    """The version that is installed; None where the program runs from a folder of sources."""
    try:
        return version("mingzhang")
    except PackageNotFoundError:
        return None
