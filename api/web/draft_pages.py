"""What the workbench shows beside a draft: preview, passages, answers, effect, revisions. Each is a part of a page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from api.dependencies import EditorUser, Services
from api.schemas.drafts import DraftBody
from api.web.article_shapes import field_changes, html, shown_answer
from api.web.editor_pages import place_of
from api.web.site import site
from assistant.articles import Quotation, RevisionView
from assistant.articles.rehearsals import Change, Draft, Effect
from assistant.container import Container
from assistant.domain.addresses import sibling_url
from assistant.domain.articles import ArticleContent, ArticleKey, Audience, Passage
from assistant.domain.locales import normalize
from assistant.domain.markdown import render_markdown
from assistant.domain.people import Person
from assistant.errors import AskdeskError, Invalid
from assistant.wording import Worded
from ingest.indexing import new_passages
from ingest.split import split

router = APIRouter(prefix="/editor", include_in_schema=False)

_SAME_SITTING = 30 * 60
_EXAMPLES = 3
_NEAR_GAPS = 5
_OWN_QUESTIONS = 10
_LOOKED_THROUGH = 40

Id = Annotated[str, Query(min_length=1, max_length=300)]
Locale = Annotated[str, Query(min_length=2, max_length=35)]


def _part(request: Request, person: Person, template: str, **context: Any) -> Response:
    """A part of a page; ``response.text`` goes into the page as it is."""
    return site(request).page(request, f"editor/{template}", title="", person=person, **context)


def _key(article_id: str, locale: str) -> ArticleKey:
    try:
        return ArticleKey(article_id, normalize(locale))
    except ValueError as error:
        raise Invalid(Worded("%(problem)s.", problem=error.args[0])) from error


@router.post("/draft/preview")
def preview(body: DraftBody, request: Request, person: EditorUser) -> Response:
    """The text as customers would read it."""
    rendered = render_markdown(body.body, lambda href: sibling_url(href, body.id, body.locale))
    return _part(request, person, "_preview.html", draft=body, html=Markup(rendered))  # noqa: S704 - sanitised


@router.post("/draft/passages")
def passages(body: DraftBody, request: Request, person: EditorUser, container: Services) -> Response:
    """What search would find of the draft, and which questions each passage has answered."""
    live = container.articles.upkeep.passage_ids(body.key)
    quoted = container.articles.upkeep.quotations(body.id, [body.locale])
    found = split(body.key, body.content)
    shown = [_passage(each, live, quoted, body.body) for each in found]
    own = {each.id for each in found}
    gone = [quotation for quotation in quoted if quotation.passage not in own]
    return _part(
        request,
        person,
        "_passages.html",
        draft=body,
        passages=shown,
        removed=len([each for each in live if each not in own]),
        gone=_examples(gone),
        gone_count=len(gone),
        is_live=bool(live),
    )


def _passage(passage: Passage, live: list[str], quoted: list[Quotation], text: str) -> dict[str, Any]:
    mine = [quotation for quotation in quoted if quotation.passage == passage.id]
    start, end = place_of(passage.text, text)
    return {
        "id": passage.id,
        "heading": passage.heading,
        "kind": str(passage.kind),
        "html": html(passage.text),
        "new": passage.id not in live,
        "phrasings": [phrasing.text for phrasing in passage.phrasings[1:]],
        "start": start,
        "end": end,
        "quoted": len(mine),
        "examples": _examples(mine),
    }


def _examples(quotations: list[Quotation]) -> list[dict[str, Any]]:
    """The newest questions, each wording once."""
    said = {quotation.question: quotation for quotation in reversed(quotations)}
    newest = sorted(said.values(), key=lambda quotation: quotation.at, reverse=True)
    return [quotation._asdict() for quotation in newest[:_EXAMPLES]]


@router.post("/draft/changes")
def changes(
    body: DraftBody, request: Request, person: EditorUser, container: Services, against: int | None = None
) -> Response:
    """How the draft differs from a revision, by default from what is published."""
    reading = container.articles.reading
    view = reading.get(body.id, body.locale)
    number = against if against is not None else view.published
    before = reading.revision(body.key, number).content if number is not None else ArticleContent("", "")
    return _part(request, person, "_changes.html", changes=field_changes(before, body.content), against=number)


@router.post("/draft/effect")
def effect(body: DraftBody, request: Request, person: EditorUser, container: Services) -> Response:
    """What publishing the draft would change: its text, its passages, and the answers that rest on it."""
    reading = container.articles.reading
    view = reading.get(body.id, body.locale)
    published = reading.revision(body.key, view.published).content if view.published is not None else None
    draft = Draft(body.key, body.content, list(new_passages(body.key, body.content)))
    live = set(container.articles.upkeep.passage_ids(body.key))
    own = {new.passage.id for new in draft.passages}
    asked, origins = _questions(
        container, body, [new.passage.text for new in draft.passages if new.passage.id not in live]
    )
    effects = container.rehearsals.effects(draft, asked, body.locale) if asked else []
    return _part(
        request,
        person,
        "_effect.html",
        published=published is not None,
        changes=field_changes(published, body.content) if published else [],
        passages={"all": len(own), "new": len(own - live), "same": len(own & live), "removed": len(live - own)},
        effects=[_shown_effect(each, body.key, origins) for each in effects],
        counts={change: sum(each.change is change for each in effects) for change in Change},
    )


def _questions(container: Container, body: DraftBody, new_texts: list[str]) -> tuple[list[str], dict[str, str]]:
    """The questions to try, and where each comes from: the editor's own wordings, customers', open gaps."""
    own = [body.title, *body.alternates][:_OWN_QUESTIONS]
    asked = [each.question for each in container.articles.upkeep.quotations(body.id, [body.locale], limit=20)]
    gaps = container.gaps.nearest(new_texts[:8], _NEAR_GAPS)
    origins: dict[str, str] = {}
    for origin, questions in (("own", own), ("gap", gaps), ("customer", asked)):
        for question in questions:
            plain = question.strip()
            if plain and len(plain) <= 500:
                origins.setdefault(plain, origin)
    return list(origins), origins


def _shown_effect(effect: Effect, key: ArticleKey, origins: dict[str, str]) -> dict[str, Any]:
    return {
        "question": effect.question,
        "origin": origins.get(effect.question, "own"),
        "change": str(effect.change),
        "before": shown_answer(effect.before, key),
        "after": shown_answer(effect.after, key),
    }


@router.post("/draft/ask")
def ask(body: DraftBody, request: Request, person: EditorUser, container: Services) -> Response:
    """The assistant's answer to a question as things stand, and with the draft published."""
    if not body.question:
        raise Invalid("Type a question first.", {"field": "question"})
    draft = Draft(body.key, body.content, list(new_passages(body.key, body.content)))
    found = container.rehearsals.ask(draft, body.question, body.locale)
    return _part(
        request,
        person,
        "_ask.html",
        question=body.question,
        locale_asked=body.locale,
        before=shown_answer(found.before, body.key),
        after=shown_answer(found.after, body.key),
        change=str(found.change),
    )


@router.get("/history")
def history(request: Request, person: EditorUser, container: Services, id: Id, locale: Locale) -> Response:
    """The revisions of an article, what was written in one sitting together."""
    key = _key(id, locale)
    view = container.articles.reading.get(key.id, key.locale)
    revisions = container.articles.reading.revisions(key, limit=200)
    names = names_of(container, {revision.author for revision in revisions})
    return _part(
        request, person, "_history.html", sittings=_sittings(revisions, names), head=view.revision, article=view
    )


def names_of(container: Container, authors: set[str]) -> dict[str, str]:
    """What people are called, by id; whoever is no person here is called as given."""
    found: dict[str, str] = {}
    for author in authors:
        try:
            found[author] = container.accounts.people.get(author).display_name
        except AskdeskError:
            found[author] = author
    return found


def _sittings(revisions: list[RevisionView], names: dict[str, str]) -> list[dict[str, Any]]:
    """Revisions by sitting, newest first; what is published never hides behind another."""
    sittings: list[dict[str, Any]] = []
    for revision in revisions:
        last = sittings[-1] if sittings else None
        if last and _is_same_sitting(last, revision):
            last["saves"] += 1
            last["since"] = revision.created_at
            continue
        author = names.get(revision.author, revision.author)
        sittings.append(
            {"revision": revision, "author": author, "saves": 1, "since": revision.created_at, "by": revision.author}
        )
    return sittings


def _is_same_sitting(last: dict[str, Any], revision: RevisionView) -> bool:
    kept = last["revision"].published or revision.published
    same = last["by"] == revision.author and last["revision"].origin == revision.origin == "editor"
    near: bool = (last["since"] - revision.created_at).total_seconds() < _SAME_SITTING
    return same and near and not kept


@router.get("/answerable")
def answerable(_person: EditorUser, container: Services, id: Id, locale: Locale) -> JSONResponse:
    """Whether the assistant answers from what is published now."""
    key = _key(id, locale)
    view = container.articles.reading.get(key.id, key.locale)
    audiences = [str(each) for each in Audience]
    is_current = container.knowledge.is_current
    may_be_found = view.published and is_current()
    found = container.find(view.content.title, key.locale, _LOOKED_THROUGH, audiences) if may_be_found else []
    own = [hit.passage for hit in found if ArticleKey(hit.passage.article, hit.passage.locale) == key]
    stored = any(passage.revision == view.published for passage in own)
    # Asked again after the search: a part that did not change is found with the new revision while the changed one is
    # stored already, but not yet in the indexes.
    return JSONResponse({"answerable": stored and is_current()})
