"""Text as a reader sees it: without characters that nobody sees and machines read all the same."""

from __future__ import annotations

import re

# Soft hyphens, marks and overrides of direction, spaces without width, invisible operators, tags: they can carry a
# whole message, or show a text in another order than it is read in.
_HIDDEN = re.compile(
    r"[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    # Joiners belong into emoji and some scripts, but mean nothing next to Latin letters, digits, marks and Han.
    r"|(?<![^\x00-\u024f\u3000-\u9fff\uff00-\uffef])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u024f\u3000-\u9fff\uff00-\uffef])"
    # One selector chooses how a character looks; more in a row choose nothing.
    r"|(?<=[\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
)
_FLAG = re.compile(r"\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f")


def visible(text: str) -> str:
    """``text`` without its hidden characters. Emoji, flags of countries' parts among them, stay whole."""
    if text.isascii():
        return text
    begin, kept = 0, []
    for flag in _FLAG.finditer(text):
        kept += [_HIDDEN.sub("", text[begin : flag.start()]), flag[0]]
        begin = flag.end()
    return "".join([*kept, _HIDDEN.sub("", text[begin:])])
