"""Past questions: uploading them, what would become of them, and marking a sample."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.dependencies import Cursor, EditorUser, PageEditor, Services
from api.routes.trials import LARGEST, MarkFilter, Number, OutcomeName, started, table_of
from api.web.article_shapes import edit_url, html, locale_name, locales_offered
from api.web.forms import Sent, flash_of, forget_flash, form_needs, redirect
from api.web.site import site
from assistant.container import Container
from assistant.domain.answers import Outcome
from assistant.domain.people import Person, Right
from assistant.domain.trials import MOST_QUESTIONS, SAMPLE, Mark, marks_of
from assistant.errors import AskdeskError, Invalid, NotFound
from assistant.trials import Narrowed, QuestionView, SampleView, TrialView, sample_place

router = APIRouter(prefix="/admin/trials", include_in_schema=False)

AdminForm = Annotated[Sent, Depends(form_needs(Right.ADMINISTER))]
EditorForm = Annotated[Sent, Depends(form_needs(Right.EDIT_ARTICLES))]
_ROWS = 50


@router.get("")
def index(request: Request, person: PageEditor, container: Services) -> Response:
    """Where past questions are uploaded, and those that were."""
    return _index(request, person, container)


def _index(
    request: Request, person: Person, container: Container, error: AskdeskError | None = None, locale: str = ""
) -> Response:
    lead = container.installation.current().site.default_locale
    offered = locales_offered(container.articles.reading.locales(), lead)
    response = _page(
        request,
        "index.html",
        person,
        container,
        status=422 if error is not None else 200,
        trials=[_summary(view, container) for view in container.trials.reading.recent()],
        locales=[(each, locale_name(each)) for each in offered],
        chosen=locale,
        error=error,
        rows=list(error.details.get("rows", ())) if error is not None else [],
        most=MOST_QUESTIONS,
    )
    return forget_flash(request, response)


@router.post("")
def upload(request: Request, sent: AdminForm, container: Services) -> Response:
    """Begin a trial with the uploaded file."""
    chosen = sent.form.get("file")
    try:
        if not isinstance(chosen, UploadFile) or not chosen.filename:
            raise Invalid("Choose a file first.", {"field": "file"})
        data = sent.file("file", LARGEST)
        trial_id = started(container, sent.person, chosen.filename, data, sent.text("locale", 35))
    except Invalid as error:
        return _index(request, sent.person, container, error, sent.text("locale", 35))
    return redirect(f"/admin/trials/{trial_id}")


@router.get("/{id}")
def one(
    id: str,
    request: Request,
    person: PageEditor,
    container: Services,
    outcome: OutcomeName = "",
    locale: Annotated[str, Query(max_length=35)] = "",
    mark: MarkFilter = "",
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Cursor = "",
) -> Response:
    """One trial: what would become of its questions, how right that is, and the questions themselves."""
    trials = container.trials
    view = trials.reading.get(id)
    chosen = {"outcome": outcome, "locale": locale, "mark": mark, "q": q.strip()}
    wanted = Narrowed(outcome, locale, mark, chosen["q"])
    page = trials.reading.page(id, wanted, int(cursor) if cursor.isdecimal() and len(cursor) < 10 else 0, _ROWS)
    sample = trials.marking.sample(id)
    response = _page(
        request,
        "one.html",
        person,
        container,
        trial=_summary(view, container),
        outcomes=[str(each) for each in Outcome],
        chosen=chosen,
        questions=[_shown(each) for each in page.items],
        count=page.count,
        more_href=_address(id, {**chosen, "cursor": str(page.following)}) if page.following is not None else None,
        first_page=not cursor,
        sample=sample,
        unmarked=sample_place(sample),
        more_sample=SAMPLE,
        effect=trials.teaching.effect(id) if view.is_over else None,
        marks=trials.reading.marks(id),
        back=_address(id, {**chosen, "cursor": cursor}),
    )
    return forget_flash(request, response)


@router.get("/{id}/state")
def state(id: str, request: Request, person: EditorUser, container: Services) -> Response:
    """The part of a trial's page that changes while its questions are asked."""
    return _page(request, "_state.html", person, container, trial=_summary(container.trials.reading.get(id), container))


@router.get("/{id}/mark")
def marking(
    id: str,
    request: Request,
    person: PageEditor,
    container: Services,
    at: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """One question of a trial with what would become of it, to be marked: the next of the sample, or any."""
    trials = container.trials
    view, sample = trials.reading.get(id), trials.marking.sample(id)
    number = at or sample_place(sample) or next(iter(sample.numbers), None)
    if number is None:
        raise NotFound("There is nothing to mark yet: the questions have to be asked first.")
    response = _page(
        request,
        "mark.html",
        person,
        container,
        trial=_summary(view, container),
        question=_shown(trials.reading.question(id, number)),
        sample=sample,
        place=sample.numbers.index(number) + 1 if number in sample.numbers else None,
        **_neighbours(sample, number),
    )
    return forget_flash(request, response)


def _neighbours(sample: SampleView, number: int) -> dict[str, Any]:
    numbers = list(sample.numbers)
    if number not in numbers:
        return {"before": None, "after": sample_place(sample)}
    at = numbers.index(number)
    return {
        "before": numbers[at - 1] if at else None,
        "after": numbers[at + 1] if at + 1 < len(numbers) else None,
    }


@router.post("/{id}/mark")
def mark_one(id: str, sent: EditorForm, container: Services) -> Response:
    """Keep a mark, then go on to the next question of the sample, or back to where the form stood."""
    number = _number(sent)
    # A button sends one value: the mark, and the article that answers, if the button names one.
    mark, _, article = sent.text("choice", 330).partition(" ")
    if mark and mark not in list(Mark):
        raise Invalid("There is no such mark.")
    container.trials.marking.mark(id, number, Mark(mark) if mark else None, sent.person.actor, article.strip())
    back = sent.text("back", 600)
    if back.startswith(f"/admin/trials/{id}?") or back == f"/admin/trials/{id}":
        return redirect(f"{back}#question-{number}")
    if not mark:
        return redirect(f"/admin/trials/{id}/mark?at={number}")
    following = sample_place(container.trials.marking.sample(id), number)
    if following is None:
        return redirect(f"/admin/trials/{id}", "sample_marked")
    return redirect(f"/admin/trials/{id}/mark?at={following}")


def _number(sent: Sent) -> int:
    text = sent.text("number", 12)
    return int(text) if text.isdecimal() and len(text) < 10 else 0


@router.post("/{id}/draw")
def draw(id: str, sent: EditorForm, container: Services) -> Response:
    """Draw other questions, or some more."""
    if sent.text("more", 8):
        container.trials.marking.enlarge(id, SAMPLE)
    else:
        container.trials.marking.draw(id, None, sent.person.actor)
    return redirect(f"/admin/trials/{id}", "enlarged" if sent.text("more", 8) else "drawn")


@router.post("/{id}/ask")
def ask_again(id: str, sent: AdminForm, container: Services) -> Response:
    """Ask all questions anew."""
    container.trials.asking.again(id, sent.person.actor)
    return redirect(f"/admin/trials/{id}")


@router.post("/{id}/delete")
def delete(id: str, sent: AdminForm, container: Services) -> Response:
    """Erase a trial."""
    container.trials.asking.erase(id, sent.person.actor)
    return redirect("/admin/trials", "trial_erased")


@router.post("/{id}/questions/{number}/delete")
def delete_question(id: str, number: Number, sent: AdminForm, container: Services) -> Response:
    """Erase one question."""
    container.trials.marking.erase(id, number, sent.person.actor)
    return redirect(f"/admin/trials/{id}", "question_erased")


@router.get("/{id}/past-questions.csv")
def export(id: str, _person: PageEditor, container: Services) -> Response:
    """Every question with what would become of it, as a table to download."""
    return table_of(container, id)


def _page(
    request: Request, template: str, person: Person, container: Container, *, status: int = 200, **context: Any
) -> Response:
    is_admin = person.may(Right.ADMINISTER)
    return site(request).page(
        request,
        f"trials/{template}",
        title="Past questions",
        person=person,
        status=status,
        frame="admin/frame.html" if is_admin else "editor/frame.html",
        is_admin=is_admin,
        here="trials",
        said=flash_of(request),
        gap_count=container.gaps.count_open(),
        **context,
    )


def _address(trial_id: str, chosen: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"/admin/trials/{trial_id}" + (f"?{query}" if query else "")


def _summary(view: TrialView, container: Container) -> dict[str, Any]:
    """A trial as pages show it: names of people and languages instead of their codes."""
    try:
        by = container.accounts.people.get(view.by).display_name if view.by else ""
    except AskdeskError:
        by = ""
    return {"view": view, "by": by, "languages": {each: locale_name(each) for each in view.by_locale}}


def _shown(view: QuestionView) -> dict[str, Any]:
    """A question as pages show it, with the choices of marks that fit it."""
    cited = {str(each["article"]) for each in view.citations}
    found: list[dict[str, Any]] = [{**each, "href": _href(each)} for each in view.candidates]
    kind: Literal["answer", "other"] = "answer" if view.outcome == Outcome.ANSWERED else "other"
    return {
        "view": view,
        "kind": kind,
        "marks": [str(each) for each in marks_of(view.outcome)],
        "language": locale_name(view.locale),
        "html": html(view.answer) if view.answer else "",
        "answer": {
            "outcome": view.outcome,
            "html": html(view.answer) if view.answer else "",
            "choices": view.choices,
            "citations": [{**each, "href": _href(each), "own": False} for each in view.citations],
        },
        "others": [each for each in found if str(each["article"]) not in cited][:3],
    }


def _href(place: Any) -> str:
    return edit_url(str(place["article"]), str(place["locale"]))
