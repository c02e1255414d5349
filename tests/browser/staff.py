"""People at their desks: an installation without models, and browser windows in which someone is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page

from assistant.accounts import Accounts
from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from assistant.settings import Settings
from assistant.storage.database import Database

PASSWORD = "a long enough one"

Open = Callable[..., Page]
Kind = TypeVar("Kind", bound=Container)


class WithoutModels(Container):
    """A container in whose background only the jobs run: no model is loaded."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the worker."""
        with self.worker.running():
            yield


class Idle(Container):
    """A container in whose background nothing happens."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Do nothing."""
        yield


@contextmanager
def installation(
    folder: Path, url: str, people: Mapping[Role, str], kind: type[Kind], **settings: Any
) -> Iterator[Kind]:
    """An installation in which each of these roles has one person of this name."""
    opened = kind(Settings(_env_file=None, data_dir=folder, **settings), Database(url))
    opened.accounts = Accounts(opened.database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for role, name in people.items():
        opened.accounts.people.create(f"{role}@example.com", [role], PASSWORD, SYSTEM, name=name)
    yield opened
    opened.close()


@contextmanager
def windows(browser: Browser, server: str, usual: Role, **usually: Any) -> Iterator[Open]:
    """Opens a page as someone: ``open(path, role, locale=…)``; it must stay free of script errors and violations."""
    contexts, broken = [], []
    settings = {"reduced_motion": "reduce", "locale": "en-GB", **usually}

    def open_page(path: str, role: Role = usual, **window: Any) -> Page:
        context = browser.new_context(base_url=server, **(settings | window))
        context.set_default_timeout(15_000)
        contexts.append(context)
        said = context.request.post("/api/v1/auth/login", data={"email": f"{role}@example.com", "password": PASSWORD})
        assert said.ok
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda told: broken.append(told.text) if "Security Policy" in told.text else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert broken == []
