"""Answering, asking back and leaving are told apart, and a threshold alone is measured at its best."""

from __future__ import annotations

import pytest

from eval import four_way
from eval.cases import Case
from eval.observation import Observation

ANSWER, ASK, LEAVE = four_way.ANSWER, four_way.ASK, four_way.LEAVE


def observed(kind: str, outcome: str, reason: str = "sure") -> Observation:
    case = Case(id="1", text="?", kind=kind)
    return Observation(case, outcome, "", (), (), 0.5, 0.6, 0.0, 0.0, {"reason": reason})


def test_all_as_wanted_is_one_and_a_kind_never_done_is_a_third_less() -> None:
    assert four_way.macro_f1([ANSWER, ASK, LEAVE], [ANSWER, ASK, LEAVE]) == 1.0
    assert four_way.macro_f1([ANSWER, ANSWER, ASK], [ANSWER, ANSWER, ANSWER]) == pytest.approx(0.8 / 3)


def test_a_threshold_at_its_best_separates_what_can_be_separated() -> None:
    want, scores = [ANSWER, ANSWER, LEAVE, LEAVE], [0.9, 0.8, 0.3, 0.1]
    assert four_way.macro_f1_at_best(want, [LEAVE] * 4, scores, [True] * 4) == pytest.approx(2 / 3)
    # What was asked back stays so.
    want = [ANSWER, ASK, ASK, LEAVE]
    assert four_way.macro_f1_at_best(want, [LEAVE, ASK, ASK, LEAVE], scores, [True, False, False, True]) == 1.0


def test_the_matrix_counts_what_was_wanted_against_what_was_done() -> None:
    rows = four_way.matrix(
        [
            observed("answerable", "answered"),
            observed("partial", "handover_offered", "not_found"),
            observed("underspecified", "clarifying", "ambiguous"),
            observed("unanswerable", "declined", "not_found"),
            observed("small_talk", "declined", "thanks"),
        ]
    )
    assert [row["n"] for row in rows] == [2, 1, 1]
    assert rows[0]["done"] == {"answer": 1, "ask back": 0, "leave": 1}
    assert (rows[2]["precision"], rows[2]["recall"]) == (0.5, 1.0)


def test_sets_without_questions_to_ask_back_about_have_none() -> None:
    assert four_way.matrix([observed("answerable", "answered"), observed("unanswerable", "answered")]) == []


def test_only_confidence_moves_with_the_threshold() -> None:
    assert four_way.by_confidence(observed("answerable", "answered"))
    assert not four_way.by_confidence(observed("answerable", "handover_offered", "unknown_code"))
    assert not four_way.by_confidence(observed("answerable", "clarifying", "ambiguous"))
