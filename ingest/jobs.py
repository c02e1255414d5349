"""The jobs that ingest adds to the worker."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from assistant.container import Container
from assistant.domain.indexing import (
    CALIBRATE,
    EMBED_DRAFT,
    EMBED_MISSING,
    IMPORT,
    INDEX_ARTICLE,
    INDEX_BULK,
    REINDEX,
)
from assistant.storage import jobs
from assistant.worker import Handler, JobContext, Periodic, Worker
from ingest.indexing import Indexer
from ingest.uploads import Uploads

FOLLOWED_EVERY = 2.0
CHECKED_EVERY = 300.0
# Changes come in bursts; one fit serves them all.
CALIBRATED_AFTER = timedelta(seconds=10)
_CHANGES = (INDEX_ARTICLE, INDEX_BULK, EMBED_MISSING)

log = logging.getLogger(__name__)


def add_jobs(container: Container) -> None:
    """Teach the container's worker to index; it calibrates afterwards where there is a handler for that."""
    made = Jobs(container, container.worker)
    container.worker.add(made.handlers(), made.periodics())


class Jobs:
    """Handlers by kind. Each may be repeated: what is done already is found done."""

    def __init__(self, container: Container, worker: Worker, calibrated_after: timedelta = CALIBRATED_AFTER) -> None:
        self._container = container
        self._worker = worker
        self._calibrated_after = calibrated_after
        self._index = container.knowledge
        self._indexer = Indexer(container.database, container.knowledge)

    def handlers(self) -> dict[str, Handler]:
        """What each kind of job is done by."""
        return {
            INDEX_ARTICLE: self.index_articles,
            INDEX_BULK: self.index_articles,
            EMBED_DRAFT: self.embed_drafts,
            EMBED_MISSING: self.embed_missing,
            REINDEX: self.reindex,
            IMPORT: Uploads(self._container).run,
        }

    def periodics(self) -> list[Periodic]:
        """What is done again and again."""
        return [
            Periodic("follow the log", FOLLOWED_EVERY, self._index.catch_up),
            Periodic("check the indexes", CHECKED_EVERY, self.check),
        ]

    def index_articles(self, context: JobContext, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let search find articles as they are published."""
        work = self._indexer.articles(payload["articles"], context.breathe)
        self._calibrate_later()
        return work.as_dict()

    def embed_drafts(self, context: JobContext, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Embed drafts, so that publishing them is quick."""
        return self._indexer.drafts(payload["articles"], context.breathe).as_dict()

    def embed_missing(self, context: JobContext, _payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Embed what has no vector of the wanted model, and go over to that model once all have."""
        work = self._indexer.missing(context.breathe)
        self._index.finish_model_change()
        self._calibrate_later()
        return work.as_dict()

    def reindex(self, context: JobContext, _payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Build both indexes anew from SQL."""
        work = self._indexer.missing(context.breathe)
        self._index.rebuild(lambda done, total: context.breathe({"done": done, "total": total}))
        return work.as_dict()

    def check(self) -> None:
        """Look whether the indexes still say what SQL says; queue their repair when they do not."""
        if self._index.serving is None:
            self._index.open_dense()
            return
        problems = self._index.problems()
        if problems:
            self._index.catch_up()
            problems = self._index.problems()
        if problems:
            log.warning("the indexes are rebuilt: %s", " ".join(problems))
            with self._container.database.write() as session:
                jobs.enqueue(session, REINDEX, {}, lane=jobs.BULK, dedupe=REINDEX)

    def _calibrate_later(self) -> None:
        if not self._worker.takes(CALIBRATE):
            return
        after = datetime.now(UTC) + self._calibrated_after
        with self._container.database.write() as session:
            # A large import comes as many jobs; the last one of them sees none waiting.
            if not jobs.is_queued(session, _CHANGES):
                jobs.enqueue(session, CALIBRATE, {}, lane=jobs.BULK + 1, dedupe=CALIBRATE, run_after=after)
