"""Search for a query and judge, by this knowledge base's own calibration, how sure its best passage answers it."""

from __future__ import annotations
