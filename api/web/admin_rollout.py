"""The admin's page of rules and topics: what its form holds, and what a message would get under them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from api.web.admin_values import Values, number_in
from api.web.forms import Sent
from assistant.container import Container
from assistant.domain.hours import is_open
from assistant.domain.markdown import render_markdown
from assistant.domain.rollout import Channel, Mode, Rollout, overruled
from assistant.errors import Invalid
from assistant.wording import Worded, problem

_LONGEST = 4_000


def rollout(sent: Sent, _container: Container) -> Values:
    """Rules, the mode for everything else, and topics. A rule without a mode and an empty topic are left out."""
    names = ("mode", "share", "channel", "locale", "category")
    rows = zip(*(sent.texts(f"rule_{name}") for name in names), strict=False)
    rules = [dict(zip(names, row, strict=True)) for row in rows if row[0]]
    topics = zip(sent.texts("topic_name"), sent.texts("topic_phrases"), strict=False)
    return {
        "rollout": {
            "mode": sent.text("mode"),
            "share": _share(sent.text("share")),
            "rules": [rule | {"share": _share(rule["share"])} for rule in rules],
            "topics": [_topic(name, phrases) for name, phrases in topics if name or phrases],
        }
    }


def _share(text: str) -> int | float | str:
    return number_in(text.removesuffix("%").strip() or "10")


def _topic(name: str, phrases: str) -> dict[str, Any]:
    """A topic; one without phrases is recognised by its name."""
    return {"name": name, "phrases": [line.strip() for line in phrases.splitlines() if line.strip()] or [name]}


def told(container: Container, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the page says beside the form: choices, rules that never decide, categories that no article has."""
    settings = container.installation.current()
    categories = [found.category for found in container.articles.reading.categories() if found.category]
    known = {category.casefold() for category in categories}
    rules = values["rollout"]["rules"]
    return {
        "channels": list(Channel),
        "modes": list(Mode),
        "categories": categories,
        "overruled": _overruled(values["rollout"]),
        "strange": [
            at for at, rule in enumerate(rules, 1) if rule["category"] and rule["category"].casefold() not in known
        ],
        "open": is_open(settings.hours, container.now()),
        "attempt": None,
        "tried": {"text": "", "channel": Channel.WIDGET, "locale": settings.site.default_locale},
    }


def _overruled(values: Mapping[str, Any]) -> dict[int, int]:
    try:
        return overruled(Rollout.model_validate(values).rules)
    except ValidationError:
        return {}


def attempt(sent: Sent, container: Container, values: Values) -> dict[str, Any]:
    """What the message in the form, if there is one, would get under the rules in it, saved or not.

    Raises:
        Invalid: the rules cannot be used.
    """
    text, channel, locale = sent.text("try_text", _LONGEST), sent.text("try_channel"), sent.text("try_locale")
    tried = {"text": text, "channel": channel, "locale": locale}
    if not text:
        return {"tried": tried}
    rules = _rules(values)
    found = container.rollouts.attempt(text, Channel.of(channel), locale, rules)
    shown = {"said": render_markdown(found.text), "drafted": render_markdown(found.draft)}
    return {"tried": tried, "attempt": {"found": found, **shown}}


def _rules(values: Values) -> Rollout:
    try:
        return Rollout.model_validate(values["rollout"])
    except ValidationError as error:
        first = error.errors()[0]
        said = Worded("This cannot be used: %(problem)s.", problem=problem(first))
        raise Invalid(said, {"field": ".".join(str(part) for part in first["loc"])}) from error
