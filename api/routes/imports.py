"""Imports in the background: started with files, looked at until they end."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile

from api.dependencies import EditorUser, ImportOptions, Services
from api.errors import words_of
from api.schemas.imports import Import
from api.schemas.lists import Listing
from ingest.uploads import Uploads

router = APIRouter(prefix="/imports", tags=["articles"])


@router.post("", status_code=202)
def start_import(
    request: Request,
    editor: EditorUser,
    container: Services,
    files: Annotated[list[UploadFile], File(description="Markdown, HTML, text, JSONL, CSV, XLSX, and zips of these.")],
    options: ImportOptions,
) -> Import:
    """Import files as `askdesk ingest` does, without waiting: the answer comes once they are stored."""
    named = [(upload.filename or "", upload.file) for upload in files]
    view = Uploads(container).start(named, options, editor.actor)
    return Import.of(view, words_of(request).told)


@router.get("")
def list_imports(request: Request, _editor: EditorUser, container: Services) -> Listing[Import]:
    """The imports of the last week that were started here or in the editor, the newest first."""
    told = words_of(request).told
    return Listing(items=[Import.of(view, told) for view in Uploads(container).recent()], next_cursor=None)


@router.get("/{id}")
def get_import(id: str, request: Request, _editor: EditorUser, container: Services) -> Import:
    """How an import stands: files read, articles added, what failed and why."""
    return Import.of(Uploads(container).get(id), words_of(request).told)
