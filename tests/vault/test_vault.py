"""Stories of the vault: people get pseudonyms, officers look behind them on the record, and people leave."""

import re
from pathlib import Path
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg_pool import ConnectionPool

from ledger.vault import (
    AccessError,
    BlankValueError,
    CipherName,
    DeadPseudonymError,
    Kind,
    SealBrokenError,
    Vault,
    load_keys,
    open_vault,
)
from ledger.vault.normal_form import normal_form
from ledger.vault.vault import BATCH_ROWS

HAN, LI = "620199199001010010", "62019919900101007X"
ACCOUNT, JOINT_ACCOUNT = "9900000000004996", "9900000000010225"
NAME, NAME_OF_BOTH = "测试明桂", "测试平敏"
PURPOSE = "核实重复发放线索"

VALUES = {
    Kind.PERSON: st.from_regex(r"\A620199[0-9]{11}[0-9X]\Z"),
    Kind.ACCOUNT: st.from_regex(r"\A9900[0-9]{12,15}\Z"),
    Kind.NAME: st.text(min_size=1),
    Kind.TEXT: st.text(min_size=1),
}
MANY_VALUES = st.sampled_from(Kind).flatmap(lambda kind: st.tuples(st.just(kind), st.lists(VALUES[kind], max_size=8)))

sharing_one_vault = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def one(vault: Vault, kind: Kind, value: str) -> str:
    return vault.refer(kind, [value])[value]


def look(vault: Vault, *tokens: str) -> dict[str, str]:
    return vault.reveal(tokens, officer="G003", purpose=PURPOSE)


def everything_stored(pool: ConnectionPool) -> str:
    """The text form of every row of every table of the vault."""
    with pool.connection() as connection:
        tables = [name for (name,) in connection.execute("select tablename from pg_tables where schemaname = 'vault'")]
        assert len(tables) == 5
        rows = [connection.execute(f"select x::text from vault.{table} x").fetchall() for table in sorted(tables)]
    return "\n".join(text for table in rows for (text,) in table)


@sharing_one_vault
@given(MANY_VALUES)
def test_what_goes_in_comes_out_in_its_normal_form(vault: Vault, kind_and_values: tuple[Kind, list[str]]) -> None:
    kind, values = kind_and_values
    try:
        forms = {value: normal_form(kind, value) for value in values}
    except BlankValueError:
        with pytest.raises(BlankValueError):
            vault.refer(kind, values)
        return
    tokens = vault.refer(kind, values)
    assert look(vault, *tokens.values()) == {tokens[value]: form for value, form in forms.items()}
    assert vault.refer(kind, values) == tokens
    assert all(vault.find(kind, value) == token for value, token in tokens.items())
    assert len(set(tokens.values())) == len(set(forms.values()))


@pytest.mark.parametrize("kind", Kind)
def test_a_pseudonym_is_a_letter_for_its_kind_and_twenty_random_ones(vault: Vault, kind: Kind) -> None:
    letter = {Kind.PERSON: "p", Kind.ACCOUNT: "a", Kind.NAME: "n", Kind.TEXT: "t"}[kind]
    assert re.fullmatch(letter + "[a-z2-7]{20}", one(vault, kind, "12"))


def test_a_pseudonym_does_not_follow_from_the_value_even_for_who_has_the_key(
    vault: Vault, pool: ConnectionPool, key_file: Path
) -> None:
    before = one(vault, Kind.PERSON, HAN)
    with pool.connection() as connection:
        connection.execute("truncate vault.subject cascade")
    assert one(Vault(pool, load_keys(key_file)), Kind.PERSON, HAN) != before


def test_the_same_digits_as_person_and_as_account_are_two_things(vault: Vault) -> None:
    assert one(vault, Kind.PERSON, HAN) != one(vault, Kind.ACCOUNT, HAN)
    assert vault.find(Kind.TEXT, HAN) is None


def test_a_roll_longer_than_a_batch_is_referred_to_whole(vault: Vault) -> None:
    accounts = [f"9900{number:012}" for number in range(2 * BATCH_ROWS + 1)]
    tokens = vault.refer(Kind.ACCOUNT, accounts)
    assert list(tokens) == accounts
    assert vault.refer(Kind.ACCOUNT, accounts[::-1]) == tokens
    assert look(vault, *tokens.values()) == {token: account for account, token in tokens.items()}


def test_two_imports_at_once_refer_to_the_same_people_alike(vault: Vault, pool: ConnectionPool, key_file: Path) -> None:
    people = [f"620199199001{number:06}" for number in range(3 * BATCH_ROWS)]
    answers: list[dict[str, str]] = []
    start = Barrier(3)

    def import_file(order: int) -> None:
        own_vault = open_vault(pool, key_file)
        start.wait(10)
        answers.append(own_vault.refer(Kind.PERSON, people[::order]))

    imports = [Thread(target=import_file, args=(order,)) for order in (1, -1, 2)]
    for each in imports:
        each.start()
    for each in imports:
        each.join(60)
    forwards, backwards, every_other = sorted(answers, key=len, reverse=True)
    assert forwards == backwards == vault.refer(Kind.PERSON, people)
    assert every_other.items() <= forwards.items()
    with pool.connection() as connection:
        assert connection.execute("select count(*) from vault.subject").fetchone() == (len(people),)


def test_nothing_personal_lies_open_in_any_table(vault: Vault, pool: ConnectionPool) -> None:
    person = one(vault, Kind.PERSON, HAN)
    vault.link([(person, one(vault, Kind.NAME, NAME)), (person, one(vault, Kind.ACCOUNT, ACCOUNT))])
    one(vault, Kind.TEXT, "因病返贫")
    look(vault, person, HAN)
    vault.restrict(person, officer="G003", reason="本人申请")
    with pytest.raises(DeadPseudonymError) as refusal:
        vault.restrict(HAN, officer="G003", reason="本人申请")
    stored = everything_stored(pool) + str(refusal.value)
    assert person in stored
    for personal in (HAN, NAME, ACCOUNT, "因病返贫"):
        assert personal not in stored
        assert personal.encode().hex() not in stored


def test_every_reveal_is_on_record_with_what_was_withheld(vault: Vault, pool: ConnectionPool) -> None:
    han, li = one(vault, Kind.PERSON, HAN), one(vault, Kind.PERSON, LI)
    vault.restrict(li, officer="G001", reason="本人申请")
    assert look(vault, han, li, "p" + "a" * 20) == {han: HAN}
    with pool.connection() as connection:
        records = connection.execute(
            "select act, tokens, withheld, officer, purpose, at <= now() from vault.access_record order by position"
        ).fetchall()
    assert records == [
        ("restrict", [li], [], "G001", "本人申请", True),
        ("reveal", [han], [li], "G003", PURPOSE, True),
    ]


@pytest.mark.parametrize(
    ("officer", "purpose"), [("", PURPOSE), ("G003", " \u3000"), ("G003", f"查{HAN}"), ("13800000000", PURPOSE)]
)
def test_nobody_acts_without_saying_who_and_why_nor_names_a_person_in_saying_so(
    vault: Vault, pool: ConnectionPool, officer: str, purpose: str
) -> None:
    person = one(vault, Kind.PERSON, HAN)
    with pytest.raises(AccessError):
        vault.reveal([person], officer=officer, purpose=purpose)
    with pytest.raises(AccessError):
        vault.shred(person, officer=officer, reason=purpose)
    with pool.connection() as connection:
        assert connection.execute("select count(*) from vault.access_record").fetchone() == (0,)


def test_a_restricted_person_is_withheld_until_it_is_lifted_and_keeps_being_paid(vault: Vault) -> None:
    han, li = one(vault, Kind.PERSON, HAN), one(vault, Kind.PERSON, LI)
    own, shared = one(vault, Kind.ACCOUNT, ACCOUNT), one(vault, Kind.ACCOUNT, JOINT_ACCOUNT)
    vault.link([(han, own), (han, shared), (li, shared)])
    vault.restrict(han, officer="G003", reason="本人申请")
    vault.restrict(han, officer="G003", reason="再次申请")
    assert look(vault, han, li, own, shared) == {li: LI, shared: JOINT_ACCOUNT}
    assert one(vault, Kind.PERSON, HAN) == han
    vault.lift(han, officer="G003", reason="申请撤回")
    assert look(vault, han, own) == {han: HAN, own: ACCOUNT}


def test_a_shredded_person_leaves_a_dead_pseudonym_and_comes_back_as_another(
    vault: Vault, pool: ConnectionPool
) -> None:
    han, li = one(vault, Kind.PERSON, HAN), one(vault, Kind.PERSON, LI)
    name, shared_name = one(vault, Kind.NAME, NAME), one(vault, Kind.NAME, NAME_OF_BOTH)
    vault.link([(han, name), (han, shared_name), (li, shared_name)])
    vault.restrict(han, officer="G003", reason="本人申请")
    vault.shred(han, officer="G003", reason="保存期满")
    assert look(vault, han, name, shared_name, li) == {shared_name: NAME_OF_BOTH, li: LI}
    assert vault.find(Kind.PERSON, HAN) is None
    with pool.connection() as connection:
        kept = connection.execute(
            "select token, lookup, cipher, wrapped_key, sealed, shredded_at is null from vault.subject "
            "where token = any(%s) order by kind desc",
            ([han, name],),
        ).fetchall()
        links = connection.execute("select person, token from vault.link").fetchall()
    assert kept == [(token, None, None, None, None, False) for token in (han, name)]
    assert links == [(li, shared_name)]
    assert one(vault, Kind.PERSON, HAN) != han
    assert one(vault, Kind.NAME, NAME) != name
    assert one(vault, Kind.NAME, NAME_OF_BOTH) == shared_name


def test_a_shred_in_one_process_is_seen_by_another_at_once(vault: Vault, pool: ConnectionPool, key_file: Path) -> None:
    other = open_vault(pool, key_file)
    han = one(other, Kind.PERSON, HAN)
    vault.shred(han, officer="G003", reason="保存期满")
    assert one(other, Kind.PERSON, HAN) != han


def test_a_name_goes_with_the_last_of_those_who_have_it_though_they_leave_together(vault: Vault) -> None:
    people = [one(vault, Kind.PERSON, f"6201991990010{number:05}") for number in range(8)]
    names = [one(vault, Kind.NAME, f"测试{number}") for number in range(8)]
    vault.link([(person, name) for person in people for name in names])
    start = Barrier(len(people))

    def leave(person: str) -> None:
        start.wait(10)
        vault.shred(person, officer="G003", reason="保存期满")

    leaving = [Thread(target=leave, args=(person,)) for person in people]
    for each in leaving:
        each.start()
    for each in leaving:
        each.join(30)
    assert look(vault, *people, *names) == {}


@pytest.mark.parametrize("act", ["shred", "restrict", "lift"])
def test_only_a_living_person_can_be_acted_on(vault: Vault, act: str) -> None:
    name, han = one(vault, Kind.NAME, NAME), one(vault, Kind.PERSON, HAN)
    vault.shred(han, officer="G003", reason="保存期满")
    for token in (name, han, "p" + "a" * 20):
        with pytest.raises(DeadPseudonymError):
            getattr(vault, act)(token, officer="G003", reason="保存期满")


def test_a_link_with_the_dead_or_the_wrong_way_round_is_refused_whole(vault: Vault, pool: ConnectionPool) -> None:
    han, li, name = one(vault, Kind.PERSON, HAN), one(vault, Kind.PERSON, LI), one(vault, Kind.NAME, NAME)
    vault.shred(li, officer="G003", reason="保存期满")
    for bad in [(li, name), (name, han), (han, han), (name, name), (han, "n" + "a" * 20)]:
        with pytest.raises(DeadPseudonymError):
            vault.link([(han, name), bad])
    with pool.connection() as connection:
        assert connection.execute("select count(*) from vault.link").fetchone() == (0,)
    vault.link([])
    vault.link([(han, name), (han, name)])
    vault.link([(han, name)])
    with pool.connection() as connection:
        assert connection.execute("select person, token from vault.link").fetchall() == [(han, name)]


@pytest.mark.parametrize("column", ["wrapped_key", "sealed", "wrapped_key, sealed"])
def test_a_row_altered_or_swapped_in_the_database_does_not_open(
    vault: Vault, pool: ConnectionPool, column: str
) -> None:
    han, li = one(vault, Kind.PERSON, HAN), one(vault, Kind.PERSON, LI)
    with pool.connection() as connection:
        connection.execute(
            f"update vault.subject s set ({column}) = (select {column} from vault.subject where token = %s) "
            "where token = %s",
            (li, han),
        )
    with pytest.raises(SealBrokenError):
        look(vault, han)


def test_a_vault_that_changes_its_cipher_opens_old_rows_and_new(
    vault: Vault, pool: ConnectionPool, key_file: Path
) -> None:
    han = one(vault, Kind.PERSON, HAN)
    with_sm4 = open_vault(pool, key_file, CipherName.SM4_GCM)
    li = one(with_sm4, Kind.PERSON, LI)
    assert one(with_sm4, Kind.PERSON, HAN) == han
    assert look(vault, han, li) == look(with_sm4, han, li) == {han: HAN, li: LI}
    with pool.connection() as connection:
        rows = connection.execute("select token, cipher from vault.subject").fetchall()
    assert dict(rows) == {han: "aes-256-gcm", li: "sm4-gcm"}
