"""The policies and rules that the events name by hash, beside the files at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ledger.policy import NoSuchPackError, PolicyPack, load_pack
from ledger.verify.remarks import Remark
from ledger.verify.report import Discrepancy, Tally
from ledger.verify.whole_log import Sealed


def check_named(found: Sealed, rules: Mapping[str, set[str]], tally: Tally) -> Iterator[Remark]:
    """Checks what is at hand, and remarks what is not: an older version is no discrepancy.

    ``rules`` are the SHA-256 of the rule files at hand, by rule.
    """
    adopted = sorted(found.adopted.items(), key=lambda item: item[1])
    for nth, ((name, version, sha256), position) in enumerate(adopted, 1):
        pack = _pack(name)
        tally.count("policy")
        if pack is not None and pack.sha256 == sha256:
            continue
        if pack is not None and pack.version == version and nth == len(adopted):
            zh, en = f"政策包 {name} 与所载哈希不符", f"the policy pack {name} is another one than was adopted"
            tally.add(Discrepancy("policy", zh, en, position))
        else:
            yield f"政策包 {name} {version} 不在手边", f"the policy pack {name} {version} is not at hand"
    tally.count("rule", sum(sha256 in rules.get(rule, ()) for rule, sha256 in found.named.rules))
    if gone := sorted({rule for rule, sha256 in found.named.rules if sha256 not in rules.get(rule, ())}):
        names = "、".join(gone[:5]) + (" …" if len(gone) > 5 else "")
        yield (
            f"有 {len(gone)} 条规则的某一版本不在手边:{names}",
            f"a version of {len(gone)} rules that findings name is not at hand",
        )


def _pack(name: str) -> PolicyPack | None:
    try:
        return load_pack(name)
    except NoSuchPackError:
        return None
