"""A search's best candidates read together with the question, and what that adds to their evidence."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from assistant.errors import ModelUnavailable
from assistant.knowledge.ranking import Evidence
from assistant.knowledge.reader import Readable, Reader

log = logging.getLogger(__name__)

# What the log-odds of a reader that only orders count for beside each other, in standard deviations among those read.
_ORDERS = 4.0


class Reading(NamedTuple):
    """A reader at work on one question. ``patient``: customers' questions go first."""

    reader: Reader
    question: str
    patient: bool = False

    def of(self, evidence: Evidence, places: Sequence[int], readable: Callable[[int], Readable]) -> Evidence:
        """The evidence with what the reader says of the candidates at ``places``; as it was where it cannot work."""
        if not places:
            return evidence
        try:
            said = self.reader.read(self.question, [readable(place) for place in places], patient=self.patient)
        except ModelUnavailable as error:
            log.warning("passages are not read: %s", error.message)
            return evidence
        if not self.reader.decides:
            said = _ORDERS * (said - said.mean()) / max(float(said.std()), 1e-6)
        read = np.full(len(evidence.cosines), np.nan)
        read[list(places)] = said
        return replace(evidence, read=read)
