"""From typed values to requests: people, accounts and free words become pseudonyms on the way."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ledger.decide.assistance import DecideAssistance, DecisionRequest
from ledger.decide.bank_result import BankResultRequest, RecordBankResult
from ledger.decide.contract import CommitContract, ContractRequest
from ledger.decide.evidence import DeathRequest, DeclareKinship, KinshipRequest, ReportDeath
from ledger.decide.grant import GrantRequest, IssueGrant
from ledger.decide.household import HouseholdRequest, RegisterHousehold
from ledger.decide.other_expense import ExpenseRequest, PayExpense
from ledger.decide.receipt import ReceiptRequest, ReceiveFunds
from ledger.decide.recovery import Recover, RecoveryRequest
from ledger.decide.roll_line import InstructPayment, RollLineRequest
from ledger.decide.service_expense import PayService, ServiceExpenseRequest
from ledger.decide.slice import Decide, Request
from ledger.decide.transfer import PassDownFunds, TransferRequest
from ledger.decide.visit import LogVisit, VisitRequest
from ledger.intake.words import known_words
from ledger.policy import PolicyPack
from ledger.vault import Kind, Vault, is_valid_identity, lengthened

DECISIONS: dict[str, tuple[type[Request], type[Decide[Any]]]] = {
    "grants": (GrantRequest, IssueGrant),
    "receipts": (ReceiptRequest, ReceiveFunds),
    "transfers": (TransferRequest, PassDownFunds),
    "households": (HouseholdRequest, RegisterHousehold),
    "decisions": (DecisionRequest, DecideAssistance),
    "rolls": (RollLineRequest, InstructPayment),
    "bank": (BankResultRequest, RecordBankResult),
    "contracts": (ContractRequest, CommitContract),
    "visits": (VisitRequest, LogVisit),
    "service-expenses": (ServiceExpenseRequest, PayService),
    "other-expenses": (ExpenseRequest, PayExpense),
    "recoveries": (RecoveryRequest, Recover),
    "deaths": (DeathRequest, ReportDeath),
    "officials": (KinshipRequest, DeclareKinship),
}

# Which fields say who somebody is: under which name their pseudonym goes on, and of what kind it is.
_SEALED: dict[str, tuple[str, Kind]] = {
    "id_number": ("person", Kind.PERSON),
    "payee_id_number": ("payee", Kind.PERSON),
    "kin_id_number": ("kin", Kind.PERSON),
    "name": ("name", Kind.NAME),
    "payee_name": ("payee_name", Kind.NAME),
    "holder_name": ("holder_name", Kind.NAME),
    "payee_unit": ("payee_unit", Kind.NAME),
    "account": ("account", Kind.ACCOUNT),
}
_RENAMED = {"officials": {"id_number": "officer", "name": "officer_name"}}
# Fields in which people write what they like: a word of a known list stays readable, all else is sealed.
_FREE = ("reason", "summary", "failure_reason", "purpose", "source", "unit", "post", "kinship", "procedure")
_WITH_VALIDITY = {"households": "id_number", "rolls": "payee_id_number"}

Values = Mapping[str, object]


class Preparer:
    """Makes requests of typed values (see ``ledger.intake.kinds`` for their names and types)."""

    def __init__(self, vault: Vault, policy: PolicyPack) -> None:
        self._vault = vault
        self._words = known_words(policy)
        self._linked: set[tuple[str, str]] = set()

    def prepare(self, kind: str, rows: Sequence[Values]) -> list[Request]:
        """Requests of one kind, in order.

        Raises:
            pydantic.ValidationError: a row is not what its request needs.
            ledger.vault.VaultError: a personal value cannot be kept.
        """
        prepared = self.prepare_each(kind, rows)
        for request in prepared:
            if isinstance(request, ValidationError):
                raise request
        return [request for request in prepared if not isinstance(request, ValidationError)]

    def prepare_each(self, kind: str, rows: Sequence[Values]) -> list[Request | ValidationError]:
        """As ``prepare``, with what is wrong with a row in its place."""
        tokens = self._refer(rows)
        request_type = DECISIONS[kind][0]
        prepared: list[Request | ValidationError] = []
        pairs: set[tuple[str, str]] = set()
        for row in rows:
            fields = self._fields(kind, row, tokens)
            pairs.update(_belongings(kind, fields))
            try:
                prepared.append(request_type.model_validate(fields))
            except ValidationError as error:
                prepared.append(error)
        self._link(pairs)
        return prepared

    def notes(self, rows: Iterable[Mapping[str, str]]) -> list[str | None]:
        """The pseudonym of each row's unknown columns, sealed together; None where there are none."""
        texts = [json.dumps(notes, ensure_ascii=False, sort_keys=True) if notes else None for notes in rows]
        tokens = self._vault.refer(Kind.TEXT, {text for text in texts if text})
        return [tokens[text] if text else None for text in texts]

    def _refer(self, rows: Sequence[Values]) -> dict[Kind, dict[str, str]]:
        wanted: dict[Kind, set[str]] = defaultdict(set)
        for row in rows:
            for field, (_, kind) in _SEALED.items():
                value = row.get(field)
                if isinstance(value, str):
                    wanted[kind].add(lengthened(value) if kind is Kind.PERSON else value)
            for field in _FREE:
                text = row.get(field)
                if isinstance(text, str) and text not in self._words:
                    wanted[Kind.TEXT].add(text)
        return {kind: self._vault.refer(kind, values) for kind, values in wanted.items()}

    def _fields(self, kind: str, row: Values, tokens: dict[Kind, dict[str, str]]) -> dict[str, object]:
        fields = {name: value for name, value in row.items() if value is not None}
        renamed = _RENAMED.get(kind, {})
        if checked := _WITH_VALIDITY.get(kind):
            fields["identity_valid"] = is_valid_identity(str(row[checked]))
        for field, (name, vault_kind) in _SEALED.items():
            value = fields.pop(field, None)
            if isinstance(value, str):
                known = lengthened(value) if vault_kind is Kind.PERSON else value
                fields[renamed.get(field, name)] = tokens[vault_kind][known]
        for field in _FREE:
            text = fields.get(field)
            if isinstance(text, str) and text not in self._words:
                fields[field] = tokens[Kind.TEXT][text]
        return fields

    def _link(self, pairs: set[tuple[str, str]]) -> None:
        """What belongs to whom is shredded with them; pairs that this run has linked are not asked about again."""
        new = pairs - self._linked
        if new:
            self._vault.link(new)
            self._linked = new if len(self._linked) > 500_000 else self._linked | new


def _belongings(kind: str, fields: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    person = {"rolls": "payee", "officials": "officer"}.get(kind, "person")
    owner = fields.get(person)
    if isinstance(owner, str):
        for name in ("name", "payee_name", "officer_name", "holder_name", "account"):
            token = fields.get(name)
            if isinstance(token, str):
                yield owner, token
