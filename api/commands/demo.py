"""``make run``: serve the demo site with the starter articles, sample conversations and people to sign in as.

Never part of ``askdesk``: a real installation starts empty.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands.serve import address, listening
from api.terminal import opened

if TYPE_CHECKING:
    from assistant.container import Container
    from assistant.domain.installation import SectionName
    from assistant.domain.people import Person

_STARTER = Path(__file__).parents[2] / "kb_docs"
_SOURCE = "starter"
_SIGN_INS = "demo-sign-ins.json"
_PEOPLE = (("admin", "Robin Archer"), ("agent", "Alex Meyer"), ("editor", "陈思远"))
_WEEK = {
    day: [{"opens": "09:00", "closes": "18:00"}] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
}
_SATURDAY = {"saturday": [{"opens": "10:00", "closes": "16:00"}]}


def main() -> None:
    """Serve on the loopback interface only: the sign-ins are printed."""
    port = int(os.environ.get("PORT", "8000"))
    # A line for each request would soon scroll the sign-ins away.
    os.environ.setdefault("ASKDESK_LOG_LEVEL", "warning")
    _say("Opening the database and the indexes")
    with listening("127.0.0.1", port) as sock, opened(None, quiet=False) as container:
        from api.server import serve

        container.demo = True
        people = _people(container)
        _dress(container)
        shown = address(sock)
        _say(f"Askdesk is at {shown}")
        _say(f"Demo shop {shown}/   Help centre {shown}/help   Desk {shown}/desk   Editor {shown}/editor")
        for role, (email, password) in people.items():
            _say(f"Sign in as {role:<7}{email}   {password}")
        # The import is written before the first question can come: what then waits for its index is known to wait.
        queued = _import(container)
        threading.Thread(target=_fill, args=(container, queued), name="demo data", daemon=True).start()
        serve(container, sock)


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()


def _people(container: Container) -> dict[str, tuple[str, str]]:
    """E-mail and password of each demo person; made once, and kept where only this user reads them."""
    from assistant.domain.people import SYSTEM, Role
    from assistant.errors import Conflict

    path = container.settings.data_dir / _SIGN_INS
    kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for role, name in _PEOPLE:
        if role in kept:
            continue
        email, password = f"{role}@fernhaven.example", secrets.token_urlsafe(9)
        try:
            container.accounts.people.create(email, [Role(role)], password, SYSTEM, name)
        except Conflict:
            person = container.accounts.people.by_email(email)
            container.accounts.people.set_password(person.id, password, SYSTEM)
        kept[role] = [email, password]
    path.touch(mode=0o600)
    path.write_text(json.dumps(kept), "utf-8")
    return {role: (email, password) for role, (email, password) in kept.items()}


def _dress(container: Container) -> None:
    """Give a fresh installation the shop's name, colour and hours."""
    from assistant.domain.people import SYSTEM
    from assistant.installation import SectionChange

    wanted: dict[SectionName, dict[str, Any]] = {
        "look": {"name": "Fernhaven", "accent": "#2d6a4f"},
        "hours": {"time_zone": "Europe/London", "weekly": {**_WEEK, **_SATURDAY}},
    }
    view = container.installation.view()
    changes = {
        name: SectionChange({field: value for field, value in values.items() if field not in view[name].fixed}, 0)
        for name, values in wanted.items()
        if view[name].version == 0
    }
    container.installation.change(changes, SYSTEM)


def _import(container: Container) -> list[str]:
    """The jobs that make the starter articles findable; none where they are already."""
    from ingest.importing import Importing

    report = Importing(container).write([_STARTER], source=_SOURCE)
    if report.jobs:
        _say(f"Starter articles: {report.added + report.updated} to index; until then the assistant says so")
    return report.jobs


def _fill(container: Container, queued: list[str]) -> None:
    """Wait until the starter articles can be found, then hold the sample conversations."""
    from assistant.worker import follow

    started = time.monotonic()
    container.worker.wake()
    if queued:
        told = _Told("Indexing the starter articles, percent")
        follow(container.database, queued, lambda _found: told(_percent(container), 100))
        _say(f"Starter articles are ready ({time.monotonic() - started:.0f} s)")
    if not container.samples.count()["conversations"]:
        agents = _agents(container)
        made = container.samples.load(agents, _Told("Sample conversations"))
        _say(f"{made} sample conversations are in; an admin removes them under Settings")
    container.worker.wake()


def _percent(container: Container) -> int:
    preparing = container.preparation()
    return 100 if preparing is None else preparing.percent


def _agents(container: Container) -> list[Person]:
    return [
        container.accounts.people.by_email("agent@fernhaven.example"),
        container.accounts.people.by_email("admin@fernhaven.example"),
    ]


class _Told:
    """Says how far something has come, at most every five seconds."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._at = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._at >= 5.0:
            self._at = time.monotonic()
            _say(f"{self._label}: {done} of {total}")


if __name__ == "__main__":
    main()
