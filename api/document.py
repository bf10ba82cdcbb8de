"""The OpenAPI document, for those who hold a token."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi

from api import problems
from api.problems import ProblemDetails
from api.signatures import Reader

PREFIX = "/api/v1"
router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
def openapi_document(holder: Reader, request: Request) -> dict[str, Any]:
    """Every route of the API with its bodies, units, examples and problems."""
    app: FastAPI = request.app
    return app.openapi()


def only_documented(holder: Reader, request: Request) -> None:
    """422 for a query parameter of no known name: a mistyped ``?asof=`` must not be answered as of today."""
    path = PREFIX + request.scope["route"].path_format
    operation = request.app.openapi()["paths"].get(path, {}).get(request.method.lower(), {})
    names = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
    for name in request.query_params:
        if name not in names:
            raise problems.invalid_field(name, "没有这个参数", "there is no such parameter")


def describe(app: FastAPI) -> dict[str, Any]:
    """The document, made once; problems are one schema that every route refers to."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = _problem_schema(schemas)
        app.openapi_schema = document
    return app.openapi_schema


def _problem_schema(schemas: dict[str, Any]) -> dict[str, Any]:
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    return schema
