"""What the embedded PostgreSQL cannot do, in Chinese first and then in English, each with what to do next."""

import errno
import re

_REAL_SERVER = (
    "或设置 MINGZHANG_DATABASE 使用现有的 PostgreSQL。",
    "Or set MINGZHANG_DATABASE to use a PostgreSQL server of your own.",
)


class ServerError(Exception):
    """The embedded server cannot start, be joined or be stopped; `chinese` and `english` say why and what to do."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")
        self.chinese = chinese
        self.english = english


def from_os_error(error: OSError) -> ServerError:
    """Say in the user's words what the operating system refused."""
    where = error.filename if isinstance(error.filename, str) else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _disk_full(where)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _not_permitted(where)
    return ServerError(
        f"内置数据库无法使用该位置：{where}（{error.strerror}）。请换一个本机磁盘上的数据文件夹。{_REAL_SERVER[0]}",
        f"The embedded database cannot use this place: {where} ({error.strerror}). "
        f"Use a data folder on a local disk. {_REAL_SERVER[1]}",
    )


def from_output(act: tuple[str, str], output: str) -> ServerError:
    """Say why one of PostgreSQL's programs failed.

    `act` is what it was doing, in Chinese and in English; `output` is what it wrote, of which the last line that
    states an error is quoted with the one before it, which often has the cause (start-up messages name files and
    settings, never rows of a book).
    """
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    stated = [number for number, line in enumerate(lines) if re.search("FATAL|PANIC|error:", line)]
    last = stated[-1] if stated else len(lines) - 1
    reason = " | ".join(lines[max(0, last - 1) : last + 1])
    if "No space left on device" in output or "quota exceeded" in output:
        return _disk_full(reason)
    if "Permission denied" in output:
        return _not_permitted(reason)
    return ServerError(
        f"{act[0]}失败：{reason}。请按此原因处理后重试。{_REAL_SERVER[0]}",
        f"{act[1]} failed: {reason}. Put that right and try again. {_REAL_SERVER[1]}",
    )


def _disk_full(where: str) -> ServerError:
    return ServerError(
        f"磁盘已满：{where}。请腾出空间后重试；已提交的数据没有丢失。",
        f"The disk is full: {where}. Free some space and try again; nothing that was committed is lost.",
    )


def _not_permitted(where: str) -> ServerError:
    return ServerError(
        f"没有权限：{where}。请用建立本账的用户运行，或换一个可写、可执行的位置。{_REAL_SERVER[0]}",
        f"Permission denied: {where}. Run as the user who made this book, "
        f"or use a place that can be written to and executed from. {_REAL_SERVER[1]}",
    )
