"""The masking of personal data, measured on sentences labelled by hand."""

from __future__ import annotations

import pytest

from eval.masking import KINDS, Figure, Report, main, measure, sentences

# By kind: the least recall and precision. A name that is also a word (May) is masked wherever it is capitalised.
FLOORS = {
    "EMAIL": (1.0, 1.0),
    "PHONE": (0.96, 0.96),
    "CARD": (1.0, 0.94),
    "IBAN": (1.0, 1.0),
    "CN_ID": (1.0, 1.0),
    "OTHER_ID": (0.94, 0.94),
    "NAME": (1.0, 0.9),
}


@pytest.fixture(scope="module")
def report() -> Report:
    return measure(sentences())


def test_the_set_is_labelled_in_all_languages() -> None:
    some = sentences()
    assert len(some) >= 190
    assert sum(not sentence.labels for sentence in some) >= 60
    assert {sentence.language for sentence in some} == {"en", "zh-Hans", "zh-Hant"}
    assert {label.kind for sentence in some for label in sentence.labels} == set(KINDS)
    assert not any("⟦" in sentence.text for sentence in some)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_found_and_nothing_else(report: Report, kind: str) -> None:
    figure = next(one for one in report.figures if one.kind == kind)
    recall, precision = FLOORS[kind]
    assert figure.labelled >= 10
    assert figure.recall >= recall, report.mistakes
    assert figure.precision >= precision, report.mistakes


def test_a_miss_and_a_near_miss_count_against_their_kind() -> None:
    report = measure([one for one in sentences() if "May" in one.text or "Moreau" in one.text])
    names = next(one for one in report.figures if one.kind == "NAME")
    assert (names.labelled, names.recall) == (3, 1.0)
    assert names.precision == 3 / 5
    assert Figure("NAME", labelled=4, found=3, masked=2, rightly=1).recall == 0.75


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert "| EMAIL | 21 | 1.000 |" in capsys.readouterr().out
