"""A whole installation behind a real server: articles in both languages, people of three roles, and the demo page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assistant.container import Container, open_container
from assistant.domain.people import SYSTEM, Role
from assistant.installation import SectionChange
from assistant.settings import Settings
from ingest.importing import Importing
from ingest.jobs import add_jobs
from tests.browser.serving import serving

STARTER = Path(__file__).parents[2] / "kb_docs"
PASSWORD = "a long enough one"
NAMES = {Role.ADMIN: "Robin Archer", Role.AGENT: "Alex Meyer", Role.EDITOR: "陈思远"}
# Enough for the story to have near-duplicates (two hubs), tables, and topics that nobody wrote about.
TOLD = (
    "hub-h2-reset",
    "hub-h1-reset",
    "hub-h2-setup",
    "return-how-to",
    "refund-times",
    "delivery-times-costs",
    "invoices",
    "warranty-terms",
    "lock-l1-problems",
    "plus-cancel",
)


@dataclass(frozen=True)
class Shop:
    """A running installation."""

    address: str
    container: Container


@contextmanager
def open_shop(data: Path, models: Path, whole: bool = False) -> Iterator[Shop]:
    """A shop with ten starter articles; as a ``whole``, all of them and the sample conversations, as in the demo."""
    data.mkdir(parents=True, exist_ok=True)
    models.mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(models, target_is_directory=True)
    with open_container(Settings(_env_file=None, data_dir=data)) as container:
        container.demo = True
        _settle_in(container)
        _import(container, STARTER if whole else _chosen(data / "articles"))
        add_jobs(container)
        with serving(container) as address:
            if whole:
                container.samples.load([container.accounts.people.by_email(email(Role.AGENT))])
            yield Shop(address, container)


def email(role: Role) -> str:
    """The sign-in of the person of this role."""
    return f"{role}@fernhaven.example"


def _settle_in(container: Container) -> None:
    for role, name in NAMES.items():
        container.accounts.people.create(email(role), [role], PASSWORD, SYSTEM, name=name)
    look = SectionChange({"name": "Fernhaven", "accent": "#2d6a4f"}, 0)
    # Round the clock, so that what customers are told does not depend on when the tests run.
    container.installation.change({"look": look, "hours": SectionChange({"weekly": {}}, 0)}, SYSTEM)


def _chosen(folder: Path) -> Path:
    for language in ("en", "zh"):
        (folder / language).mkdir(parents=True)
        for name in TOLD:
            shutil.copy(STARTER / language / f"{name}.md", folder / language)
    return folder


def _import(container: Container, folder: Path) -> None:
    importing = Importing(container)
    report = importing.write([folder], source="starter")
    assert report.failed == []
    assert importing.settle(report.jobs) == []
