"""A failure as a page in the installation's look and the reader's language."""

from __future__ import annotations

import structlog
from fastapi import Request
from starlette.responses import Response

from api.errors import plain_page
from api.web.site import site

_log = structlog.get_logger("askdesk.http")


def error_page(request: Request, status: int, message: str) -> Response:
    """The page for a status, with ``message`` where the status alone does not say enough; bare if all else fails."""
    said = message if status in {409, 413, 422} else None
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    try:
        return site(request).page(
            request, "error.html", title="", status=status, message=said, heading=None, request_id=request_id
        )
    except Exception:  # noqa: BLE001 - an error page that fails must not hide the error
        # The same fault (no database, say) may keep the look from being read.
        _log.exception("error page failed")
        return plain_page(request, status, message)
