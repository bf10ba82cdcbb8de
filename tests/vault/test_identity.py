"""What is an ID number, and what gives a person away. All numbers are made up, in the made-up region 620199."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.vault import is_valid_identity, looks_personal
from ledger.vault.identity import check_digit

BIRTHS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
SEQUENCES = st.integers(0, 999).map("{:03}".format)


def number(birth: date, sequence: str) -> str:
    first_17 = f"620199{birth:%Y%m%d}{sequence}"
    return first_17 + check_digit(first_17)


# Check digits worked out apart from the code under test, by the recursive method of ISO 7064 MOD 11-2.
@pytest.mark.parametrize(
    "id_number",
    [
        "620199199001010010",
        "62019919900101007X",
        "62019919900101007x",
        "６２０１９９１９９００１０１００７Ｘ",
        " 620199 19900101 007X ",
        "620199200002290013",
        "620199900101001",
        "620199880229001",
    ],
)
def test_a_possible_number_is_accepted_however_it_is_typed(id_number: str) -> None:
    assert is_valid_identity(id_number)


@pytest.mark.parametrize(
    ("id_number", "wrong"),
    [
        ("620199199001010011", "its check digit is 0"),
        ("620199199001010070", "its check digit is X"),
        ("620199890229001", "1989 was no leap year"),
        ("020199900101001", "no region begins with 0"),
        ("62019919900101001", "17 digits"),
        ("6201991990010100100", "19 digits"),
        ("6201991990010100X7", "X is only ever last"),
        ("62019990010100X", "the old form has no X"),
        ("٦٢٠١٩٩٩٠٠١٠١٠٠١", "not our digits"),
        ("", "nothing"),
    ],
)
def test_an_impossible_number_is_refused(id_number: str, wrong: str) -> None:
    assert not is_valid_identity(id_number), wrong


@pytest.mark.parametrize("birth_date", ["19900230", "19901301", "19900100", "19000229", "00000101", "15000101"])
def test_an_impossible_birth_date_is_refused_even_with_its_right_check_digit(birth_date: str) -> None:
    first_17 = f"620199{birth_date}001"
    assert not is_valid_identity(first_17 + check_digit(first_17))


@given(BIRTHS, SEQUENCES)
def test_every_number_made_by_the_standard_is_valid(birth: date, sequence: str) -> None:
    assert is_valid_identity(number(birth, sequence))


@given(BIRTHS, SEQUENCES, st.integers(0, 17), st.integers(1, 9))
def test_one_mistyped_digit_is_always_caught(birth: date, sequence: str, at: int, off: int) -> None:
    good = number(birth, sequence)
    digit = str((int(good[at]) + off) % 10) if good[at] != "X" else str(off)
    assert not is_valid_identity(good[:at] + digit + good[at + 1 :])


@given(BIRTHS, SEQUENCES, st.integers(0, 15))
def test_two_digits_swapped_are_always_caught(birth: date, sequence: str, at: int) -> None:
    good = number(birth, sequence)
    swapped = good[:at] + good[at + 1] + good[at] + good[at + 2 :]
    assert swapped == good or not is_valid_identity(swapped)


@pytest.mark.parametrize(
    "text",
    [
        "身份证620199199001010010已核",
        "620199 19900101 005x",
        "620199900101001",
        "账号9900000000004996",
        "9900 0000 0000 4996",
        "9900-0000-0000-4996-018",
        "电话１３８００００００００",
        "138-0000-0000",
        "+86 138 0000 0000",
        "8613800000000",
    ],
)
def test_what_gives_a_person_away_is_seen(text: str) -> None:
    assert looks_personal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025年1月城市低保",
        "2025-01-01 2025-12-31",
        "2025-03-05 10:30:00",
        "20250305103000",
        "测民发〔2025〕12号",
        "B202501-1",
        "G003",
        "1,234,567.50",
        "123456789012.00",
        "0931-8000000",
        "p2345abcdefghijklmnop",
        "H000123",
    ],
)
def test_dates_amounts_and_document_numbers_are_not_personal(text: str) -> None:
    assert not looks_personal(text)
