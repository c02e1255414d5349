"""The composition root: settings in, wired use cases out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from assistant.accounts import Accounts
from assistant.installation import Installation
from assistant.metrics import Metrics
from assistant.settings import Settings, silence_tracing
from assistant.storage import migrate
from assistant.storage.database import Database


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether customers can be answered, and the state of each part in a word or two."""

    ready: bool
    parts: dict[str, str]


@dataclass(slots=True)
class Container:
    """Everything that an outer ring speaks to."""

    settings: Settings
    database: Database
    accounts: Accounts
    installation: Installation
    metrics: Metrics = field(default_factory=Metrics)
    llm_test: Callable[[], str] | None = None
    mail_test: Callable[[str], str] | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """What works in the background while the process serves; it has ended when the block has."""
        yield

    def readiness(self) -> Readiness:
        """Whether the installation can answer now."""
        alive = self.database.ping()
        return Readiness(alive, {"database": "ok" if alive else "does not answer"})


@contextmanager
def open_container(settings: Settings) -> Iterator[Container]:
    """A wired container over a migrated database; closed when the block ends."""
    silence_tracing(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.sqlalchemy_url)
    try:
        migrate.upgrade(database)
        yield Container(
            settings=settings,
            database=database,
            accounts=Accounts(database),
            installation=Installation(database, settings),
        )
    finally:
        database.close()


def migrate_database(settings: Settings) -> tuple[bool, str]:
    """Whether there was anything to do, and the schema revision that the database now has."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.sqlalchemy_url)
    try:
        return migrate.upgrade(database), migrate.head()
    finally:
        database.close()
