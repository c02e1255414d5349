"""Search of the knowledge base that a module of tests makes, as the flow and whoever asks why see it."""

from __future__ import annotations

import pytest

from assistant.articles.reasons import Reasons
from assistant.flow.retrieve import KnowledgeRetriever
from tests.ingest.kb import Kb


@pytest.fixture(scope="module")
def retriever(kb: Kb) -> KnowledgeRetriever:
    return kb.retriever()


@pytest.fixture
def reasons(kb: Kb, retriever: KnowledgeRetriever) -> Reasons:
    return Reasons(kb.database, retriever, lambda: 0.0)
