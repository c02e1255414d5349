"""What the admin's pages show: the state of each part, what is left to set up, and what an error budget means."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

from assistant.container import Container
from assistant.domain.installation import InstallationSettings
from assistant.domain.rollout import Mode
from assistant.overview import Counts

State = Literal["ok", "busy", "look", "off"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the system: ``what`` chooses the words for its state, ``value`` goes into them."""

    name: str
    state: State
    what: str
    value: Any = ""
    href: str = ""


def parts(container: Container, counts: Counts) -> list[Part]:
    """The state of every part, those that customers notice first."""
    settings = container.installation.current()
    return [
        *_search(container),
        _indexing(counts),
        _jobs(counts),
        _certainty(container),
        _rollout(settings),
        *_outside(settings),
        Part("version", "ok", "version", version("askdesk")),
    ]


def _search(container: Container) -> list[Part]:
    readiness = container.readiness()
    alive, keywords, dense = (readiness.parts[name] for name in ("database", "keywords", "dense"))
    meanings: dict[str, tuple[State, str]] = {
        "ok": ("ok", "dense_ok"),
        "exact": ("busy", "dense_exact"),
        "missing": ("busy", "dense_missing"),
    }
    state, what = meanings.get(dense, ("look", "dense_error"))
    return [
        Part("database", "ok" if alive == "ok" else "look", "database_ok" if alive == "ok" else "database_away"),
        Part(
            "keywords", "ok" if keywords == "ok" else "busy", "keywords_ok" if keywords == "ok" else "keywords_opening"
        ),
        Part("dense", state, what, dense),
    ]


def _indexing(counts: Counts) -> Part:
    if counts.indexing:
        return Part("index", "busy", "index_busy", counts.indexing, "/editor")
    if not counts.articles:
        return Part("index", "look", "index_empty", 0, "/editor")
    return Part("index", "ok", "index_ok", counts.articles, "/editor")


def _jobs(counts: Counts) -> Part:
    if counts.failed:
        return Part("jobs", "look", "jobs_failed", counts.failed, "#failed")
    return Part("jobs", "busy", "jobs_busy", counts.waiting) if counts.waiting else Part("jobs", "ok", "jobs_ok")


def _certainty(container: Container) -> Part:
    samples = container.calibrations.current().samples
    what = "certainty_fitted" if samples else "certainty_prior"
    return Part("certainty", "ok", what, samples, "/admin/assistant")


def _rollout(settings: InstallationSettings) -> Part:
    modes = {settings.rollout.mode, *(rule.mode for rule in settings.rollout.rules)}
    if modes == {Mode.ON}:
        return Part("rollout", "ok", "rollout_everywhere", "", "/admin/rollout")
    off = modes == {Mode.OFF}
    return Part("rollout", "off" if off else "ok", "rollout_nowhere" if off else "rollout_rules", "", "/admin/rollout")


def _outside(settings: InstallationSettings) -> list[Part]:
    model, mail, sites = settings.llm.spec, settings.mail, settings.site.allowed_origins
    has_mail = bool(mail.smtp_url.get_secret_value())
    mail_what = ("mail_ok" if mail.sender else "mail_no_sender") if has_mail else "mail_off"
    mail_state: State = "off" if not has_mail else "ok" if mail.sender else "look"
    return [
        Part("model", "ok" if model else "off", "model_set" if model else "model_off", model, "/admin/llm"),
        Part("mail", mail_state, mail_what, mail.sender, "/admin/mail"),
        Part("sites", "ok" if sites else "off", "sites_set" if sites else "sites_none", len(sites), "/admin/site"),
    ]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up, and whether it is done."""

    name: str
    done: bool
    href: str


def steps(container: Container, counts: Counts) -> list[Step]:
    """What a new installation needs, in a sensible order."""
    views, settings = container.installation.view(), container.installation.current()
    return [
        Step("name", settings.look.name != "Askdesk" or views["look"].version > 0, "/admin/look"),
        Step("article", counts.articles > 0, "/editor"),
        Step("hours", views["hours"].version > 0, "/admin/hours"),
        Step("people", counts.people > 1, "/admin/people"),
        Step("site", bool(settings.site.allowed_origins), "/admin/site"),
        Step("embed", counts.conversations > 0, "/admin/site#embed"),
    ]
