"""What a verification could not see, said beside what it saw."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.verify.trust import Trust

# In Chinese and in English.
Remark = tuple[str, str]


def of_seal(trust: Trust, *, is_sealed: bool) -> Iterator[Remark]:
    """How far the seal can be believed, with what the verifier knows from elsewhere."""
    if not is_sealed:
        yield (
            "账本尚未封存:只能查出自相矛盾之处,查不出整体替换",
            "the book is not sealed: contradictions in it are found, a book changed as a whole is not",
        )
        return
    if trust.key is None:
        yield (
            "公钥取自封存文件夹,未经外部核对;请用 --key 给出另行保存的公钥",
            "the key was taken on trust from the folder of the seal; name the one that you kept with --key",
        )
    if not trust.outside and not trust.witnesses:
        yield (
            "没有外部保存的检查点或见证签名:用同一把密钥重签的整本账查不出来",
            "no checkpoint kept elsewhere and no witness: a book signed anew as a whole by the same key is not found",
        )
