"""Articles: written by editors, brought by imports, read in the help centre."""

from __future__ import annotations

from collections.abc import Callable

from assistant.articles.editing import Editing
from assistant.articles.help_centre import HelpArticle, HelpCategory, HelpCentre, HelpHit
from assistant.articles.imports import BatchOutcome, Imports, Incoming
from assistant.articles.reading import Reading
from assistant.articles.upkeep import Concern, Quotation, Upkeep, Worry
from assistant.articles.views import ArticlePage, ArticleView, FieldChange, RevisionView, Translation
from assistant.storage.articles import CategoryCount, Filters
from assistant.storage.database import Database

__all__ = [
    "ArticlePage",
    "ArticleView",
    "Articles",
    "BatchOutcome",
    "CategoryCount",
    "Concern",
    "FieldChange",
    "Filters",
    "HelpArticle",
    "HelpCategory",
    "HelpCentre",
    "HelpHit",
    "Imports",
    "Incoming",
    "Quotation",
    "RevisionView",
    "Translation",
    "Worry",
]


class Articles:
    """The five parts of this use case, wired to one database. ``wake`` tells the worker that there is a job."""

    def __init__(self, database: Database, wake: Callable[[], None] = lambda: None) -> None:
        self.editing = Editing(database, wake)
        self.reading = Reading(database)
        self.help = HelpCentre(database)
        self.upkeep = Upkeep(database)
        self.imports = Imports(database, wake)
