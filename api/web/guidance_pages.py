"""The workbench's guidance: rules for a model that words answers, tried on real questions and published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.dependencies import PageEditor, Services
from api.web.article_shapes import locale_name, shown_answer
from api.web.draft_pages import names_of
from api.web.forms import Sent, flash_of, forget_flash, form_needs, redirect
from api.web.site import site
from assistant.container import Container
from assistant.domain.answers import Answer
from assistant.domain.guidance import LONGEST_TEXT, Rule, RuleKind
from assistant.domain.people import Person, Right
from assistant.errors import AskdeskError, Conflict, Invalid, NotFound
from assistant.guidance import Revision, State
from assistant.guidance.previews import Preview

router = APIRouter(prefix="/editor/guidance", include_in_schema=False)

EditorForm = Annotated[Sent, Depends(form_needs(Right.EDIT_ARTICLES))]

_PAGE = "/editor/guidance"
_LONGEST_QUESTION = 500
_LONGEST_OFFER = 90
_REVISIONS = 20
# Rules are for one language or for all; one for Chinese holds for both scripts.
_LOCALES = ("en", "zh-Hans")

Kind = Literal["promise", "address", "tone", "topic"]


@router.get("")
def guidance(request: Request, person: PageEditor, container: Services) -> Response:
    """All rules of the draft, how they differ from what holds, questions to try them on, and earlier revisions."""
    return _page(request, person, container)


def _page(request: Request, person: Person, container: Container, status: int = 200, **more: Any) -> Response:
    state = container.guidance.state()
    revisions = container.guidance.revisions(_REVISIONS)
    response = site(request).page(
        request,
        "editor/guidance.html",
        title="Guidance",
        person=person,
        status=status,
        said=flash_of(request),
        state=state,
        rules=_rules(state),
        set_rules=_set_rules(container, state),
        revisions=revisions,
        names=names_of(container, {one.author_id or one.author for one in [*revisions, state.published]}),
        model=container.installation.current().llm.spec,
        may_administer=person.may(Right.ADMINISTER),
        questions=[(asked.text, _offer(asked.text)) for asked in container.previews.questions()],
        gap_count=container.gaps.count_open(),
        **{"problem": None, "tried": None, "typed": {}, **more},
    )
    return forget_flash(request, response)


def _offer(question: str) -> str:
    """A question as a list to choose from shows it: on one line, and not too long."""
    line = " ".join(question.split())
    return line if len(line) <= _LONGEST_OFFER else line[:_LONGEST_OFFER].rstrip() + "…"


def _rules(state: State) -> list[dict[str, Any]]:
    """The draft's rules by kind, each with how it differs from what holds; then those that publishing would remove."""
    held = {rule.id: rule for rule in state.published.rules}
    order = list(RuleKind)
    written = [(rule, _difference(rule, held)) for rule in state.draft.rules]
    gone = [(rule, "removed") for rule in state.published.rules if rule.id not in {one.id for one in state.draft.rules}]
    shown = sorted([*written, *gone], key=lambda one: order.index(one[0].kind))
    return [{**rule.as_dict(), "languages": _languages(rule), "change": change} for rule, change in shown]


def _difference(rule: Rule, held: dict[str, Rule]) -> str:
    if rule.id not in held:
        return "new"
    return "same" if held[rule.id] == rule else "changed"


def _languages(rule: Rule) -> list[str]:
    return [locale_name(locale) for locale in rule.locales]


def _set_rules(container: Container, state: State) -> list[dict[str, Any]]:
    """What the settings stand for, as long as the draft says nothing else."""
    told = container.guidance.with_settings(state.draft.rules)[len(state.draft.rules) :]
    return [{**rule.as_dict(), "languages": _languages(rule)} for rule in told]


def _offered(container: Container, chosen: Sequence[str]) -> list[str]:
    in_use = [each for each in container.articles.reading.locales() if not each.startswith("zh")]
    return list(dict.fromkeys([*_LOCALES, *in_use, *chosen]))


@router.get("/rule")
def rule(
    request: Request,
    person: PageEditor,
    container: Services,
    id: Annotated[str, Query(max_length=40)] = "",
    kind: Kind = "tone",
) -> Response:
    """A rule to write on, or a new one of a kind."""
    draft = container.guidance.state().draft
    shown = _found(draft, id).as_dict() if id else {**Rule("", RuleKind(kind), "").as_dict()}
    return _form(request, person, container, draft.number, shown)


def _found(draft: Revision, rule_id: str) -> Rule:
    found = next((rule for rule in draft.rules if rule.id == rule_id), None)
    if found is None:
        raise NotFound("There is no such rule.")
    return found


def _form(
    request: Request,
    person: Person,
    container: Container,
    revision: int,
    shown: dict[str, Any],
    problem: AskdeskError | None = None,
) -> Response:
    return site(request).page(
        request,
        "editor/guidance_rule.html",
        title="Rule",
        person=person,
        status=(409 if isinstance(problem, Conflict) else 422) if problem else 200,
        rule=shown,
        revision=revision,
        problem=problem.message if problem else None,
        field_name=problem.details.get("field", "") if problem else "",
        longest=LONGEST_TEXT,
        locales=[(each, locale_name(each)) for each in _offered(container, shown["locales"])],
        categories=[each.category for each in container.articles.reading.categories()],
        gap_count=container.gaps.count_open(),
    )


@router.post("/rule")
def save_rule(request: Request, sent: EditorForm, container: Services) -> Response:
    """Put a rule into the draft, in its place or as the last one."""
    written = _written(sent)
    try:
        draft = container.guidance.state().draft
        rules = [rule.as_dict() for rule in draft.rules]
        places = [place for place, rule in enumerate(rules) if rule["id"] == written["id"]]
        if places:
            rules[places[0]] = written
        else:
            rules.append({**written, "id": ""})
        container.guidance.save(rules, _revision(sent), sent.person.actor)
    except (Invalid, Conflict) as error:
        newest = container.guidance.state().draft.number if isinstance(error, Conflict) else _revision(sent)
        return _form(request, sent.person, container, newest, written, error)
    return redirect(_PAGE, "rule_saved")


def _written(sent: Sent) -> dict[str, Any]:
    """The rule as the form holds it."""
    lines = {name: [line.strip() for line in sent.text(name).splitlines() if line.strip()] for name in _LINES}
    fields = {name: sent.text(name) for name in ("id", "kind", "text", "category")}
    return {**fields, **lines, "locales": sent.texts("locales")}


_LINES = ("words", "phrases")


def _revision(sent: Sent) -> int:
    text = sent.text("revision")
    return int(text) if text.isdecimal() else -1


@router.post("/remove")
def remove_rule(request: Request, sent: EditorForm, container: Services) -> Response:
    """Take a rule out of the draft."""
    kept = [rule.as_dict() for rule in container.guidance.state().draft.rules if rule.id != sent.text("id")]
    return _changed(request, sent, container, lambda base: container.guidance.save(kept, base, sent.person.actor))


@router.post("/publish")
def publish(request: Request, sent: EditorForm, container: Services) -> Response:
    """Let the draft hold."""
    return _changed(
        request, sent, container, lambda base: container.guidance.publish(base, sent.person.actor), "published"
    )


@router.post("/revert")
def revert(request: Request, sent: EditorForm, container: Services) -> Response:
    """Bring an older revision back as the draft."""
    to = sent.text("to")
    number = int(to) if to.isdecimal() else 0
    return _changed(
        request, sent, container, lambda base: container.guidance.revert(base, number, sent.person.actor), "reverted"
    )


def _changed(request: Request, sent: Sent, container: Container, change: Any, flash: str = "rule_removed") -> Response:
    try:
        change(_revision(sent))
    except Conflict as error:
        return _page(request, sent.person, container, 409, problem=error.message)
    return redirect(_PAGE, flash)


@router.post("/preview")
def preview(request: Request, sent: EditorForm, container: Services) -> Response:
    """The page, with the answer to a question as the rules hold and as they are written."""
    question = sent.text("question", _LONGEST_QUESTION) or sent.text("past", _LONGEST_QUESTION)
    locale = container.detect_locale(question, container.installation.current().site.default_locale)
    if not question:
        return _page(request, sent.person, container, 422, problem="Choose or type a question first.")
    state = container.guidance.state()
    held, written = (container.guidance.with_settings(one.rules) for one in (state.published, state.draft))
    tried = container.previews.ask(question, locale, held, written)
    return _page(request, sent.person, container, tried=_shown(tried), typed={"question": question})


def _shown(tried: Preview) -> dict[str, Any]:
    return {
        "question": tried.question,
        "before": _shown_answer(tried.before),
        "after": _shown_answer(tried.after),
        "same": tried.before.text == tried.after.text,
    }


def _shown_answer(answer: Answer) -> dict[str, Any]:
    """An answer with what the checks dropped of it, and why no model wrote it where one was asked."""
    model = answer.trace.get("model", {})
    dropped = [
        {"sentence": one["sentence"], "reasons": [_reason(reason) for reason in one["reasons"]]}
        for one in model.get("dropped", ())
    ]
    told = {"asked": bool(model), "dropped": dropped, "failed": model.get("failed", "")}
    return {**shown_answer(answer), **told, "rules": len(model.get("guidance", ()))}


def _reason(reason: str) -> tuple[str, str]:
    """A reason of the check as its kind, which the page has words for, and what it is about."""
    for kind in ("forbidden promise", "hidden characters", "no source", "says nothing"):
        if reason.startswith(kind):
            return kind, reason.removeprefix(kind).strip()
    kind, _, about = reason.partition(" ")
    return kind, about
