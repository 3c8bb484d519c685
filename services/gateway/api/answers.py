"""Answers of the API that are no refusals."""

from typing import Any

import orjson
from flask import Response

POSITION_HEADER = "Portal-Position"


def answered(result: Any, status: int = 200) -> Response:
    """What a query answered, as JSON."""
    return Response(orjson.dumps(result), status, mimetype="application/json")


def done(result: dict[str, Any], status: int = 200) -> Response:
    """What a command answered, with the position of what it appended in the header."""
    response = answered(result, status)
    response.headers[POSITION_HEADER] = result["position"]
    return response
