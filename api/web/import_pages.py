"""Bringing articles in: the page with the drop zone, and the FAQ templates that it offers."""

from __future__ import annotations

import csv
import io
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import EditorUser, PageEditor, Services
from api.web.article_shapes import locale_name, locales_offered
from api.web.editor_pages import lead_locale
from api.web.site import site
from assistant.container import Container
from assistant.domain.people import Person
from assistant.errors import AskdeskError
from ingest.uploads import ImportView, Uploads

router = APIRouter(prefix="/editor/import", include_in_schema=False)

_ENGLISH = (
    ("id", "question", "answer", "alternates", "locale", "category"),
    (
        "return-window",
        "How long can I return an item?",
        "You can return it within 30 days of delivery.",
        "Can I send it back? | What is the return period?",
        "en",
        "returns",
    ),
)
_CHINESE = (
    ("编号", "标准问", "答案", "相似问", "语言", "分类"),
    (
        "return-window",
        "多久之内可以退货？",
        "签收后 30 天内可以退货。",
        "可以退货吗 | 退货期限是多久",
        "zh-CN",
        "退换货",
    ),
)
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WIDTHS = (18, 40, 60, 44, 10, 16)


@router.get("")
def page(request: Request, person: PageEditor, container: Services) -> Response:
    """Where files are dropped, and what was imported before."""
    reading, lead = container.articles.reading, lead_locale(container)
    offered = locales_offered(reading.locales(), lead)
    return site(request).page(
        request,
        "editor/import.html",
        title="Import",
        person=person,
        sources=[{"name": name, "at": at, "articles": articles} for name, at, articles in reading.sources()],
        locales=[(each, locale_name(each)) for each in offered],
        imports=Uploads(container).recent(),
        gap_count=container.gaps.count_open(),
    )


@router.get("/faq-{language}.{kind}")
def template(_person: PageEditor, language: Literal["en", "zh"], kind: Literal["csv", "xlsx"]) -> Response:
    """A FAQ file with its headers and one example, to be filled in and imported."""
    rows = _CHINESE if language == "zh" else _ENGLISH
    data = _csv(rows) if kind == "csv" else _xlsx(rows)
    headers = {"Content-Disposition": f'attachment; filename="faq-{language}.{kind}"'}
    return Response(data, media_type=_TYPES[kind], headers=headers)


@router.get("/{import_id}")
def one(import_id: str, request: Request, person: PageEditor, container: Services) -> Response:
    """One import: how far it has come, and what could not be imported."""
    return _one("import_one.html", request, person, container, Uploads(container).get(import_id))


@router.get("/{import_id}/state")
def state(import_id: str, request: Request, person: EditorUser, container: Services) -> Response:
    """The part of an import's page that changes while it goes on."""
    return _one("_import.html", request, person, container, Uploads(container).get(import_id))


def _one(template: str, request: Request, person: Person, container: Container, view: ImportView) -> Response:
    return site(request).page(
        request,
        f"editor/{template}",
        title="Import",
        person=person,
        view=view,
        by=_name(container, view.by),
        counts=_counts(view),
        gap_count=container.gaps.count_open(),
    )


def _counts(view: ImportView) -> dict[str, Any]:
    names = ("added", "updated", "unchanged", "removed", "conflicts", "failed", "warnings")
    return {name: view.counts.get(name, 0) for name in names}


def _name(container: Container, actor: str) -> str:
    try:
        return container.accounts.people.get(actor).display_name
    except AskdeskError:
        return actor


def _csv(rows: tuple[tuple[str, ...], ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    # With the mark, spreadsheet programs read it as UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: tuple[tuple[str, ...], ...]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=False)
    sheet = book.active
    if sheet is None:
        raise RuntimeError("a new workbook has a sheet")
    sheet.title = "FAQ"
    for row in rows:
        sheet.append(row)
    for column, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
        sheet.cell(1, column).font = Font(bold=True)
        sheet.cell(2, column).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
