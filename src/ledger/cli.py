"""The program ``mingzhang``: what a person types. The one module of ``ledger`` that knows projections and api."""

from __future__ import annotations

import re
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import structlog
import typer

from ledger import log_lines
from ledger.access import AccessError, is_staff_number
from ledger.book.book import Busy
from ledger.book.database import DatabaseError
from ledger.commands import audit_samples as audit_sample_commands
from ledger.commands import cases as case_commands
from ledger.commands import publishing as publish_commands
from ledger.commands import rules as rule_commands
from ledger.commands import samples as sample_commands
from ledger.commands import sealing as seal_commands
from ledger.commands import witnessing as witness_commands
from ledger.commands.archiving import EPILOG as ARCHIVE_EPILOG
from ledger.commands.archiving import archive
from ledger.commands.bundling import EPILOG as BUNDLE_EPILOG
from ledger.commands.bundling import bundle
from ledger.commands.difference import EPILOG as DIFF_EPILOG
from ledger.commands.difference import diff
from ledger.commands.exporting import EPILOG as EXPORT_EPILOG
from ledger.commands.exporting import export
from ledger.commands.options import AsJson, AsOf, KnownAt, Xlsx, day_of, moment_of
from ledger.commands.replaying import EPILOG as REPLAY_EPILOG
from ledger.commands.replaying import replay
from ledger.commands.restoring import EPILOG as RESTORE_EPILOG
from ledger.commands.restoring import restore
from ledger.commands.subjects import EPILOG, subjects
from ledger.commands.verifying import EPILOG as VERIFY_EPILOG
from ledger.commands.verifying import verify
from ledger.decide.refusal import Refusal
from ledger.intake.problems import UsageProblem
from ledger.policy import NoSuchPackError
from ledger.seal.folder import NotSealed
from ledger.seal.keys import SealError
from ledger.seal.note import NoteError
from ledger.seal.sealer import SealRefused
from ledger.server import ServerError
from ledger.vault import VaultError
from projections.open_book import NotOpened, Place

if TYPE_CHECKING:
    from ledger.intake.importer import FileReport

_ROLE = re.compile(r"[a-z][a-z_]{0,39}")

app = typer.Typer(
    name="mingzhang",
    help="明账:社会救助资金账本与监督 / a ledger and supervision of social assistance money",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(rule_commands.app)
app.command(epilog=EPILOG)(subjects)
app.command(epilog=DIFF_EPILOG)(diff)
app.command(epilog=EXPORT_EPILOG)(export)
app.command(epilog=ARCHIVE_EPILOG)(archive)
app.command(epilog=BUNDLE_EPILOG)(bundle)
app.command(epilog=RESTORE_EPILOG)(restore)
app.command(epilog=VERIFY_EPILOG)(verify)
app.command(epilog=REPLAY_EPILOG)(replay)
app.add_typer(case_commands.app)
app.add_typer(sample_commands.app)
app.add_typer(audit_sample_commands.app)
app.add_typer(publish_commands.app)
app.add_typer(seal_commands.app)
app.add_typer(witness_commands.app)


@dataclass(frozen=True, slots=True)
class Who:
    """Who gives the command."""

    staff: str
    role: str


@dataclass(frozen=True, slots=True)
class Setting:
    place: Place
    who: Who


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        from ledger.version import product_version

        typer.echo(f"mingzhang {product_version() or '(未安装 / not installed)'}")
        raise typer.Exit


@app.callback()
def main_options(
    context: typer.Context,
    data: Annotated[
        Path, typer.Option(envvar="MINGZHANG_DATA", help="数据目录 / where the embedded database lives")
    ] = Path("data"),
    database: Annotated[
        str | None, typer.Option(envvar="MINGZHANG_DATABASE", help="外部 PostgreSQL / a real server's URL instead")
    ] = None,
    today: Annotated[
        str | None,
        typer.Option(
            envvar="MINGZHANG_TODAY", metavar="DATE", help="以该日为今天(查阅往年账) / the day taken for today"
        ),
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(envvar="MINGZHANG_RULES", help="本地规则目录 / the folder of the site's own rules")
    ] = None,
    seal: Annotated[
        Path | None, typer.Option(envvar="MINGZHANG_SEAL", help="封存目录 / the seal folder (DATA/seal)")
    ] = None,
    seal_key: Annotated[
        str | None,
        typer.Option(
            envvar="MINGZHANG_SEAL_KEY", metavar="PATH|none", help="封存密钥,none 为他处封存 / the signing key"
        ),
    ] = None,
    staff: Annotated[str, typer.Option(envvar="MINGZHANG_STAFF", help="操作人工号 / your staff number")] = "system",
    role: Annotated[str, typer.Option(envvar="MINGZHANG_ROLE", help="岗位 / your role")] = "operator",
    verbose: Annotated[bool, typer.Option("--verbose", help="显示运行日志 / show log lines")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="版本 / the version")
    ] = False,
) -> None:
    log_lines.configure(verbose=verbose)
    # Asked to end, the program ends as it should: requests finished, the embedded server stopped.
    signal.signal(signal.SIGTERM, _stop)
    if not is_staff_number(staff) or not _ROLE.fullmatch(role):
        raise typer.BadParameter(
            "--staff 填工号、--role 填岗位英文名,不填姓名或证件号 / a staff number and a role, no name or ID number"
        )
    context.obj = Setting(Place(data, database, day_of(today, "--today"), rules, seal, seal_key), Who(staff, role))


@app.command("import", epilog="例 / example:  mingzhang import ./2025 --observed --jurisdiction lanzhou-new-area")
def import_files(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="文件或文件夹 / files or folders")],
    observed: Annotated[
        bool, typer.Option("--observed", help="按已发生登记,不拒绝 / record what already happened")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只试算,不入账 / try it, record nothing")] = False,
    jurisdiction: Annotated[
        str | None, typer.Option(help="适用规则(新账本首次导入时) / whose rules, on a new book")
    ] = None,
    rejects: Annotated[Path, typer.Option(help="退回清单目录 / where rejected rows are written")] = Path(),
    as_json: AsJson = False,
) -> None:
    """导入文件 / take files in: by default each row is decided; with --observed it is recorded as it happened."""
    from ledger.commands import tables
    from ledger.commands.importing import ImportCommand

    setting: Setting = context.obj
    command = ImportCommand(setting.place, setting.who.staff, setting.who.role, jurisdiction, rejects)

    def show(reports: list[FileReport]) -> None:
        tables.show_import(reports, as_json=as_json, dry_run=dry_run)

    reports = command.run(paths, "observed" if observed else "decided", dry_run=dry_run, show=show)
    raise typer.Exit(1 if any(r.rejected or r.problem for r in reports) else 0)


@app.command(epilog="例 / example:  mingzhang funds --as-of 2025-12-31 --json")
def funds(
    context: typer.Context, as_of: AsOf = None, known_at: KnownAt = None, as_json: AsJson = False, xlsx: Xlsx = None
) -> None:
    """资金余额 / fund balances."""
    _show(context, "funds", as_of, known_at, as_json, xlsx)


@app.command(epilog="例 / example:  mingzhang cap --as-of 2025-12-31")
def cap(
    context: typer.Context, as_of: AsOf = None, known_at: KnownAt = None, as_json: AsJson = False, xlsx: Xlsx = None
) -> None:
    """购买服务上限 / the purchase-of-services cap."""
    _show(context, "cap", as_of, known_at, as_json, xlsx)


@app.command(epilog="例 / example:  mingzhang alerts --as-of 2025-12-31 --xlsx alerts.xlsx")
def alerts(
    context: typer.Context, as_of: AsOf = None, known_at: KnownAt = None, as_json: AsJson = False, xlsx: Xlsx = None
) -> None:
    """预警 / the findings: questions with evidence, never verdicts."""
    _show(context, "alerts", as_of, known_at, as_json, xlsx)


@app.command(epilog="例 / example:  mingzhang supervise --full")
def supervise(
    context: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="全部重新核查 / ask every rule of everything")] = False,
) -> None:
    """核查:运行规则,把预警的产生、补充、解除记入账本 / ask the rules and record what changed as events."""
    from ledger.commands import tables
    from projections.open_book import open_book

    context.obj.place.must_hold_a_book()
    with open_book(context.obj.place) as books:
        supervisor = books.supervisor
        seen = supervisor.sweep(books.today) if full else supervisor.keep_up(books.today)
        tables.show_supervised(seen, books.today, supervisor.kept_on())


@app.command(epilog="例 / example:  mingzhang rebuild")
def rebuild(context: typer.Context) -> None:
    """重算全部投影并核对 / derive every projection again from the log and compare."""
    from projections.open_book import open_book

    context.obj.place.must_hold_a_book()
    with open_book(context.obj.place) as books:
        before = books.engine.digest()
        position = books.engine.rebuild()
        after = books.engine.digest()
    typer.echo(f"日志位置 / log position: {position}\n摘要 / digest: {after}")
    if before != after:
        _fail(3, "重算结果与原投影不一致 / the rebuilt projections differ from what was there")


@app.command(epilog="例 / example:  mingzhang token --staff G001 --role finance --region 620199")
def token(
    context: typer.Context,
    staff: Annotated[str, typer.Option(help="工号 / staff number")],
    role: Annotated[str, typer.Option(help="finance | civil_affairs | audit | discipline | viewer")],
    region: Annotated[str, typer.Option(help="可见区划 / region that may be seen")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="有效天数 / days it is good for")] = 30,
) -> None:
    """生成访问令牌 / make a token for the API and the console; it is shown once."""
    from ledger.access.tokens import make_token
    from projections.open_book import open_book

    context.obj.place.must_hold_a_book()
    with open_book(context.obj.place) as books:
        typer.echo(make_token(books.database, staff, role, region, days))


@app.command(epilog="例 / example:  mingzhang serve --port 8000")
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="监听地址 / address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 / port")] = 8000,
) -> None:
    """启动接口与控制台 / the API and the console."""
    from api.serving import serve as run
    from projections.open_book import open_book

    context.obj.place.must_hold_a_book()
    with open_book(context.obj.place, keep_up=True) as books:
        run(books, host, port)


@app.command(epilog="例 / example:  mingzhang demo")
def demo(
    context: typer.Context,
    households: Annotated[int, typer.Option(min=200, max=100_000, help="家庭数 / households")] = 2000,
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 / port")] = 8000,
    once: Annotated[bool, typer.Option("--once", help="导入后退出,不启动控制台 / stop after the import")] = False,
) -> None:
    """演示:合成一个县一年的账并打开控制台 / a synthetic county's year, then the console."""
    from ledger.commands.demo import run_demo

    run_demo(context.obj.place, households=households, port=port, is_once=once)


def _show(
    context: typer.Context, name: str, as_of: str | None, known_at: str | None, as_json: bool, xlsx: Path | None
) -> None:
    from ledger.commands import tables, taking_out
    from projections import queries
    from projections.open_book import open_book

    context.obj.place.must_hold_a_book()
    clocks = queries.Clocks(day_of(as_of), moment_of(known_at))
    read = queries.reading_whole if name == "alerts" else queries.reading
    with open_book(context.obj.place) as books, read(books.database, clocks) as cursor:
        own = {"rules": books.engine.rules} if name == "alerts" else {}
        rows = getattr(queries, name)(cursor, **own)
        if xlsx:
            taking_out.save(cursor, name, rows, context.obj.who.staff, xlsx)
    tables.show(name, rows, as_json=as_json)


# DuckDB makes an error of its own of what a signal's handler raises while it is at work.
_stopping = threading.Event()


def _stop(*_: object) -> NoReturn:
    _stopping.set()
    raise SystemExit(STOPPED)


def _fail(code: int, message: str) -> NoReturn:
    typer.echo(f"错误 / error: {message}", err=True)
    raise SystemExit(code)


# What a shell says of a program that was asked to end.
STOPPED = 143
_WRONG_USAGE = (UsageProblem, NotOpened, NoSuchPackError, AccessError)
_CANNOT = (ServerError, DatabaseError, VaultError, Busy, SealError, NotSealed, NoteError)


def main() -> Any:
    """Entry point; exit codes: 0 all recorded, 1 some rows rejected, 2 wrong usage, 3 the books fail verification."""
    try:
        app(standalone_mode=True)
    except Refusal as refusal:
        _fail(2, f"{refusal.reason_zh()}\n{refusal.reason_en()}")
    except SealRefused as refused:
        _fail(3, str(refused))
    except _WRONG_USAGE as error:
        _fail(2, str(error))
    except _CANNOT as error:
        _fail(4, str(error))
    except BrokenPipeError:
        sys.exit(1)
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as error:
        _fail(2, f"无法读写“{error.filename}” / cannot read or write {error.filename}: {error.strerror}")
    except Exception:
        if _stopping.is_set():
            raise SystemExit(STOPPED) from None
        structlog.get_logger().exception("unexpected error")
        _fail(
            4, "程序出错,账本未受影响,请把日志交给维护人员 / unexpected error; the books are unharmed, pass the log on"
        )


if __name__ == "__main__":
    main()
