"""`python -m ledger.county OUT`: makes a county in the folder OUT."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ledger.county.making import make_county
from ledger.county.plan import DEMO_WRONGS, JURISDICTIONS, RULES, CountyPlan


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes a county and says how many rows of each kind; 2 when no county can be made of the options."""
    options = _parser().parse_args(arguments)
    try:
        answers = make_county(_plan(options), options.out)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for kind, rows in answers.rows.items():
        print(f"{rows:>9,}  {kind}")
    return 0


def _parser() -> argparse.ArgumentParser:
    example = "example: python -m ledger.county --seed 7 --households 2000 --wrongs demo build/county"
    parser = argparse.ArgumentParser("python -m ledger.county", description=__doc__, epilog=example)
    parser.add_argument("out", type=Path, metavar="OUT", help="文件夹 the folder to write to")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--households", type=int, default=300, metavar="N")
    parser.add_argument("--year", type=int, default=2025)
    parser.add_argument("--jurisdiction", choices=JURISDICTIONS, default=JURISDICTIONS[0], metavar="J")
    parser.add_argument("--region", default="620199", help="六位区划代码 six digits")
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--one-off-cases", type=int, metavar="N")
    parser.add_argument("--transfers", action="store_true", help="含资金拨付 with money passed down to townships")
    wrongs = f"none, demo, all, or names with commas: {', '.join(RULES)}"
    parser.add_argument("--wrongs", default="none", help=wrongs)
    return parser


def _plan(options: argparse.Namespace) -> CountyPlan:
    sets: dict[str, tuple[str, ...]] = {"none": (), "demo": DEMO_WRONGS, "all": RULES}
    return CountyPlan(
        seed=options.seed,
        households=options.households,
        year=options.year,
        jurisdiction=options.jurisdiction,
        region=options.region,
        wrongs=sets[options.wrongs] if options.wrongs in sets else tuple(options.wrongs.split(",")),
        months=options.months,
        one_off_cases=options.one_off_cases,
        transfers=options.transfers,
    )


if __name__ == "__main__":
    sys.exit(main())
