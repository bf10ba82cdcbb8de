"""A notice 公示 as files: a page that prints, and the same table as CSV for whoever reckons with it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


@dataclass(frozen=True, slots=True)
class Notice:
    """A title, what stands before and after the table, and the table."""

    title: str
    opening: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    closing: tuple[str, ...] = ()

    def files(self, stem: str) -> dict[str, bytes]:
        """``stem.html`` and ``stem.csv`` (UTF-8 with a BOM, which spreadsheet programs ask for)."""
        sheet = io.StringIO(newline="")
        csv.writer(sheet).writerows([self.header, *self.rows])
        page = _template().render(notice=self)
        return {f"{stem}.html": page.encode(), f"{stem}.csv": sheet.getvalue().encode("utf-8-sig")}


def written_day(day: date) -> str:
    """2025年1月8日: no figures beside each other that could be taken for a number."""
    return f"{day.year}年{day.month}月{day.day}日"


def written_month(month: str) -> str:
    """2025年1月."""
    year, _, number = month.partition("-")
    return f"{year}年{int(number)}月"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("ledger.publication", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("notice.html")
