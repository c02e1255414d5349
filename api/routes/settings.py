"""The settings that admins change while the server runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile

from api.dependencies import AdminUser, Services
from api.errors import words_of
from api.schemas.settings import (
    MailTest,
    RolloutAttempt,
    RolloutTrial,
    SectionChanges,
    Sections,
    SettingsSection,
    TestResult,
)
from assistant.container import Container
from assistant.domain.locales import checked
from assistant.domain.people import Actor
from assistant.domain.pictures import LARGEST_LOGO, as_logo
from assistant.errors import AskdeskError, Invalid
from assistant.installation import SectionChange

router = APIRouter(prefix="/settings", tags=["settings"])


@router.get("")
def get_settings(_admin: AdminUser, container: Services) -> Sections:
    """All sections, each with its version and the fields that the environment fixes."""
    return {name: SettingsSection.of(view) for name, view in container.installation.view().items()}  # type: ignore[misc]


@router.patch("")
def change_settings(body: SectionChanges, admin: AdminUser, container: Services) -> Sections:
    """Change one or more sections, all or none. A stale `version` gives 409."""
    views = container.installation.change({name: change.to_domain() for name, change in body.items()}, admin.actor)
    return {name: SettingsSection.of(view) for name, view in views.items()}  # type: ignore[misc]


@router.post("/logo")
def set_logo(
    admin: AdminUser,
    container: Services,
    file: Annotated[UploadFile, File(description="PNG, JPEG or WebP, at most 512 KB, best square.")],
) -> SettingsSection:
    """Show this picture as the logo on pages, in the widget and in the help centre, at once."""
    logo = as_logo(file.file.read(LARGEST_LOGO + 1))
    return _logo(container, container.keep_file(*logo), admin.actor)


@router.delete("/logo")
def remove_logo(admin: AdminUser, container: Services) -> SettingsSection:
    """Show the first letter of the name again where the logo was."""
    return _logo(container, "", admin.actor)


def _logo(container: Container, digest: str, actor: Actor) -> SettingsSection:
    look = container.installation.view()["look"]
    if look.values["logo"] != digest:
        look = container.installation.change({"look": SectionChange({"logo": digest}, look.version)}, actor)["look"]
    return SettingsSection.of(look)


@router.post("/rollout/try")
def try_rollout(body: RolloutTrial, _admin: AdminUser, container: Services) -> RolloutAttempt:
    """Say what a message would get, by which rule and topic; with `rollout`, before it is saved. Nothing is stored.

    In a share of conversations, the message counts as one in which the assistant answers.
    """
    locale = checked(body.locale) if body.locale else ""
    return RolloutAttempt.of(container.rollouts.attempt(body.text, body.channel, locale, body.rollout))


@router.post("/llm/test")
def test_llm(request: Request, _admin: AdminUser, container: Services) -> TestResult:
    """Ask the configured model for one word, and say what came of it."""
    if not container.installation.current().llm.spec:
        raise Invalid("No chat model is configured, so answers are extractive. Set one first.")
    try:
        return TestResult(ok=True, message=words_of(request).told(container.llm_test()))
    except AskdeskError as error:
        return TestResult(ok=False, message=words_of(request).told(error.message))


@router.post("/mail/test")
def test_mail(body: MailTest, request: Request, _admin: AdminUser, container: Services) -> TestResult:
    """Send a test message, and say what came of it."""
    if not container.installation.current().mail.smtp_url.get_secret_value():
        raise Invalid("No mail server is configured. Set one first.")
    try:
        return TestResult(ok=True, message=words_of(request).told(container.mail_test(body.to)))
    except AskdeskError as error:
        return TestResult(ok=False, message=words_of(request).told(error.message))
