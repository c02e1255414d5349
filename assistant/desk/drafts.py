"""A draft of the assistant as an agent may send it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_MARK = re.compile(r"[ \t]*\[\d{1,2}\]")


def as_reply(draft: Mapping[str, Any], base: str) -> str:
    """The text of a draft as an agent's own: without the marks of its citations, the articles below by address.

    ``draft`` is a message as the desk sees it; ``base`` the address under which customers reach the help centre.
    """
    text = _MARK.sub("", str(draft["text"])).strip()
    links = dict.fromkeys(_absolute(str(each["url"]), base) for each in draft["citations"] if each["url"])
    return "\n\n".join(filter(None, [text, "\n".join(links)]))


def _absolute(url: str, base: str) -> str:
    return f"{base}{url}" if url.startswith("/") else url
