"""Puts the API into the application, and its specification at /api/openapi.json."""

from flask import Flask
from flask_smorest import Api
from flask_wtf import CSRFProtect

from services.gateway.api import changes, customer, documents, provider, provider_work, requests, signing_in
from services.gateway.api.documentation import SCHEMAS, SECURITY_SCHEMES, problem_responses

RESOURCES = (
    signing_in.api,
    customer.api,
    requests.api,
    documents.api,
    changes.api,
    provider.api,
    provider_work.api,
)
_DESCRIPTION = """\
What the portal's services do, over HTTP. Customers use their own resources, staff those under `/provider`.

Each call needs `Authorization: Bearer <access token>` from `POST /api/v1/session`; pages of the portal may
use the browser's session instead, with its CSRF token in `X-CSRFToken` for whatever changes something.

A command answers with the header `Portal-Position`; a query takes it as `?at_least=` and then reflects it.
With `Idempotency-Key` the same command is done once, however often it is sent. Refusals are
`application/problem+json` (RFC 9457); `code` is stable. Ids of others answer as ids that do not exist."""


class _Api(Api):  # type: ignore[misc]
    """Its errors are those of `problems`, which each resource has."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        return


def register(app: Flask, csrf: CSRFProtect) -> None:
    """Add all resources; each checks by itself who calls, and CSRF tokens where a cookie says so."""
    app.config.update(
        API_TITLE="mfr customer portal",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        API_SPEC_OPTIONS={"info": {"description": _DESCRIPTION}},
    )
    api = _Api(app)
    for name, schema in SCHEMAS.by_name.items():
        api.spec.components.schema(name, component=schema)
    for name, scheme in SECURITY_SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    for status, response in problem_responses().items():
        api.spec.components.response(status, response)
    for resource in RESOURCES:
        csrf.exempt(resource)
        api.register_blueprint(resource)
