"""The API does what its OpenAPI document says: schemathesis sends what the document allows, and what it forbids."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.api.county import County

load_all_checks()

# What a schema cannot say of a text (that a document's number holds an ID number, a staff number somebody's name) is
# refused with 422 all the same, so data that fit the schema need not be accepted.
NOT_ASKED: list[Any] = [positive_data_acceptance]


@pytest.fixture
def described(paid: County) -> BaseSchema:
    headers = {"Authorization": f"Bearer {paid.token('civil_affairs')}"}
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", paid.app, headers=headers)


# Of forbidden requests no more than ten: among more is one whose forbidden part is an empty list, which leaves no trace
# in the address that is sent.
@pytest.mark.parametrize(
    ("mode", "count"),
    [
        pytest.param(GenerationMode.POSITIVE, 4, id="allowed"),
        pytest.param(GenerationMode.NEGATIVE, 4, id="forbidden"),
        pytest.param(GenerationMode.POSITIVE, 40, id="allowed-40", marks=pytest.mark.matrix),
        pytest.param(GenerationMode.NEGATIVE, 10, id="forbidden-10", marks=pytest.mark.matrix),
    ],
)
def test_every_answer_is_one_that_the_document_names(
    described: BaseSchema, mode: GenerationMode, count: int, token: str
) -> None:
    operations = [result.ok() for result in described.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) >= 24
    for operation in operations:
        # Health takes nothing, so there is nothing that it could forbid.
        if mode is GenerationMode.POSITIVE or operation.path not in {"/healthz", "/readyz"}:
            _holds(operation, mode, count, token)


def _holds(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, count: int, token: str) -> None:
    @settings(
        max_examples=count, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=NOT_ASKED)

    holds()
