"""Who did what."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import AdminUser, Cursor, Limit, Services
from api.schemas.audit import AuditEntry
from api.schemas.lists import Listing

router = APIRouter(prefix="/audit", tags=["settings"])


@router.get("")
def list_audit(_admin: AdminUser, container: Services, cursor: Cursor = "", limit: Limit = 50) -> Listing[AuditEntry]:
    """Changes to people, settings, articles and tickets, newest first."""
    entries, following = container.accounts.audit.page(cursor, limit)
    return Listing(items=[AuditEntry.of(entry) for entry in entries], next_cursor=following or None)
