"""``mingzhang witness``: an office outside remembers what it saw of the log, and signs only what continues it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ledger.seal.folder import SealFolder
    from ledger.seal.hashing import TreeHash
    from ledger.seal.note import Note
    from ledger.seal.witness import Witness

app = typer.Typer(
    name="witness",
    help="见证:记住所见的检查点,只签其延续 / remember checkpoints, cosign only what continues them",
    no_args_is_help=True,
)


@contextmanager
def _given(option: str) -> Iterator[None]:
    """Says of what was typed for ``option`` that it is wrong usage."""
    from ledger.seal.keys import SealError
    from ledger.seal.note import NoteError

    try:
        yield
    except (SealError, NoteError) as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


Folder = Annotated[Path, typer.Argument(metavar="DIR", help="见证人目录 / the witness's folder")]


@app.command(epilog="例 / example:  mingzhang witness init 审计见证 --name audit.620199 --log log.vkey")
def init(
    folder: Folder,
    name: Annotated[str, typer.Option(help="见证人名称,不含空格 / the witness's name, without spaces")],
    log: Annotated[str, typer.Option(metavar="VKEY|FILE", help="账本的公钥 / the log's public key")],
) -> None:
    """新建见证人,或让它认识又一账本 / make a witness, or let it know a further log."""
    from ledger.seal.keys import read_verifier
    from ledger.seal.witness import Witness

    with _given("--log"):
        key = read_verifier(log)
    is_there = (folder / "witness.key").exists()
    with _given("DIR, --name, --log"):
        witness = Witness.init(folder, name, key)
    if is_there:
        typer.echo("见证人已在此,密钥未变 / the witness was there already, its key is as it was")
    typer.echo(f"见证人公钥,请交账本一方和审计 / the witness's public key, to hand out:\n{witness.verifier}")


@app.command(epilog="例 / example:  mingzhang witness cosign 审计见证 --log http://127.0.0.1:8000/seal --out 见证.note")
def cosign(
    folder: Folder,
    log: Annotated[
        str, typer.Option(metavar="FOLDER|ARCHIVE|URL", help="封存目录、存档或网址 / seal folder, archive or address")
    ],
    out: Annotated[Path | None, typer.Option(help="签名写入文件 / where the signed checkpoint is written")] = None,
) -> None:
    """核对日志只增未改,并签名;否则拒绝并留证 / sign what only grew; refuse the rest and keep both notes."""
    from ledger.seal.checkpoint import Checkpoint
    from ledger.seal.cosigning import cosign as sign
    from ledger.seal.source import open_source
    from ledger.seal.witness import Witness, WitnessRefused

    with _given("DIR"):
        witness = Witness(folder)
    with _given("--log"):
        source = open_source(log)
    try:
        notes = sign(witness, source, int(time.time()))
    except WitnessRefused as refused:
        kept = witness.keep_refusal(refused)
        typer.echo(refused.report)
        typer.echo(f"拒绝见证,两份检查点存于 {kept} / refused; both notes are kept in {kept}", err=True)
        raise typer.Exit(3) from None
    written = _hand_over(witness, source, notes, out)
    size = Checkpoint.parse(notes[0][0].text).size
    typer.echo(f"已见证 {size} 条:{written} / cosigned {size} events: {written}")


@app.command(epilog="例 / example:  mingzhang witness status 审计见证")
def status(folder: Folder) -> None:
    """每个账本最后所见 / what was last seen of each log."""
    from ledger.seal.checkpoint import Checkpoint
    from ledger.seal.hashing import SHA256
    from ledger.seal.witness import Witness

    with _given("DIR"):
        witness = Witness(folder)
    typer.echo(f"见证人 / witness: {witness.verifier}")
    for origin in witness.origins():
        last = witness.last(origin, SHA256)
        held = Checkpoint.parse(last.text) if last else None
        seen = f"{held.size} {held.root.hex()}" if held else "尚未见证 / nothing yet"
        typer.echo(f"{origin}: {seen}\n  公钥 / key: {witness.key_of(origin)}")
    refusals = sorted((folder / "refused").glob("*.txt"))
    if refusals:
        typer.echo("拒绝过 / refused:\n" + "\n".join(f"  {path}" for path in refusals))


@app.command(epilog="例 / example:  mingzhang witness serve 审计见证 --port 8765")
def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(help="监听地址 / address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 / port")] = 8765,
) -> None:
    """以 c2sp.org/tlog-witness 接口接受检查点 / take checkpoints over HTTP, as c2sp.org/tlog-witness says."""
    import uvicorn

    from api.witness_service import create_witness_service
    from ledger.seal.witness import Witness

    with _given("DIR"):
        service = create_witness_service(Witness(folder))
    typer.echo(f"http://{host}:{port}/add-checkpoint", err=True)
    uvicorn.run(service, host=host, port=port, access_log=False, log_config=None, server_header=False)


def _hand_over(witness: Witness, source: SealFolder, notes: list[tuple[Note, TreeHash]], out: Path | None) -> str:
    """Puts the signatures where they were asked for, or under the log's checkpoints where those can be written."""
    from ledger.seal.tiles import write_file

    is_archive = source.read("manifest.json") is not None
    if out is None and not is_archive:
        try:
            source.add_cosignatures(notes, witness.verifier)
            return str(source.path / "checkpoint.witnessed")
        except OSError:
            pass
    file = out or Path(f"{witness.signer.name.replace('/', '_')}.note")
    for note, tree_hash in notes:
        write_file(file.with_name(file.name + tree_hash.suffix.replace("/", ".")), note.encode())
    return str(file)
