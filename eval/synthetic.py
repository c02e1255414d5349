"""A knowledge base of any size without embedding any of it: made-up articles among real ones, straight into SQL.

Their vectors lie between pairs of real ones with some noise added, and their words are drawn as often as the real
articles use them, so that both indexes have as much to do as with real text. They are there to be searched through, not
to be answered from.
"""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from assistant.container import Container
from assistant.domain.articles import ArticleContent, ArticleKey, Audience, Passage, PassageKind, Phrasing
from assistant.domain.indexing import PassageTokens
from assistant.errors import AskdeskError
from assistant.storage import embeddings, passages
from assistant.storage.index_log import IndexLog
from assistant.storage.passages import NewPassage
from assistant.storage.tables import Article, Revision

_PASSAGES_AN_ARTICLE = 20
# Each is there in both, as the starter's are, or questions in one of them would be looked for in the other, too.
_LOCALES = ("en", "zh-Hans")
_WORDS = 70
_AT_ONCE = 2_000
_NOISE = 0.1

Vectors = NDArray[np.float32]


def fill(container: Container, wanted: int, model: str, seed: int = 0) -> int:
    """How many passages were made up, so that there are ``wanted`` together with the real ones.

    Raises:
        AskdeskError: there is no real article to take after.
    """
    log = IndexLog(container.database)
    _, real = log.tokens()
    _, _, matrix = log.vectors(model)
    if not real or not len(matrix):
        raise AskdeskError("There is nothing to take after: ingest some articles first.")
    counts = Counter(word for one in real for word in one.body.split())
    made, missing = 0, max(0, wanted - len(real))
    draw, words = np.random.default_rng(seed), random.Random(seed)
    while made < missing:
        some = min(_AT_ONCE, missing - made)
        vectors = _between(matrix, draw, some)
        _store(container, model, made, vectors, _texts(words, counts, some))
        made += some
    return made


def _between(real: Vectors, draw: np.random.Generator, n: int) -> Vectors:
    """Vectors of length 1 between pairs of real ones, a little aside."""
    first, second = (real[draw.integers(0, len(real), n)] for _ in range(2))
    share = draw.uniform(0.3, 0.7, (n, 1)).astype(np.float32)
    noise = draw.standard_normal(first.shape).astype(np.float32) * (_NOISE / real.shape[1] ** 0.5)
    rows = share * first + (1 - share) * second + noise
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _texts(draw: random.Random, counts: Counter[str], n: int) -> list[str]:
    vocabulary, weights = list(counts), list(counts.values())
    drawn = draw.choices(vocabulary, weights, k=n * _WORDS)
    return [" ".join(drawn[at : at + _WORDS]) for at in range(0, len(drawn), _WORDS)]


def _store(container: Container, model: str, first: int, vectors: Vectors, texts: list[str]) -> None:
    with container.database.write() as session:
        ready: dict[int, tuple[int, list[NewPassage]]] = {}
        hashes: list[str] = []
        for at in range(0, len(texts), _PASSAGES_AN_ARTICLE):
            some = texts[at : at + _PASSAGES_AN_ARTICLE]
            number = (first + at) // _PASSAGES_AN_ARTICLE
            key = ArticleKey(f"made-up-{number // 2}", _LOCALES[number % 2])
            content = ArticleContent(key.id, "\n\n".join(some))
            article = Article(
                article_id=key.id,
                locale=key.locale,
                title=key.id,
                published=1,
                head=1,
                audience=str(Audience.PUBLIC),
            )
            session.add(article)
            session.flush()
            session.add(
                Revision(
                    article_pk=article.id,
                    number=1,
                    title=key.id,
                    body=content.body,
                    digest=content.digest(),
                    origin="bench",
                )
            )
            made = [_passage(key, place, text) for place, text in enumerate(some)]
            hashes += [new.passage.phrasings[0].digest for new in made]
            ready[article.id] = (1, made)
        session.flush()
        passages.replace(session, ready)
        embeddings.store(session, model, hashes, vectors)


def _passage(key: ArticleKey, place: int, text: str) -> NewPassage:
    said = f"{key.id} {key.locale} {place}: {text}"
    passage = Passage(
        id=f"{key.id}-{key.locale}-{place}",
        article=key,
        title=key.id,
        heading="",
        anchor="",
        kind=PassageKind.PARAGRAPH,
        position=place,
        text=said,
        plain=said,
        phrasings=(Phrasing(0, said),),
    )
    return NewPassage(passage, PassageTokens(passage.id, text, "", "", ""))
