"""Who is behind a pseudonym: the only place that knows, and the only door to it.

    vault = open_vault(pool, Path("data/vault.key"))
    token = vault.refer(Kind.PERSON, ["620199199001010010"])["620199199001010016"]

The events, facts and logs hold `token`. Nothing that is sent to the database tells the value:
it leaves this process only sealed, or as an HMAC.
"""

import hmac
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg import Connection, Cursor
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from ledger.vault import queries
from ledger.vault.ciphers import CipherName
from ledger.vault.errors import AccessError, DeadPseudonymError, WrongKeyError
from ledger.vault.identity import looks_personal
from ledger.vault.keys import MasterKeys, load_keys
from ledger.vault.normal_form import Kind, normal_form
from ledger.vault.pseudonyms import SealedValue, Sealer

Rows = Cursor[tuple[Any, ...]]

BATCH_ROWS = 2_000


def open_vault(pool: ConnectionPool, key_file: Path, cipher: CipherName = CipherName.AES_256_GCM) -> "Vault":
    """The vault of this database; its key file is made if, and only if, the vault has never been used.

    KeyFileError and WrongKeyError as in `load_keys` and `Vault`.
    """
    with _transaction(pool) as rows:
        [(in_use,)] = rows.execute(queries.IN_USE)
    return Vault(pool, load_keys(key_file, may_make=not in_use), cipher)


class Vault:
    """Pseudonyms for persons, accounts, names and texts. New rows are sealed with `cipher`; any row can be opened.

    WrongKeyError if the rows were sealed under another master key. A vault is safe to share between threads.
    """

    def __init__(self, pool: ConnectionPool, keys: MasterKeys, cipher: CipherName = CipherName.AES_256_GCM) -> None:
        self._pool = pool
        self._sealer = Sealer(keys, cipher)
        self._row_secret = keys.row_key()
        self._document_secret = keys.documents()
        with _transaction(pool) as rows:
            rows.execute(queries.ADOPT_KEY, (keys.check_value(),))
            found = rows.execute(queries.KEY_CHECK).fetchone()
        if found is None or not hmac.compare_digest(found[0], keys.check_value()):
            raise WrongKeyError(
                "保险库主密钥与库中内容不符，不能打开；请换回原来的密钥文件（或从备份恢复）。",
                "This master key is not the one that the vault was sealed with; bring back the original key file "
                "(or restore it from its backup).",
            )

    def refer(self, kind: Kind, values: Collection[str]) -> dict[str, str]:
        """The pseudonym of each value, made where there is none yet; all are durable when this returns.

        Values that differ only in spaces, width and the like share one (see `normal_form`; BlankValueError).
        Two processes that refer to the same value at once get the same pseudonym.
        """
        forms = {value: normal_form(kind, value) for value in values}
        lookups = {form: self._sealer.lookup(kind, form) for form in forms.values()}
        tokens: dict[bytes, str] = {}
        with _transaction(self._pool) as rows:
            # A second round reads what another process made between our look-up and our insert.
            while missing := {form: lookup for form, lookup in lookups.items() if lookup not in tokens}:
                tokens.update(rows.execute(queries.LOOK_UP, (list(missing.values()),)).fetchall())
                new = {lookup: form for form, lookup in missing.items() if lookup not in tokens}
                if new:
                    tokens.update(self._create(rows, kind, new))
        return {value: tokens[lookups[form]] for value, form in forms.items()}

    def row_secret(self) -> bytes:
        """The secret behind the idempotency keys of file rows, from the same master key."""
        return self._row_secret

    def document_secret(self) -> bytes:
        """The secret that documents beside the book are sealed under, from the same master key."""
        return self._document_secret

    def find(self, kind: Kind, value: str) -> str | None:
        """The pseudonym of a value, or None if it has none; makes none."""
        lookup = self._sealer.lookup(kind, normal_form(kind, value))
        with _transaction(self._pool) as rows:
            found = rows.execute(queries.LOOK_UP, ([lookup],)).fetchone()
        return None if found is None else str(found[1])

    def link(self, pairs: Collection[tuple[str, str]]) -> None:
        """Record that a person (first of a pair) has a name, account or text (second); known pairs are no work.

        DeadPseudonymError, and no pair recorded, if one is unknown, of the wrong kind, or was shredded meanwhile:
        refer to the values again.
        """
        with _transaction(self._pool) as rows:
            new = rows.execute(queries.UNLINKED, _two_columns(set(pairs))).fetchall()
            if not new:
                return
            persons, owned = _two_columns(new)
            kinds = dict(rows.execute(queries.LOCK_LIVING, (persons + owned,)).fetchall())
            dead = {person for person in persons if kinds.get(person) != Kind.PERSON}
            dead |= {token for token in owned if kinds.get(token) in (None, Kind.PERSON)}
            if dead:
                raise _dead(len(dead))
            rows.execute(queries.LINK, (persons, owned))

    def reveal(self, tokens: Collection[str], *, officer: str, purpose: str) -> dict[str, str]:
        """The value of each pseudonym, less those that are restricted, shredded or unknown.

        What was revealed and what was withheld, by whom and for what, is on record before this returns.
        AccessError if officer or purpose is blank or itself looks personal; SealBrokenError if a row was altered.
        """
        _refuse_unaccountable(officer, purpose)
        with _transaction(self._pool) as rows:
            found = rows.execute(queries.REVEAL, (list(tokens),)).fetchall()
            # Only pseudonyms that exist are recorded: a caller who passes an ID number by mistake must not file it.
            withheld = [token for token, *_, is_withheld in found if is_withheld]
            opened = [
                SealedValue(token, Kind(kind), CipherName(cipher), wrapped_key, sealed)
                for token, kind, cipher, wrapped_key, sealed, is_withheld in found
                if not is_withheld
            ]
            rows.execute(queries.RECORD, ("reveal", [row.token for row in opened], withheld, officer, purpose))
        return {row.token: self._sealer.open(row) for row in opened}

    def restrict(self, person: str, *, officer: str, reason: str) -> None:
        """Withhold a person, and names and accounts that only restricted persons have, from every reveal (限制处理)."""
        with self._act_on_person("restrict", person, officer, reason) as rows:
            rows.execute(queries.RESTRICT, (person,))

    def lift(self, person: str, *, officer: str, reason: str) -> None:
        """End a person's restriction."""
        with self._act_on_person("lift", person, officer, reason) as rows:
            rows.execute(queries.LIFT, (person,))

    def shred(self, person: str, *, officer: str, reason: str) -> None:
        """Destroy the keys and ciphertext of a person, and of names and accounts that no other person has.

        The pseudonyms stay in the books and lead to nobody. The same ID number would get a new one.
        """
        with self._act_on_person("shred", person, officer, reason) as rows:
            owned = [token for (token,) in rows.execute(queries.LOCK_OWNED, (person,))]
            rows.execute(queries.UNLINK, (person,))
            rows.execute(queries.LIFT, (person,))
            rows.execute(queries.SHRED, {"person": person, "owned": owned})

    @contextmanager
    def _act_on_person(self, act: str, person: str, officer: str, reason: str) -> Iterator[Rows]:
        """A recorded transaction on a living person, whom nobody else changes meanwhile."""
        _refuse_unaccountable(officer, reason)
        with _transaction(self._pool) as rows:
            if rows.execute(queries.LOCK_PERSON, (person,)).fetchone() is None:
                raise _dead(1)
            yield rows
            rows.execute(queries.RECORD, (act, [person], [], officer, reason))

    def _create(self, rows: Rows, kind: Kind, forms: dict[bytes, str]) -> list[tuple[bytes, str]]:
        """Look-up and pseudonym of each form that was still missing; those that another process made are left out."""
        # All processes insert in one order, so that none waits for a row of another that waits for it.
        lookups = sorted(forms)
        batches = (lookups[at : at + BATCH_ROWS] for at in range(0, len(lookups), BATCH_ROWS))
        # In a pipeline the server stores one batch while the next is sealed here.
        with rows.connection.pipeline():
            made = [
                _cursor(rows.connection).execute(queries.CREATE, self._columns(kind, batch, forms)) for batch in batches
            ]
            return [row for cursor in made for row in cursor.fetchall()]

    def _columns(self, kind: Kind, lookups: list[bytes], forms: dict[bytes, str]) -> dict[str, object]:
        sealed = self._sealer.seal(kind, [forms[lookup] for lookup in lookups])
        return {
            "kind": kind,
            "cipher": sealed[0].cipher,
            "tokens": [row.token for row in sealed],
            "lookups": lookups,
            "wrapped_keys": [row.wrapped_key for row in sealed],
            "sealed": [row.sealed for row in sealed],
        }


@contextmanager
def _transaction(pool: ConnectionPool) -> Iterator[Rows]:
    with pool.connection() as connection, connection.transaction():
        yield _cursor(connection)


def _cursor(connection: Connection[Any]) -> Rows:
    return connection.cursor(row_factory=tuple_row, binary=True)


def _two_columns(pairs: Collection[tuple[Any, ...]]) -> tuple[list[str], list[str]]:
    return [first for first, _ in pairs], [second for _, second in pairs]


def _dead(count: int) -> DeadPseudonymError:
    return DeadPseudonymError(
        f"有 {count} 个化名不存在、已销毁或类别不符；请按原值重新取得化名。",
        f"{count} pseudonyms are unknown, shredded or of the wrong kind; refer to the values again.",
    )


def _refuse_unaccountable(officer: str, purpose: str) -> None:
    if not officer.strip() or not purpose.strip():
        raise AccessError(
            "查阅或处置保险库须写明经办人和事由；请补填。",
            "An act on the vault needs its officer and its purpose; state both.",
        )
    if looks_personal(officer) or looks_personal(purpose):
        raise AccessError(
            "经办人或事由中疑有身份证号、手机号或账号；请改用工号、文号或化名。",
            "Officer or purpose seems to hold an ID number, phone or account; use a staff, document or pseudonym.",
        )
