"""Stories of the rules about households and payments."""

from __future__ import annotations

from typing import Any

from ledger.decide.slice import Request
from tests.projections.rule_story import PAID, TEKUN, RuleStory, months
from tests.story import (
    ENTITLED,
    FUNDED,
    account,
    bank,
    day,
    death,
    decision,
    failed,
    household,
    kin,
    line,
    name,
    person,
    recovery,
)

_STRANGER: dict[str, Any] = {"payee": person("沈"), "payee_name": name("沈")}
_WEI: dict[str, Any] = {"payee": person("魏"), "payee_name": name("魏"), "account": account("魏的卡")}
_SECOND: tuple[Request, ...] = (household("H2", "魏"), decision(no="H2", programme=TEKUN))
_PAID_SECOND: tuple[Request, ...] = (
    line("H2", number=2, yuan=800, programme=TEKUN, **_WEI),
    bank(800, number=2, holder_name=name("魏"), account=account("魏的卡")),
)
_EXIT = decision("渐退", yuan=300, start="2025-03", on="2025-02-20")
_REVIEWED_LATE = decision("复核", yuan=None, start=None, on="2025-12-20")
# A failed line without a day is dated by its instruction; the tenth working day after 8 January is the 22nd.
_RETURNED = (line(), failed())
_RETURNED_BEFORE_THE_HOLIDAYS = (line(month="2025-09", paid_on=day("2025-09-30")), failed())

STORIES: tuple[RuleStory, ...] = (
    RuleStory(
        "exclusive_overlap",
        "household:H2",
        500,
        given=(*ENTITLED, *_SECOND, household("H1", "魏", "母亲")),
        found=(*PAID, *_PAID_SECOND),
        near=(
            *PAID,
            line("H2", number=2, yuan=800, month="2025-02", programme=TEKUN, **_WEI),
            bank(800, number=2, on="2025-02-09", holder_name=name("魏"), account=account("魏的卡")),
        ),
        cleared=(bank(-500, on="2025-02-20"),),
        found_on="2025-01-09",
    ),
    RuleStory(
        "exclusive_overlap",
        "household:H1",
        500,
        given=(*ENTITLED, decision(programme=TEKUN, yuan=800)),
        found=(*PAID, line(number=2, yuan=800, programme=TEKUN), bank(800, number=2)),
        near=(*PAID, line(number=2, yuan=800, programme="低保边缘家庭"), bank(800, number=2)),
        cleared=(recovery("立案", 500), recovery("缴回", 500)),
    ),
    RuleStory(
        "exclusive_overlap",
        "household:H1",
        500,
        # The household is assisted for all of its members, or for all but the one who is assisted elsewhere.
        given=(*FUNDED, household(), *_SECOND, household("H1", "魏", "母亲")),
        found=(decision(persons=2), *PAID, *_PAID_SECOND),
        near=(decision(persons=1), *PAID, *_PAID_SECOND),
        cleared=(decision("调整", persons=1, start="2025-01", on="2025-03-01"),),
    ),
    RuleStory(
        "gradual_exit_overrun",
        "household:H1",
        300,
        given=(*ENTITLED, *months(1, 2), _EXIT),
        found=months(3, 9, 300),
        near=months(3, 8, 300),
        cleared=(recovery("立案", 300, on="2025-10-01"), recovery("缴回", 300, on="2025-10-20")),
        found_on="2025-09-09",
    ),
    RuleStory(
        "gradual_exit_overrun",
        "household:H1",
        600,
        given=(*ENTITLED, _EXIT, decision("渐退", yuan=300, start="2025-06", on="2025-05-20")),
        found=months(3, 10, 300),
        near=(decision("恢复", yuan=300, start="2025-07", on="2025-06-20"), *months(3, 10, 300)),
        cleared=(decision("批准", yuan=300, start="2025-09", on="2025-08-20"),),
    ),
    RuleStory(
        "invalid_identity",
        "household:H1",
        0,
        given=FUNDED,
        found=(household(identity_valid=False), decision()),
        near=(household(), decision()),
        cleared=(household(registered_on=day("2024-12-20")),),
        found_on="2024-12-01",
    ),
    RuleStory(
        "invalid_identity",
        "household:H1",
        0,
        given=ENTITLED,
        found=(line(identity_valid=False, **_STRANGER), bank()),
        near=PAID,
        cleared=(household("H1", "沈", "配偶", registered_on=day("2025-01-09")),),
        found_on="2025-01-08",
    ),
    RuleStory(
        "kin_undeclared",
        "household:H1",
        0,
        found=(kin(),),
        near=(kin(declared_on=day("2024-12-20")), kin(who="外人")),
        cleared=(kin(declared_on=day("2024-12-20")),),
        found_on="2024-12-20",
        severity="warning",
    ),
    RuleStory(
        "kin_undeclared",
        "official:G009",
        0,
        found=(kin(declared_on=day("2024-12-21")), kin(declared_on=None)),
        near=(kin(staff_no="G010", declared_on=day("2024-12-01")), household("H1", "哥", "兄弟")),
        cleared=(kin(declared_on=day("2024-12-01")),),
        severity="notice",
    ),
    RuleStory(
        "late_payment",
        "household:H1",
        500,
        found=(line(), bank(on="2025-01-16")),
        near=(
            line(),
            bank(on="2025-01-15"),
            line(yuan=60, number=2, payment_type="补发"),
            bank(60, number=2, on="2025-01-28"),
            line(month="2025-02", number=3),
            failed(number=3),
            line(month="2025-02", number=4),
            bank(number=4, on="2025-02-14"),
        ),
        cleared=(line(number=9), bank(number=9, on="2025-01-10")),
        found_on="2025-01-16",
        severity="notice",
    ),
    RuleStory(
        "late_payment",
        "household:H1",
        500,
        # Granted on 20 March for March: due with April's money, on the 10th and five days.
        given=(*FUNDED, household(), decision(start="2025-03", on="2025-03-20")),
        found=(line(month="2025-03"), bank(on="2025-04-16")),
        near=(line(month="2025-03"), bank(on="2025-04-15")),
        cleared=(bank(-500, on="2025-05-01"),),
    ),
    RuleStory(
        "late_payment",
        "household:H1",
        400,
        # An increase decided afterwards does not excuse what was owed before it.
        given=(*ENTITLED, decision("调整", yuan=600, start="2025-01", on="2025-03-01")),
        found=(line(yuan=400), bank(400, on="2025-02-20")),
        near=(
            line(yuan=400),
            bank(400, on="2025-01-10"),
            line(number=2, yuan=200),
            bank(200, number=2, on="2025-03-09"),
        ),
        cleared=(decision("终止", yuan=None, start="2025-01", on="2025-03-20"),),
    ),
    RuleStory(
        "payee_mismatch",
        "household:H1",
        500,
        found=(line(**_STRANGER), bank(holder_name=None)),
        near=(*PAID, line(number=2, month="2025-02", **_STRANGER), failed(number=2)),
        cleared=(household("H1", "沈", "配偶", registered_on=day("2025-03-01")),),
        found_on="2025-01-09",
        severity="critical",
    ),
    RuleStory(
        "payee_mismatch",
        "household:H1",
        500,
        given=(*FUNDED, household(holder_name=name("监护人")), household("H1", "妻", "配偶"), decision()),
        found=(line(), bank(holder_name=name("别人"))),
        near=(
            line(payee=person("妻"), payee_name=name("妻")),
            bank(holder_name=name("妻")),
            line(number=2, month="2025-02", payee=person("监护人"), payee_name=name("监护人")),
            bank(number=2, on="2025-02-09", holder_name=name("监护人")),
        ),
        cleared=(bank(-500, on="2025-02-01"),),
    ),
    RuleStory(
        "recovery_overdue",
        "household:H1",
        200,
        given=(*ENTITLED, *PAID, recovery("立案", 500, on="2025-06-01")),
        found=(recovery("缴回", 200, on="2025-06-20"), recovery("核销", 100, on="2025-07-01")),
        near=(recovery("缴回", 300, on="2025-06-20"), recovery("核销", 200, on="2025-07-01")),
        cleared=(recovery("缴回", 200, on="2025-12-20"),),
        found_on="2025-08-30",
    ),
    RuleStory(
        "recovery_overdue",
        "household:H1",
        300,
        # Agreed instalments count from the agreement, or from the latest repayment.
        given=(*ENTITLED, *PAID, recovery("立案", 500, on="2025-04-01"), recovery("分期", 500, on="2025-06-20")),
        found=(recovery("缴回", 200, on="2025-10-02"),),
        near=(recovery("缴回", 200, on="2025-10-03"),),
        cleared=(recovery("分期", 300, on="2025-12-31"),),
        found_on="2025-12-31",
    ),
    RuleStory(
        "return_unresolved",
        "household:H1",
        500,
        found=_RETURNED,
        near=(*_RETURNED, line(number=2, batch="R1"), bank(number=2, batch="R1", on="2025-01-20")),
        cleared=(line(number=2, batch="R1", payment_type="补发"), bank(number=2, batch="R1", on="2025-03-20")),
        found_on="2025-01-22",
    ),
    RuleStory(
        "return_unresolved",
        "household:H1",
        500,
        # From 30 September ten working days pass by 21 October: eight days off, and Saturday the 11th is worked.
        found=_RETURNED_BEFORE_THE_HOLIDAYS,
        near=(*_RETURNED_BEFORE_THE_HOLIDAYS, line(month="2025-09", number=2), bank(number=2, on="2025-10-21")),
        cleared=(decision("终止", yuan=None, start="2025-09", on="2025-11-20"),),
        found_on="2025-10-21",
    ),
    RuleStory(
        "return_unresolved",
        "household:H1",
        60,
        given=(*ENTITLED, decision("调整", yuan=560, start="2025-01", on="2025-02-01")),
        found=(*PAID, line(number=2, yuan=60, payment_type="补发"), failed(60, number=2)),
        # What failed was never owed: the month was paid in full already.
        near=(line(yuan=560), bank(560), line(number=2, yuan=60, payment_type="补发"), failed(60, number=2)),
        cleared=(decision("调整", start="2025-01", on="2025-03-01"),),
    ),
    RuleStory(
        "return_unresolved",
        "household:H1",
        38,
        found=(*PAID, line(number=2, yuan=38, payment_type="价格补贴"), failed(38, number=2)),
        near=(
            *PAID,
            line(number=2, yuan=38, payment_type="价格补贴"),
            failed(38, number=2),
            line(number=3, yuan=38, payment_type="价格补贴", paid_on=day("2025-01-12")),
            bank(38, number=3, on="2025-01-13"),
        ),
        cleared=(
            line(number=3, yuan=38, payment_type="价格补贴", paid_on=day("2025-06-12")),
            bank(38, number=3, on="2025-06-13"),
        ),
    ),
    RuleStory(
        "review_overdue",
        "household:H1",
        0,
        given=(*FUNDED, household()),
        found=(decision(assistance_class="差额"),),
        near=(
            decision(assistance_class="差额"),
            decision("复核", yuan=None, start=None, on="2025-07-01", assistance_class="差额"),
        ),
        cleared=(_REVIEWED_LATE,),
        found_on="2025-06-20",
        severity="notice",
    ),
    RuleStory(
        "review_overdue",
        "household:H1",
        0,
        given=(*FUNDED, household()),
        found=(decision(programme=TEKUN, assistance_class="全额", on="2024-12-31"),),
        near=(
            decision(programme=TEKUN, on="2025-01-01"),
            decision(programme="临时救助", start="2025-01", end_month="2025-01", on="2024-12-20"),
            decision(assistance_class="差额"),
            decision("终止", yuan=None, start="2025-12", on="2025-11-20"),
        ),
        cleared=(decision("停发", yuan=None, programme=TEKUN, start="2025-12", on="2025-11-20"),),
    ),
    RuleStory(
        "unpaid",
        "household:H1",
        500,
        found=(*months(1, 3), *months(5, 12)),
        # December is judged on 10 January; a month without assistance is owed nothing.
        near=(
            *months(1, 3),
            decision("停发", yuan=None, start="2025-04", on="2025-03-20"),
            decision("恢复", yuan=500, start="2025-06", on="2025-05-20"),
            *months(6, 11),
        ),
        cleared=(line(month="2025-04", number=4, payment_type="补发"), bank(number=4, on="2025-06-09")),
        found_on="2025-05-10",
    ),
    RuleStory(
        "unpaid",
        "household:H2",
        900,
        # Emergency aid for one month, and nothing more.
        given=(*ENTITLED, *months(1, 11), household("H2", "魏")),
        found=(
            decision(no="H2", yuan=900, programme="临时救助", start="2025-10", end_month="2025-10", on="2025-10-03"),
        ),
        near=(
            decision(no="H2", yuan=900, programme="临时救助", start="2025-12", end_month="2025-12", on="2025-12-28"),
        ),
        cleared=(
            line("H2", yuan=900, month="2025-10", number=99, programme="临时救助"),
            bank(900, number=99, on="2025-12-01"),
        ),
        found_on="2025-11-10",
    ),
    RuleStory(
        "unpaid",
        "household:H1",
        1500,
        # Nothing is owed to a person who died in August from September on; before the first roll nothing is known.
        given=(*FUNDED, household(), decision(start="2024-06", on="2024-05-20"), *months(1, 10)),
        found=(
            bank(-500, number=9, on="2025-10-01"),
            bank(-500, number=10, on="2025-11-01"),
            line(number=77),
            failed(number=77),
        ),
        near=(bank(-500, number=9, on="2025-10-01"), bank(-500, number=10, on="2025-11-01"), death(on="2025-08-31")),
        cleared=(death(on="2025-08-31"),),
    ),
)
