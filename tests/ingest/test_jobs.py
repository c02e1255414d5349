"""The jobs that follow an import."""

from __future__ import annotations

from pathlib import Path

from assistant.container import open_container
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.indexing import CALIBRATE, INDEX_ARTICLE
from assistant.domain.people import SYSTEM
from assistant.settings import Settings
from assistant.storage import jobs
from assistant.worker import Worker
from ingest.jobs import Jobs


def test_many_jobs_are_followed_by_one_calibration(tmp_path: Path, models_dir: Path) -> None:
    (tmp_path / "models").symlink_to(models_dir)
    with open_container(Settings(data_dir=tmp_path)) as container:
        for name in ("one", "two", "three"):
            key = ArticleKey(name, "en")
            saved = container.articles.editing.create(key, ArticleContent(name, f"The {name} costs 5 euros."), SYSTEM)
            container.articles.editing.publish(key, saved.revision, SYSTEM)
        container.knowledge.open()
        container.knowledge.open_dense()
        worker = Worker(container.database, {CALIBRATE: lambda _context, _payload: None})
        worker.add(Jobs(container, worker).handlers())
        waiting = []
        for _ in range(3):
            assert worker.run_one()
            with container.database.read() as session:
                waiting.append((jobs.is_queued(session, [INDEX_ARTICLE]), jobs.is_queued(session, [CALIBRATE])))
        assert waiting == [(True, False), (True, False), (False, True)]
