"""``mingzhang rules``: read the rule book, begin a rule, and try one over the real book before it goes live."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ledger.commands.options import AsJson, AsOf, KnownAt, day_of, moment_of

if TYPE_CHECKING:
    from ledger.policy import PolicyPack
    from projections.open_book import Place
    from projections.rules import BrokenRule, Rule, RuleError

app = typer.Typer(name="rules", help="规则手册 / the rule book: list, show, new, try", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules of a book and its policy; where no book was begun, of the files alone under the national policy."""

    rules: tuple[Rule, ...]
    broken: tuple[BrokenRule, ...]
    policy: PolicyPack
    today: date


@app.command("list", epilog="例 / example:  mingzhang rules list")
def list_rules(context: typer.Context, as_json: AsJson = False) -> None:
    """列出规则 / every rule: the product's and the site's own, and the files that are broken."""
    from ledger.commands import rule_tables

    with _rule_book(context.obj.place) as held:
        if as_json:
            typer.echo(json.dumps([rule_tables.plain(rule) for rule in held.rules], ensure_ascii=False, indent=1))
        else:
            rule_tables.show_list(held.rules)
    for broken in held.broken:
        typer.echo(f"已跳过 / skipped: {broken}", err=True)


@app.command(epilog="例 / example:  mingzhang rules show over_standard")
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="规则名 / the rule's name")],
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """查看一条规则 / one rule: its question, its law, its parameters in force, what clears it, and its SQL."""
    from ledger.commands import rule_tables

    with _rule_book(context.obj.place) as held:
        rule = _named(name, held)
        parameters = rule_tables.values_in_force(rule, held.policy, day_of(as_of) or held.today)
    if as_json:
        plain = rule_tables.plain(rule) | {"parameters_in_force": parameters, "sql": rule.sql}
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=1, default=str))
    else:
        rule_tables.show_rule(rule, parameters)


@app.command(epilog="例 / example:  mingzhang rules new paid_on_holiday --out paid_on_holiday.sql")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="规则名,小写英文 / a name, a-z and _")],
    out: Annotated[Path | None, typer.Option(help="写到哪个文件 / the file to write")] = None,
) -> None:
    """新建规则模板 / write a rule to begin with: it can be tried as it stands."""
    from projections.rule_template import template
    from projections.rules import RuleError, load_rules, parse_rule

    place = out or Path(f"{name}.sql")
    text = template(name)
    try:
        parse_rule(text)
    except RuleError as error:
        _refuse(error)
    if any(rule.rule == name for rule in load_rules()):
        raise typer.BadParameter(
            f"“{name}”是产品自带规则,请另起名称 / {name} is a rule of the product: take another name", param_hint="NAME"
        )
    try:
        with place.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        reason = "文件已存在,不会覆盖 / it is there already" if isinstance(error, FileExistsError) else error.strerror
        raise typer.BadParameter(f"{place}: {reason}", param_hint="--out") from None
    typer.echo(f"已写入 / written: {place}\n试运行 / try it: mingzhang rules try {place}")


@app.command("try", epilog="例 / example:  mingzhang rules try --rule short_paid --parameter short_paid_grace_days=5")
def try_rule(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE.sql]", help="规则草稿 / a draft")] = None,
    name: Annotated[str | None, typer.Option("--rule", metavar="NAME", help="现行规则 / a live rule instead")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="假设的参数值 / a parameter as if it were so")
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """试运行 / run a draft, or other parameters, over the real book beside the live rule; nothing is kept."""
    from ledger.commands import rule_tables
    from projections.backtest import backtest
    from projections.open_book import open_book
    from projections.overrides import read_overrides
    from projections.queries import Clocks
    from projections.rules import RuleError, check_parameters, parse_rule, read_file

    if (file is None) == (name is None):
        raise typer.BadParameter("请给出一个草稿文件,或 --rule 名称 / name a draft file, or a live rule with --rule")
    context.obj.place.must_hold_a_book()
    clocks = Clocks(day_of(as_of), moment_of(known_at))
    try:
        draft = parse_rule(read_file(file), "site") if file else None
        if draft:
            check_parameters(draft)
        with open_book(context.obj.place) as books:
            held = RuleBook(books.engine.rules, books.engine.broken_rules, books.policy, books.today)
            tried = draft or _named(name or "", held)
            live = next((rule for rule in held.rules if rule.rule == tried.rule), None)
            values = read_overrides(parameter or (), tried, books.policy, clocks.as_of or books.today)
            found = backtest(books.database, clocks, tried, live, values)
    except RuleError as error:
        _refuse(error, file)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1, default=str))
    else:
        rule_tables.show_backtest(found)


@contextmanager
def _rule_book(place: Place) -> Iterator[RuleBook]:
    from ledger.policy import load_pack
    from projections.open_book import NotOpened, open_book, today
    from projections.rules import load_rules, load_site_rules

    try:
        place.must_hold_a_book()
    except NotOpened:
        site, broken = load_site_rules(place.site_rules)
        yield RuleBook((*load_rules(), *site), broken, load_pack("national"), place.business_day or today())
        return
    with open_book(place) as books:
        yield RuleBook(books.engine.rules, books.engine.broken_rules, books.policy, books.today)


def _named(name: str, held: RuleBook) -> Rule:
    found = next((rule for rule in held.rules if rule.rule == name), None)
    if found is None:
        for broken in held.broken:
            if broken.file == f"{name}.sql":
                raise typer.BadParameter(f"规则文件有误,已跳过 / broken, skipped: {broken}")
        raise typer.BadParameter(
            f"没有规则“{name[:48]}”,可用 mingzhang rules list 查看 / no rule {name[:48]!r}: see mingzhang rules list"
        )
    return found


def _refuse(error: RuleError, file: Path | None = None) -> NoReturn:
    from projections.overrides import ParameterError
    from projections.rules import BrokenRule

    said = BrokenRule.of(file.name, error) if file and not isinstance(error, ParameterError) else error
    typer.echo(f"错误 / error: {said}", err=True)
    raise typer.Exit(2)
