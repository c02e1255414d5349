"""Search of the knowledge base, with why each passage ranked where it did."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import SearchUser, Services
from api.schemas.articles import SearchAnswer, SearchResult
from api.schemas.reasons import WhyNotShown
from assistant.articles.journeys import Asked
from assistant.container import Container
from assistant.domain.articles import ArticleKey, Audience
from assistant.domain.locales import normalize
from assistant.errors import Invalid
from assistant.wording import Worded

router = APIRouter(tags=["articles"])

Question = Annotated[str, Query(min_length=1, max_length=4_000)]
Locale = Annotated[str, Query(max_length=35)]


@router.get("/search")
def search(
    _person: SearchUser,
    container: Services,
    q: Question,
    k: Annotated[int, Query(ge=1, le=100)] = 10,
    locale: Locale = "",
) -> SearchAnswer:
    """Ranked passages of all published articles, best first, whoever they are for.

    Why one that you expected is not among them: `GET /search/why-not`.
    """
    wanted = _language(container, q, locale)
    hits = container.find(q, wanted, k, tuple(str(audience) for audience in Audience))
    return SearchAnswer(results=[SearchResult.of(hit) for hit in hits])


@router.get("/search/why-not")
def why_not(
    _person: SearchUser,
    container: Services,
    q: Question,
    article: Annotated[str, Query(min_length=1, max_length=300)],
    article_locale: Annotated[str, Query(min_length=2, max_length=35)],
    locale: Locale = "",
    audience: Annotated[Audience, Query(description="Whose question it is: they see this and what is public.")] = (
        Audience.PUBLIC
    ),
) -> WhyNotShown:
    """How an article fares at each stage of answering a question, and the first stage that loses it.

    The question is asked again, of the articles and the error budget as they are now; nothing is stored.
    """
    asked = Asked(q, _language(container, q, locale), frozenset({str(Audience.PUBLIC), str(audience)}))
    return WhyNotShown.of(container.reasons.why_not(asked, key_of(article, article_locale)))


def key_of(article: str, locale: str) -> ArticleKey:
    """What names an article, its locale as it is stored.

    Raises:
        Invalid: there is no such locale.
    """
    try:
        return ArticleKey(article, normalize(locale))
    except ValueError as error:
        raise Invalid(Worded("%(problem)s.", problem=error.args[0]), {"field": "article_locale"}) from error


def _language(container: Container, question: str, locale: str) -> str:
    return locale or container.detect_locale(question, container.installation.current().site.default_locale)
