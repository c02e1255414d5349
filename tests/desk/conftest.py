"""A desk on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from assistant.storage.database import Database
from tests.desk.scene import Scene, scene_on


@pytest.fixture
def scene(database: Database) -> Scene:
    """An empty desk."""
    return scene_on(database)
