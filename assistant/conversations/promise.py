"""When a customer may expect a reply, as a moment and as words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_time

from assistant.domain.hours import expected_reply, is_open
from assistant.domain.installation import InstallationSettings
from assistant.flow.voice import say

_BABEL = {"zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW"}


@dataclass(frozen=True, slots=True)
class Promise:
    """Whether someone is on duty, and by when a reply is promised (UTC)."""

    on_duty: bool
    due_at: datetime


def promise_at(settings: InstallationSettings, moment: datetime) -> Promise:
    """What can be promised to a customer who is handed over at ``moment``."""
    return Promise(
        is_open(settings.hours, moment), expected_reply(settings.hours, moment, settings.service.reply_minutes)
    )


def clock(settings: InstallationSettings, due_at: datetime, moment: datetime, language: str) -> str:
    """The promised moment in the installation's time zone: the time alone if it is today, else with its day."""
    zone = ZoneInfo(settings.hours.time_zone)
    local, today = due_at.astimezone(zone), moment.astimezone(zone).date()
    locale = _BABEL.get(language, "en_GB")
    if local.date() == today:
        return format_time(local, "HH:mm", locale=locale)
    pattern = "M月d日 EEEE HH:mm" if language.startswith("zh") else "EEEE d MMMM, HH:mm"
    return format_datetime(local, pattern, locale=locale)


def in_words(settings: InstallationSettings, number: int, due_at: datetime, moment: datetime, language: str) -> str:
    """The ticket's number, whether someone is there, and by when a reply is promised."""
    numbered = say("your_ticket", language, number=str(number))
    glue = "" if language.startswith("zh") else " "
    return f"{numbered}{glue}{reply_in_words(settings, due_at, moment, language)}"


def reply_in_words(settings: InstallationSettings, due_at: datetime, moment: datetime, language: str) -> str:
    """Whether someone is there, and by when a reply is promised; for whoever knows the ticket's number already."""
    sentence = "promise_on_duty" if is_open(settings.hours, moment) else "promise_off_duty"
    return say(sentence, language, time=clock(settings, due_at, moment, language))
