"""``mingzhang seal``: sign the log's root from outside the database, change the key, take in what witnesses signed."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from ledger.commands.options import AsJson

if TYPE_CHECKING:
    from ledger.seal.checkpoint import Checkpoint
    from ledger.seal.sealing import Sealing
    from ledger.seal.state import SealState, Witnessed
    from projections.open_book import Place

app = typer.Typer(
    name="seal",
    help="封存:对日志的根哈希签名 / seal the log: sign its root, outside the database",
    invoke_without_command=True,
    epilog="例 / example:  mingzhang seal --every 5",
)
log = structlog.get_logger()


@app.callback()
def seal(
    context: typer.Context,
    every: Annotated[
        float | None, typer.Option(min=0.5, max=86_400, help="每隔若干秒封存,不退出 / go on, every so many seconds")
    ] = None,
) -> None:
    """封存新事件;只需能读 book.event 的数据库账号 / seal what is new; the login need only read book.event."""
    if context.invoked_subcommand is not None:
        return
    place: Place = context.obj.place
    place.must_hold_a_book()
    sealing = _with_key(place)
    with ExitStack() as closing:
        url = _url(place, closing)
        while True:
            sealed = _once(sealing, url, is_kept_up=every is not None)
            if sealed or every is None:
                _say(sealing, sealed)
            if every is None:
                return
            time.sleep(every)


def _once(sealing: Sealing, url: str, *, is_kept_up: bool) -> Checkpoint | None:
    import psycopg

    def show(done: int, due: int) -> None:
        if done < due:
            typer.echo(f"已封存 / sealed: {done} / {due}", err=True)

    try:
        with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=on") as conn:
            return sealing.seal(conn, show)
    except psycopg.OperationalError:
        if not is_kept_up:
            raise
        log.warning("the database cannot be reached; tried again")
        return None


def _say(sealing: Sealing, sealed: Checkpoint | None) -> None:
    held = sealed or sealing.folder.checkpoint()
    typer.echo(
        f"{'已封存' if sealed else '没有新事件,已封存'} {held.size} 条,根哈希 / "
        f"{'sealed' if sealed else 'nothing new, sealed'} {held.size} events, root: {held.root.hex()}"
    )


@app.command(epilog="例 / example:  mingzhang seal status --json")
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """封存到哪里、由谁见证 / how far the log is sealed, by which key, and who witnessed it."""
    import psycopg

    from ledger.seal.state import state_of

    place: Place = context.obj.place
    place.must_hold_a_book()
    with ExitStack() as closing:
        conn = closing.enter_context(psycopg.connect(_url(place, closing), autocommit=True))
        row = conn.execute("select coalesce(max(position), 0) from book.event").fetchone()
    state = state_of(place.seal_folder, int(row[0]) if row else 0)
    shown = _shown(state)
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(f"{name}: {value}" for name, value in _lines(state, shown)))
    if state.is_alarming:
        raise typer.Exit(3)


def _shown(state: SealState) -> dict[str, object]:
    refused = state.refused
    return {
        "head": state.head,
        "sealed": state.size,
        "unsealed": state.head - state.size,
        "origin": state.origin,
        "root": state.root.hex() if state.root else None,
        "root_sm3": state.sm3_root.hex() if state.sm3_root else None,
        "key": str(state.key) if state.key else None,
        "witnesses": [
            {"name": one.name, "size": one.size, "at": one.at.isoformat() if one.at else None, "valid": one.is_valid}
            for one in state.witnesses
        ],
        "refused": None
        if refused is None
        else f"{refused.position}: {refused.zh} / {refused.en} ({refused.refused_at})",
        "trouble": str(state.trouble) if state.trouble else None,
    }


_TITLES = {
    "head": "日志末位 / head",
    "sealed": "已封存 / sealed",
    "unsealed": "待封存 / not yet",
    "origin": "账本 / origin",
    "root": "根哈希 SHA-256 / root",
    "root_sm3": "根哈希 SM3 / root",
    "key": "公钥 / key",
    "witnesses": "见证 / witnesses",
    "refused": "拒绝封存 / refused",
    "trouble": "封存目录 / seal folder",
}


def _lines(state: SealState, shown: dict[str, object]) -> list[tuple[str, object]]:
    told = shown | {"witnesses": ";".join(map(_witnessed, state.witnesses)) or None}
    return [(_TITLES[name], value) for name, value in told.items() if value is not None]


def _witnessed(one: Witnessed) -> str:
    at = one.at.isoformat(timespec="seconds") if one.at else "—"
    is_valid = "有效 valid" if one.is_valid else "未能证实 not confirmed"
    return f"{one.name} 至第 {one.size} 条 up to {one.size}, {at}, {is_valid}"


@app.command(epilog="例 / example:  mingzhang seal key")
def key(
    context: typer.Context,
    make: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="新建签名密钥(私钥,勿外传) / make a signing key there: private, keep it"),
    ] = None,
) -> None:
    """显示公钥;可交给见证人和审计 / the public key, to hand out."""
    from ledger.seal.keys import make_key

    place: Place = context.obj.place
    keys = place.seal_folder.keys()
    if make is None:
        typer.echo("\n".join(map(str, keys)) or "尚未封存 / not sealed yet")
        return
    is_new = not make.exists()
    verifier = make_key(make).verifier
    state = ("新的私钥已写入", "a new private key lies in") if is_new else ("私钥在", "the private key lies in")
    typer.echo(f"{state[0]} {make},不要外传;其公钥如下 / {state[1]} {make}, keep it; its public key:", err=True)
    typer.echo(verifier.renamed(keys[0].name) if keys else verifier)


@app.command(epilog="例 / example:  mingzhang seal rotate --new-key /secure/seal-2027.key")
def rotate(
    context: typer.Context,
    new_key: Annotated[
        Path | None, typer.Option(help="新密钥文件(先用 seal key --make 新建) / the new key, made by seal key --make")
    ] = None,
    record_only: Annotated[
        str | None,
        typer.Option(metavar="VKEY", help="只登记更换事件(密钥在别处) / only record it; the keys are elsewhere"),
    ] = None,
    recorded: Annotated[bool, typer.Option("--recorded", help="事件已登记 / the event is on record already")] = False,
) -> None:
    """更换封存密钥 / rotate the key: an event names the new one, both sign once, then the new one alone."""
    from ledger.commands.rotating import finish_rotation, record_rotation

    place: Place = context.obj.place
    place.must_hold_a_book()
    if (new_key is None) == (record_only is None):
        raise typer.BadParameter("用 --new-key 或 --record-only 之一 / say either --new-key or --record-only")
    if new_key is not None and not new_key.is_file():
        # A path that was mistyped must not change the key for good.
        raise typer.BadParameter(
            f"没有文件 {new_key};先新建:mingzhang seal key --make {new_key} / "
            f"there is no {new_key}; make it first: mingzhang seal key --make {new_key}",
            param_hint="--new-key",
        )
    if not recorded:
        record_rotation(place, context.obj.who.staff, context.obj.who.role, new_key, record_only)
        typer.echo("更换已登记 / the rotation is on record")
    if new_key is not None:
        with ExitStack() as closing:
            old, key_file = finish_rotation(place, _url(place, closing), new_key)
        typer.echo(f"新密钥已启用:{key_file},旧密钥保存在 {old} / the new key is in use, the old one lies in {old}")


@app.command("add-cosignature", epilog="例 / example:  mingzhang seal add-cosignature 见证.note --witness audit.vkey")
def add_cosignature(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="witness cosign --out 写的文件 / the file that the witness wrote")],
    witness: Annotated[str, typer.Option(metavar="VKEY|FILE", help="见证人的公钥 / the witness's public key")],
) -> None:
    """收入见证人的签名,随后的证明都带上它 / take in a witness's signature."""
    from ledger.seal.folder import TREES
    from ledger.seal.keys import read_verifier
    from ledger.seal.note import Note

    files = [(file.with_name(file.name + tree_hash.suffix.replace("/", ".")), tree_hash) for tree_hash in TREES]
    notes = [(Note.parse(path.read_bytes()), tree_hash) for path, tree_hash in files if path == file or path.is_file()]
    size = context.obj.place.seal_folder.add_cosignatures(notes, read_verifier(witness))
    typer.echo(f"已收入 {size} 条检查点的见证 / taken in for the checkpoint of {size} events")


@app.command(epilog="例 / example:  mingzhang seal timestamp --tsa http://tsa.example/tsr --ca tsa.pem")
def timestamp(
    context: typer.Context,
    tsa: Annotated[str, typer.Option(metavar="URL", help="时间戳服务 / the authority (RFC 3161)")],
    ca: Annotated[Path | None, typer.Option(help="其根证书(PEM) / its root certificates")] = None,
) -> None:
    """为最新检查点加盖时间戳 / have the latest checkpoint time-stamped."""
    from ledger.seal.timestamp import load_roots
    from ledger.seal.timestamp import timestamp as stamp

    size, at = stamp(context.obj.place.seal_folder, tsa, load_roots(ca) if ca else None)
    typer.echo(f"{size} 条的检查点,时间戳 / checkpoint of {size} events, stamped: {at.isoformat()}")


def _with_key(place: Place) -> Sealing:
    from ledger.seal.keys import SealError

    sealing = place.sealing
    if sealing.signer() is None:
        raise SealError(
            f"没有封存密钥({place.seal_key or sealing.key_file});请用 --seal-key 指明,遗失时见 docs/seal.md",
            f"there is no key to seal with ({place.seal_key or sealing.key_file}): name it with --seal-key, "
            "or read docs/seal.md if it is lost",
        )
    return sealing


def _url(place: Place, closing: ExitStack) -> str:
    from ledger.server import EmbeddedServer

    return place.database_url or closing.enter_context(EmbeddedServer(place.data)).start()
