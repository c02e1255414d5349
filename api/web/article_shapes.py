"""Articles as the workbench's templates take them: addresses, language chips, differences, passages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup

from api.web.differences import difference
from api.web.i18n import LOCALE_NAMES
from assistant.articles import ArticleView
from assistant.articles.upkeep import is_behind
from assistant.domain.answers import Answer
from assistant.domain.articles import ArticleContent, ArticleKey, ArticleStatus
from assistant.domain.markdown import render_markdown

_SHORT = {"en": "EN", "zh-Hans": "简", "zh-Hant": "繁"}
_FIELDS = ("title", "category", "tags", "audience", "alternates")


def edit_url(article_id: str, locale: str, **more: str) -> str:
    """The address of an article in the workbench."""
    return f"/editor/articles/{quote(article_id, safe='')}?{urlencode({'locale': locale, **more})}"


def translate_url(article_id: str, source: str, locale: str) -> str:
    """The address that starts a translation."""
    return "/editor/articles/new?" + urlencode({"translate": article_id, "from": source, "locale": locale})


def restore_url(article_id: str, locale: str) -> str:
    """The address that takes a deletion back."""
    return f"/api/v1/articles/{quote(article_id, safe='')}/restore?{urlencode({'locale': locale})}"


def locale_name(locale: str) -> str:
    """What a language calls itself."""
    return LOCALE_NAMES.get(locale, locale)


def locales_offered(in_use: Sequence[str], lead: str) -> list[str]:
    """The locales that articles can be written in: the leading one first, then those in use, then the others."""
    return list(dict.fromkeys([lead, *in_use, *LOCALE_NAMES]))


def chips(view: ArticleView, wanted: Iterable[str], lead: str) -> list[dict[str, Any]]:
    """The languages of an article, the leading one first: ``{locale, short, name, state, href, current}``.

    ``state`` is published, changed (a newer draft waits), draft, behind (the leading text changed later) or missing.
    """
    known = {each.locale: (each.status, each.changed_since_published, each.updated_at) for each in view.translations}
    known[view.key.locale] = (view.status, view.changed_since_published, view.updated_at)
    leading = known[lead][2] if lead in known else None
    made = []
    for locale in sorted({*wanted, *known}, key=lambda each: (each != lead, each)):
        state = "missing"
        if locale in known:
            status, changed, updated_at = known[locale]
            state = _state(status, changed, behind=is_behind(locale, updated_at, lead, leading))
        found = {"locale": locale, "short": _SHORT.get(locale, locale), "name": locale_name(locale), "state": state}
        href = edit_url(view.key.id, locale) if locale in known else translate_url(view.key.id, view.key.locale, locale)
        made.append({**found, "href": href, "current": locale == view.key.locale})
    return made


def _state(status: ArticleStatus, changed: bool, *, behind: bool) -> str:
    if status is ArticleStatus.DRAFT:
        return "draft"
    if changed:
        return "changed"
    return "behind" if behind else "published"


def row(view: ArticleView, wanted: Iterable[str], lead: str) -> dict[str, Any]:
    """A line of the list of articles."""
    votes = view.helpful + view.unhelpful
    return {
        "id": view.key.id,
        "locale": view.key.locale,
        "title": view.content.title,
        "href": edit_url(view.key.id, view.key.locale),
        "restore": restore_url(view.key.id, view.key.locale) if view.deleted else None,
        "category": view.content.category,
        "source": view.source,
        "status": view.status,
        "changed": view.changed_since_published,
        "publishing": view.publishing,
        "deleted": view.deleted,
        "views": view.views,
        "helpful": view.helpful / votes if votes else None,
        "votes": votes,
        "updated_at": view.updated_at,
        "chips": [] if view.deleted else chips(view, wanted, lead),
    }


def field_changes(before: ArticleContent, after: ArticleContent) -> list[dict[str, Any]]:
    """The fields that say something else: ``{field, lines}``, the text last."""
    found = []
    for name in (*_FIELDS, "body"):
        lines = difference(_text(getattr(before, name)), _text(getattr(after, name)))
        if lines:
            found.append({"field": name, "lines": lines})
    return found


def _text(value: object) -> str:
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def html(markdown: str) -> Markup:
    """Markdown as safe HTML."""
    return Markup(render_markdown(markdown))  # noqa: S704 - sanitised


def shown_answer(answer: Answer, own: ArticleKey | None = None) -> dict[str, Any]:
    """An answer as the workbench shows it; citations of ``own`` are marked."""
    citations = [
        {
            **citation.as_dict(),
            "href": edit_url(citation.article, citation.locale),
            "own": own == ArticleKey(citation.article, citation.locale),
        }
        for citation in answer.citations
    ]
    return {
        "outcome": str(answer.outcome),
        "html": html(answer.text) if answer.text else "",
        "choices": [choice.text for choice in answer.choices if choice.action == "send"],
        "citations": citations,
        "confidence": answer.confidence,
        "written_by": answer.written_by,
    }
