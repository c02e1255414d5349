"""The API's own documentation at ``/docs``, from files that are part of the product."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter()

DESCRIPTION = """
Everything that the widget, the desk and the editor do can be done here.

Customers' calls carry the conversation's token as a bearer token. Staff calls carry a bearer token from
`askdesk token create EMAIL`, or the session cookie with the header `X-CSRF-Token`. Errors are
`{"error": {"code", "message", "details?"}}`; times are RFC 3339 in UTC; lists are `{"items", "next_cursor"}`.
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Askdesk API</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/static/vendor/swagger-ui/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/static/vendor/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/static/vendor/swagger-ui/start.js"></script>
</body>
</html>
"""


@router.get("/docs", include_in_schema=False)
async def docs() -> HTMLResponse:
    """The API's documentation as a page."""
    return HTMLResponse(_PAGE)
