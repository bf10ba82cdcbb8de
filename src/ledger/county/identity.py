"""Synthetic people: names, ID numbers, accounts and provider codes that are well formed and belong to nobody."""

from __future__ import annotations

import random
from datetime import date, timedelta

SURNAMES = "安白曹崔邓丁董范方高葛顾郭贺洪侯胡华黄姜金康孔赖雷黎林刘柳卢陆吕罗马毛孟潘彭邱石宋苏孙谭唐田"
GIVEN = "安斌波晨春翠德冬凡飞芬凤贵海禾红宏花惠建菊兰乐莲良林龙梅妙明宁平奇勤清泉容瑞山书松泰田文武夏贤晓"

BANK_NAME = "示例农商银行"

_BIRTHS_FROM = date(1938, 1, 1)
_BIRTH_DAYS = 24_000
_ID_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_ID_CHECKS = "10X98765432"
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def id_check(first17: str) -> str:
    """The 18th sign of an ID number (GB 11643, ISO 7064 MOD 11-2)."""
    return _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _ID_WEIGHTS, strict=True)) % 11]


def credit_check(first17: str) -> str:
    """The 18th sign of a unified social credit code (GB 32100, MOD 31)."""
    total = sum(_CREDIT_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(first17))
    return _CREDIT_SIGNS[-total % 31]


def credit_code(region: str, number: int) -> str:
    """The code of the `number`-th synthetic social organisation of a region."""
    first17 = f"52{region}MJ{number:07d}"
    return first17 + credit_check(first17)


class People:
    """Gives out identities, each once: the running number fixes birth date and sequence, so no two can collide."""

    def __init__(self, region: str, chance: random.Random) -> None:
        self._region = region
        self._chance = chance
        self._persons = 0
        self._accounts = 0

    def name(self) -> str:
        pick = self._chance.choice
        return pick(SURNAMES) + pick(GIVEN) + pick(GIVEN)

    def id_number(self) -> str:
        block, turn = divmod(self._persons, _BIRTH_DAYS)
        self._persons += 1
        # 7919 is prime to the number of days, so one round of turns visits each day once, in no visible order.
        born = _BIRTHS_FROM + timedelta(days=turn * 7919 % _BIRTH_DAYS)
        first17 = f"{self._region}{born:%Y%m%d}{block * 8 + self._chance.randrange(8):03d}"
        return first17 + id_check(first17)

    def account(self) -> str:
        self._accounts += 1
        return f"9900{self._accounts:011d}{self._chance.randrange(10)}"


def three_staff(chance: random.Random) -> tuple[str, str, str]:
    """Staff numbers for 经办 审核 审批: three different people."""
    first, second, third = chance.sample(range(1, 16), 3)
    return f"G{first:03d}", f"G{second:03d}", f"G{third:03d}"
