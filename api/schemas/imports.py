"""Imports in the background, as the API shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.schemas.articles import Failed
from ingest.uploads import ImportView


class Import(BaseModel):
    """How an import stands. It ends as `done` or `failed` and can be looked up for a week."""

    id: str
    state: Literal["waiting", "reading", "indexing", "done", "failed"] = Field(
        description="`indexing`: all files are read, and search is still taking some of it in."
    )
    source: str
    files: list[str]
    draft: bool
    created_at: datetime
    finished_at: datetime | None = Field(description="When all files had been read.")
    done: int = Field(description="Files read, of `total`.")
    total: int
    batches: int = Field(description="Batches of articles; `indexed` of them can be found.")
    indexed: int
    added: int
    updated: int
    unchanged: int
    removed: int
    conflicts: list[Failed] = Field(description="At most 500.")
    failed: list[Failed] = Field(description="At most 500.")
    warnings: list[Failed] = Field(
        description="Pictures that imported articles refer to and do not show, and why. At most 500."
    )
    conflict_count: int
    failed_count: int
    warning_count: int
    problem: str = Field(description="Why nothing could be imported; else empty.")

    @classmethod
    def of(cls, view: ImportView, told: Callable[[str], str]) -> Import:
        """The import as the API shows it, reasons in the reader's language."""
        counts = view.counts
        return cls(
            id=view.id,
            state=view.state,
            source=view.source,
            files=list(view.files),
            draft=view.draft,
            created_at=view.created_at,
            finished_at=view.finished_at,
            done=view.done,
            total=view.total,
            batches=view.batches,
            indexed=view.indexed,
            added=counts.get("added", 0),
            updated=counts.get("updated", 0),
            unchanged=counts.get("unchanged", 0),
            removed=counts.get("removed", 0),
            conflicts=[Failed(path=each.path, reason=told(each.reason)) for each in view.conflicts],
            failed=[Failed(path=each.path, reason=told(each.reason)) for each in view.failed],
            warnings=[Failed(path=each.path, reason=told(each.reason)) for each in view.warnings],
            conflict_count=counts.get("conflicts", 0),
            failed_count=counts.get("failed", 0),
            warning_count=counts.get("warnings", 0),
            problem=told(view.problem) if view.problem else "",
        )
