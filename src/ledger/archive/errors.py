"""What taking the log away, or bringing it back, is refused with; in Chinese first, then in English."""

from __future__ import annotations


class ArchiveMisuse(ValueError):
    """What was asked cannot be asked of this folder; nothing was written."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} / {en}")


class ArchiveRefused(RuntimeError):
    """A book or an archive is not what was sealed; ``position`` is where it parts from it, where that is known."""

    def __init__(self, zh: str, en: str, position: int | None = None) -> None:
        self.zh, self.en, self.position = zh, en, position
        where_zh, where_en = (f"第 {position} 号事件:", f"event {position}: ") if position is not None else ("", "")
        super().__init__(f"{where_zh}{zh} / {where_en}{en}")
