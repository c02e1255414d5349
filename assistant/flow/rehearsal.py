"""A conversation flow that answers as if a draft were published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.domain.answers import LivePassage
from assistant.domain.articles import ArticleKey, Audience
from assistant.domain.guidance import Rule
from assistant.flow.answer import Answering
from assistant.flow.graph import Flow
from assistant.flow.request import Writer
from assistant.flow.retrieve import Indexes, KnowledgeRetriever
from assistant.knowledge.calibration import Calibration
from assistant.storage.database import Database

Remembered = dict[tuple[str, ...], tuple[Sequence[Any], str]]


class RehearsalRetriever(KnowledgeRetriever):
    """Search as it would be with a draft in place of what its article publishes.

    ``indexes`` hold the draft's ``passages`` under ids of their own. Questions asked of several retrievers are embedded
    once: they share ``remembered``.
    """

    _patient = True

    def __init__(
        self,
        database: Database,
        indexes: Indexes,
        calibration: Callable[[], Calibration],
        remembered: Remembered,
        article: ArticleKey | None = None,
        passages: Sequence[LivePassage] = (),
    ) -> None:
        super().__init__(database, indexes, calibration)
        self._remembered = remembered
        self._article = article
        self._passages = {passage.id: passage for passage in passages}

    def _vectors(self, query: str, parts: Sequence[str] = ()) -> tuple[Sequence[Any], str]:
        if (query, *parts) not in self._remembered:
            self._remembered[query, *parts] = super()._vectors(query, parts)
        return self._remembered[query, *parts]

    def _live(self, ids: Sequence[str], readers: Sequence[Audience]) -> Mapping[str, LivePassage]:
        live = super()._live([passage_id for passage_id in ids if passage_id not in self._passages], readers)
        others = {key: passage for key, passage in live.items() if not self._is_replaced(passage)}
        own = {key: self._passages[key] for key in ids if key in self._passages}
        return {**others, **{key: passage for key, passage in own.items() if passage.audience in readers}}

    def _is_replaced(self, passage: LivePassage) -> bool:
        return self._article == ArticleKey(passage.article, passage.locale)


def rehearsing(
    retriever: RehearsalRetriever, writer: Callable[[], Writer | None] = lambda: None, rules: Sequence[Rule] = ()
) -> Flow:
    """The conversation flow over this search; without ``writer`` its answers are quotes, with it ``rules`` hold."""
    return Flow(retriever, Answering(writer, lambda: rules))
