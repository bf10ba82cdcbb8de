"""The running server of a cluster: find it, start it, recover from a killed one, stop it."""

import hashlib
import os
import signal
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from ledger.server import process, root
from ledger.server.cluster import DATABASE, Cluster
from ledger.server.errors import ServerError, from_output

_LOG = "server.log"
_SOCKET = ".s.PGSQL.5432"
_SOCKET_PATH_BYTES = 100
_READY_SECONDS = 300.0
_ORPHAN_SECONDS = 5.0
_FAST_SECONDS = 60.0
_STARTING = ("启动数据库", "Starting the database")

# The shell leaves at once, so the server is nobody's child; the session of its own keeps Ctrl-C in a terminal from it.
_LAUNCH = f'"$@" </dev/null >>{_LOG} 2>&1 & echo $!'


@dataclass(frozen=True)
class Postmaster:
    """A running server, as its postmaster.pid tells it."""

    process: psutil.Process
    status: str
    """`starting`, `ready` or `stopping`; only a ready one takes connections."""
    socket_folder: Path

    @property
    def url(self) -> str:
        """The connection URL, good for psycopg and libpq."""
        host = quote(os.fsencode(self.socket_folder), safe="")
        return f"postgresql://postgres@/{DATABASE}?host={host}&port=5432"

    @property
    def reachable(self) -> bool:
        """False if the socket is gone, as after the folder was moved under a running server."""
        return (self.socket_folder / _SOCKET).exists()


def find(folder: Path) -> Postmaster | None:
    """Find the server of the cluster in `folder`; none if it is not running, or if its process id is stale."""
    lines = _pid_file(folder)
    try:
        server = psutil.Process(_pid(lines))
    except (ValueError, psutil.NoSuchProcess):
        return None
    if not process.works_in(server, folder):
        return None
    socket_folder = Path(lines[4]) if len(lines) > 4 else folder
    return Postmaster(server, lines[7].strip() if len(lines) > 7 else "starting", socket_folder)


def _pid_file(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return []


def _pid(lines: list[str]) -> int:
    """Read the process id (a negative one is a single-user server's). Raises ValueError if a crash blanked the file."""
    return abs(int(lines[0] if lines else ""))


def start(cluster: Cluster) -> Postmaster:
    """Start the server and wait until it is ready. Raises ServerError. The caller has made sure that none runs."""
    _wait_for_orphans(cluster.folder)
    if found := find(cluster.folder):
        return wait_ready(cluster, found.process)
    socket_folder = _socket_folder(cluster)
    _drop_stale_files(cluster.folder, socket_folder)
    written_bytes = _log_bytes(cluster)
    quoted = str(socket_folder).replace('"', '""')
    done = cluster.run(
        *("/bin/sh", "-c", _LAUNCH, "sh", root.programs().program("postgres"), "-D", str(cluster.folder)),
        *("-p", "5432", "-k", f'"{quoted}"'),
    )
    try:
        return wait_ready(cluster, psutil.Process(int(done.stdout)), written_bytes)
    except psutil.NoSuchProcess:
        raise _failed(cluster, written_bytes) from None


def wait_ready(cluster: Cluster, server: psutil.Process, written_bytes: int | None = None) -> Postmaster:
    """Wait until a starting server is ready; recovery after a crash may take a while.

    `written_bytes` is where its part of the log begins (by default, at the log's end now).
    """
    since_bytes = _log_bytes(cluster) if written_bytes is None else written_bytes
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        found = find(cluster.folder)
        if found is not None and found.status == "ready":
            return found
        if process.gone(server):
            raise _failed(cluster, since_bytes)
        time.sleep(process.POLL_SECONDS)
    raise ServerError(
        f"数据库启动了 {_READY_SECONDS:.0f} 秒仍未就绪，可能正在崩溃恢复。请稍后重试，并查看 {cluster.folder / _LOG}。",
        f"The database is not ready after {_READY_SECONDS:.0f} seconds; it may be recovering from a crash. "
        f"Try again later, and look at {cluster.folder / _LOG}.",
    )


def stop(folder: Path, server: Postmaster) -> bool:
    """Stop a server fast (open transactions roll back), or at once if that takes over a minute; true if it was fast."""
    with suppress(psutil.NoSuchProcess):
        server.process.send_signal(signal.SIGINT)
    fast = process.wait_gone([server.process], _FAST_SECONDS)
    if not fast:
        process.end([server.process, *process.working_in(folder)])
    if server.socket_folder != folder:
        with suppress(OSError):
            server.socket_folder.rmdir()
    return fast


def _log_bytes(cluster: Cluster) -> int:
    log = cluster.folder / _LOG
    return log.stat().st_size if log.exists() else 0


def _failed(cluster: Cluster, written_bytes: int) -> ServerError:
    log = cluster.folder / _LOG
    said = log.read_bytes()[written_bytes:].decode("utf-8", errors="replace") if log.exists() else ""
    return from_output(_STARTING, said or f"see {log}")


def _wait_for_orphans(folder: Path) -> None:
    """Let what a killed server left behind end by itself, or kill it: it holds the shared memory that we need."""
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while orphans := process.working_in(folder):
        if find(folder) is not None:
            return
        if time.monotonic() > deadline:
            process.end(orphans)
            return
        time.sleep(process.POLL_SECONDS)


def _drop_stale_files(folder: Path, socket_folder: Path) -> None:
    """Remove what a server that is gone left behind, and at which PostgreSQL would give up.

    That is its socket, and a postmaster.pid whose process id is unreadable or somebody else's by now. Where no such
    process exists postmaster.pid stays: PostgreSQL then checks the shared memory that it names.
    """
    for name in (_SOCKET, f"{_SOCKET}.lock"):
        (socket_folder / name).unlink(missing_ok=True)
    try:
        stale = psutil.pid_exists(_pid(_pid_file(folder)))
    except ValueError:
        stale = True
    if stale:
        (folder / "postmaster.pid").unlink(missing_ok=True)


def _socket_folder(cluster: Cluster) -> Path:
    """Choose a folder for the socket that only the cluster's owner may enter: that is all that guards `trust`.

    It is the cluster's own, unless its path is too long for a socket, or has a comma, which libpq reads as two hosts.
    """
    if _fits(cluster.folder):
        return cluster.folder
    runtime = os.environ.get("XDG_RUNTIME_DIR") if cluster.uid == os.geteuid() else None
    name = f"mingzhang-{cluster.uid}-{hashlib.sha256(os.fsencode(cluster.folder)).hexdigest()[:12]}"
    for parent in (runtime, tempfile.gettempdir(), "/tmp"):
        if parent and Path(parent).is_dir() and _fits(Path(parent, name)):
            return _private(Path(parent, name), cluster)
    raise ServerError(
        f"数据文件夹的路径太长，放不下数据库的套接字：{cluster.folder}。请换一个短路径，或设置较短的 TMPDIR。",
        f"The data folder's path is too long for the database's socket: {cluster.folder}. "
        "Use a shorter path, or set TMPDIR to a short one.",
    )


def _fits(folder: Path) -> bool:
    path = os.fsencode(folder / _SOCKET)
    return len(path) <= _SOCKET_PATH_BYTES and b"," not in path


def _private(folder: Path, cluster: Cluster) -> Path:
    """Make a folder for the cluster's owner alone, or check that the one that is there is just that."""
    try:
        folder.mkdir(mode=0o700)
        if cluster.uid != os.geteuid():
            os.chown(folder, cluster.uid, cluster.gid)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != cluster.uid or found.st_mode & 0o077:
            raise ServerError(
                f"{folder} 已被别人占用，数据库的套接字不能放在那里。请删除它，或设置另一个 TMPDIR。",
                f"{folder} is taken by somebody else, so the database's socket cannot be put there. "
                "Remove it, or set another TMPDIR.",
            ) from None
    return folder
