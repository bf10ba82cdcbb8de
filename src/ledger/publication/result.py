"""The notice of a sample's result 抽查结果公示: what was inspected, how it was chosen, what was found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.decide.law import TWO_RANDOMS_ONE_PUBLICATION
from ledger.publication.notice import Notice, written_day

KINDS = {"household": "救助家庭", "contract": "购买服务合同", "provider": "服务机构", "batch": "发放批次"}
_HEADER = ("序号", "抽查对象", "检查人员(工号)", "结论", "处理")
_NOT_YET = "尚未反馈"


def result_notice(sample: Mapping[str, Any], results: Mapping[str, tuple[str, str]], published_on: date) -> Notice:
    """The notice of a drawn sample; a subject without a result is shown as one that has none yet."""
    kind, no = KINDS[sample["population"]], sample["sample_no"]
    rows = []
    for nth, (subject, team) in enumerate(zip(sample["subjects"], sample["inspectors"], strict=True), start=1):
        conclusion, measure = results.get(subject, (_NOT_YET, ""))
        rows.append((str(nth), subject, "、".join(team.split()) or "未派员", conclusion, measure))
    done = len(results)
    programme = f"(救助项目为{sample['programme']})" if sample["programme"] else ""
    opening = (
        f"依据《{TWO_RANDOMS_ONE_PUBLICATION.title}》{TWO_RANDOMS_ONE_PUBLICATION.article}:"
        f"“{TWO_RANDOMS_ONE_PUBLICATION.quotation}”",
        f"抽查范围为区划{sample['region']}的{kind}{programme},总体{sample['population_size']}个,"
        f"随机抽取{len(rows)}个,已有结果{done}个。",
        f"{written_day(sample['committed_on'])}承诺种子,{written_day(sample['frozen_on'])}冻结名单,"
        f"{written_day(sample['drawn_on'])}抽取;检查人员同样随机抽取,并回避本乡镇和近亲属。",
    )
    closing = (
        *(f"种子的SHA-256(抽取前已登记):{row['seed_sha256']}" for row in sample["commitments"]),
        *(f"种子:{seed}" for seed in sample["seeds"]),
        f"名单的SHA-256:{sample['population_sha256']}",
        f"公布日期:{written_day(published_on)}",
    )
    return Notice(f"社会救助“双随机、一公开”抽查结果({no})", opening, _HEADER, tuple(rows), closing)


def result_digests(sample: Mapping[str, Any]) -> set[str]:
    """The hashes and seeds of the log that the notice shows."""
    committed = {row["seed_sha256"] for row in sample["commitments"]}
    return {*committed, *sample["seeds"], sample["population_sha256"]}
