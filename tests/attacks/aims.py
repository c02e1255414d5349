"""The words in which attacks are sorted."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "zh-Hans", "zh-Hant"]
Entry = Literal["message", "body", "title", "alternates", "file", "name", "history"]
Aim = Literal["outcome", "tool", "prompt", "link", "image", "impersonate", "leak", "hidden", "citation", "role"]
