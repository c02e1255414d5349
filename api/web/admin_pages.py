"""Where an admin begins: the state of the system, what is left to set up, the sample data, the pause, and the log."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Cursor, PageAdmin, Services
from api.web.admin_settings_pages import AdminForm
from api.web.admin_shapes import parts, steps
from api.web.forms import flash_of, forget_flash, redirect
from api.web.site import site
from assistant.accounts import Entry
from assistant.container import Container
from assistant.installation import SectionChange

router = APIRouter(prefix="/admin", include_in_schema=False)

# How actions in the log begin, in the order in which the filter offers them.
KINDS = (
    "settings",
    "user",
    "token",
    "article",
    "articles",
    "guidance",
    "gap",
    "ticket",
    "macro",
    "trial",
    "samples",
    "jobs",
)
_ENTRIES = 50
_PEOPLE = 200


@router.get("")
def overview(request: Request, admin: PageAdmin, container: Services) -> Response:
    """The state of the system and what is left to do."""
    counts = container.overview.counts()
    response = site(request).page(
        request,
        "admin/index.html",
        title="Overview",
        person=admin,
        here="overview",
        said=flash_of(request),
        counts=counts,
        parts=parts(container, counts),
        steps=steps(container, counts),
        ready=container.readiness().ready,
        failed=container.overview.failed() if counts.failed else [],
        samples=container.samples.count(),
        paused=container.installation.current().assistant.paused,
    )
    return forget_flash(request, response)


@router.post("/pause")
def pause(sent: AdminForm, container: Services) -> Response:
    """Pause the assistant, or let it answer again."""
    paused = sent.text("paused") == "yes"
    version = container.installation.view()["assistant"].version
    if container.installation.current().assistant.paused != paused:
        container.installation.change({"assistant": SectionChange({"paused": paused}, version)}, sent.person.actor)
    back = "/admin/assistant" if sent.text("back") == "assistant" else "/admin"
    return redirect(back, "paused" if paused else "resumed")


@router.post("/samples/remove")
def remove_samples(sent: AdminForm, container: Services) -> Response:
    """Remove the sample conversations and all that came of them."""
    container.samples.remove(sent.person.actor)
    return redirect("/admin", "samples_removed")


@router.post("/jobs/retry")
def retry_jobs(sent: AdminForm, container: Services) -> Response:
    """Queue the jobs again that were given up."""
    container.overview.retry_failed(sent.person.actor)
    return redirect("/admin", "retried")


@router.get("/audit")
def audit_log(
    request: Request,
    admin: PageAdmin,
    container: Services,
    cursor: Cursor = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    person: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Who did what, newest first."""
    entries, following = container.accounts.audit.page(cursor, _ENTRIES, kind, person)
    everyone = container.accounts.people.page("", _PEOPLE).items
    names = {one.id: one.display_name for one in everyone}
    chosen = {name: value for name, value in (("kind", kind), ("person", person)) if value}
    return site(request).page(
        request,
        "admin/audit.html",
        title="Audit log",
        person=admin,
        here="audit",
        entries=[_shown(entry, names, container) for entry in entries],
        kinds=KINDS,
        kind=kind,
        chosen=person,
        everyone=everyone,
        first_page=not cursor,
        older=f"/admin/audit?{urlencode({**chosen, 'cursor': following})}" if following else None,
    )


def _shown(entry: Entry, names: dict[str, str], container: Container) -> dict[str, Any]:
    """An entry with the name and address of the thing it is about, where it has them."""
    kind, _, key = entry.thing.partition(":")
    shown = {"at": entry.at, "actor": entry.actor, "action": entry.action, "detail": entry.detail, "kind": kind}
    if kind == "user":
        return {**shown, "thing": names.get(key, key[:8]), "href": f"/admin/people/{key}" if key in names else None}
    if kind == "ticket":
        return {**shown, "thing": f"#{key}", "href": f"/desk/tickets/{key}"}
    if kind == "article":
        article, _, locale = key.rpartition(":")
        return {**shown, "thing": f"{article} ({locale})", "href": None}
    return {**shown, "thing": "" if kind == "source" else key, "href": None}
