"""Trials: past questions asked before going live, and what people think of the answers."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Path, Query, Request, UploadFile
from starlette.responses import StreamingResponse

from api.dependencies import AdminUser, Cursor, EditorUser, Limit, Services
from api.errors import words_of
from api.schemas.lists import Listing
from api.schemas.trials import Draw, MarksEffect, NewMark, Sample, Trial, TrialDetail, TrialQuestion
from assistant.container import Container
from assistant.domain import locales
from assistant.domain.people import Person
from assistant.errors import Invalid
from assistant.trials import Narrowed
from ingest.questions import read_questions

router = APIRouter(prefix="/trials", tags=["trials"])

LARGEST = 20 * 2**20
OutcomeName = Literal["", "answered", "clarifying", "declined", "handover_offered", "handed_over"]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
MarkFilter = Literal["", "none", "any", "aside", "right", "wrong", "elsewhere", "missed", "rightly_left"]


@router.get("")
def list_trials(request: Request, _editor: EditorUser, container: Services) -> Listing[Trial]:
    """The trials of past questions, the newest first."""
    told = words_of(request).told
    return Listing(items=[Trial.of(view, told) for view in container.trials.reading.recent()], next_cursor=None)


@router.post("", status_code=202)
def start_trial(
    request: Request,
    admin: AdminUser,
    container: Services,
    file: Annotated[
        UploadFile,
        File(description="A CSV with a column `question`, `text` or `问题`, else its first column; `locale` if any."),
    ],
    locale: Annotated[str, Form(max_length=35, description="For rows that name none; empty: told by the text.")] = "",
) -> Trial:
    """Ask past questions in the background. Nothing but what would become of them is stored, and no ticket is opened.

    At most 5,000 different questions. Rows that cannot be taken are named in `details.rows`, and nothing is taken then.
    """
    data = file.file.read(LARGEST + 1)
    trial_id = started(container, admin, file.filename or "", data, locale)
    return Trial.of(container.trials.reading.get(trial_id), words_of(request).told)


def started(container: Container, person: Person, name: str, data: bytes, locale: str) -> str:
    """The id of a trial that now begins. Raises ``Invalid`` for a file that cannot be taken."""
    if len(data) > LARGEST:
        raise Invalid("The file is larger than 20 MB. Draw some of its questions at random.", {"field": "file"})
    default = container.installation.current().site.default_locale
    chosen = locales.checked(locale) if locale else ""
    questions = read_questions(data, lambda text: container.detect_locale(text, default), chosen)
    title = name.replace("\\", "/").rsplit("/", 1)[-1].strip()[:200] or "CSV"
    return container.trials.asking.start(title, questions.asked, questions.skipped, person.actor)


@router.get("/{id}")
def get_trial(id: str, request: Request, _editor: EditorUser, container: Services) -> TrialDetail:
    """How a trial stands: outcomes, by language too, the sample's estimates, and what marks have changed."""
    trials = container.trials
    trial = Trial.of(trials.reading.get(id), words_of(request).told)
    return TrialDetail(
        **trial.model_dump(),
        marks=trials.reading.marks(id),
        sample=Sample.of(trials.marking.sample(id)),
        effect=MarksEffect.of(trials.teaching.effect(id)),
    )


@router.delete("/{id}", status_code=204)
def delete_trial(id: str, admin: AdminUser, container: Services) -> None:
    """Erase a trial with its questions and marks, for good."""
    container.trials.asking.erase(id, admin.actor)


@router.post("/{id}/ask", status_code=202)
def ask_again(id: str, request: Request, admin: AdminUser, container: Services) -> Trial:
    """Ask all its questions anew, of the articles and settings of now. Marks stay."""
    container.trials.asking.again(id, admin.actor)
    return Trial.of(container.trials.reading.get(id), words_of(request).told)


@router.get("/{id}/questions")
def list_trial_questions(
    id: str,
    _editor: EditorUser,
    container: Services,
    outcome: OutcomeName = "",
    locale: Annotated[str, Query(max_length=35)] = "",
    mark: Annotated[MarkFilter, Query(description="`none`, `any`, `aside`, or one of the marks.")] = "",
    q: Annotated[str, Query(max_length=200, description="Words of the question.")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Listing[TrialQuestion]:
    """Its questions in the order of the file, each with what would become of it."""
    after = int(cursor) if cursor.isdecimal() and len(cursor) < 10 else 0
    page = container.trials.reading.page(id, Narrowed(outcome, locale, mark, q.strip()), after, limit)
    following = None if page.following is None else str(page.following)
    return Listing(items=[TrialQuestion.of(each) for each in page.items], next_cursor=following)


@router.get("/{id}/questions/{number}")
def get_trial_question(id: str, number: Number, _editor: EditorUser, container: Services) -> TrialQuestion:
    """One question, with the answer and the sources that it would get."""
    return TrialQuestion.of(container.trials.reading.question(id, number))


@router.delete("/{id}/questions/{number}", status_code=204)
def delete_trial_question(id: str, number: Number, admin: AdminUser, container: Services) -> None:
    """Erase one question, for good."""
    container.trials.marking.erase(id, number, admin.actor)


@router.put("/{id}/questions/{number}/mark")
def mark_trial_question(
    id: str, number: Number, body: NewMark, editor: EditorUser, container: Services
) -> TrialQuestion:
    """Mark what would become of a question. The calibration is fitted again some seconds later."""
    return TrialQuestion.of(container.trials.marking.mark(id, number, body.chosen, editor.actor, body.article))


@router.get("/{id}/sample")
def get_trial_sample(id: str, _editor: EditorUser, container: Services) -> Sample:
    """The random sample to mark, and what its marks say of all questions."""
    return Sample.of(container.trials.marking.sample(id))


@router.post("/{id}/sample")
def draw_trial_sample(id: str, body: Draw, editor: EditorUser, container: Services) -> Sample:
    """Draw a new random sample. Marks stay, and those of its questions count in it."""
    container.trials.marking.draw(id, body.size, editor.actor)
    return Sample.of(container.trials.marking.sample(id))


@router.get("/{id}/export")
def export_trial(id: str, _editor: EditorUser, container: Services) -> StreamingResponse:
    """Every question with what would become of it and its mark, as CSV in UTF-8; no cell is a formula."""
    return table_of(container, id)


def table_of(container: Container, trial_id: str) -> StreamingResponse:
    """A trial as a CSV to be downloaded. Raises ``NotFound``."""
    headers = {"Content-Disposition": 'attachment; filename="past-questions.csv"'}
    lines = container.trials.reading.table(trial_id)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)
