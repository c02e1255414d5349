"""Passages are small, whole, lose nothing, and stay the same while their text does."""

import re
from collections import Counter
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.domain.articles import ArticleContent, ArticleKey, Passage, PassageKind
from assistant.domain.markdown import document, inline_text, plain_text
from ingest.split import split
from ingest.tokens import approximate_tokens

KEY = ArticleKey("hub-reset", "en")


def passages(body: str, title: str = "Reset the hub", alternates: tuple[str, ...] = ()) -> list[Passage]:
    return split(KEY, ArticleContent(title, body, alternates=alternates))


SENTENCE = "The hub keeps every automation when it is restarted, and nothing has to be paired again. "
WORDS = st.sampled_from(["hub", "restart", "等待", "30", "秒", "Wi-Fi", "is", "reset.", "完成。", "*now*", "`code`"])
LINE = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)


def _items(marker: str) -> st.SearchStrategy[str]:
    return st.lists(LINE, min_size=1, max_size=12).map(
        lambda items: "\n".join(f"{marker.format(number)} {item}" for number, item in enumerate(items, 1))
    )


def _table(rows: list[tuple[str, str]]) -> str:
    return "\n".join(["| a | b |", "|---|---|", *(f"| {left} | {right} |" for left, right in rows)])


BLOCK = st.one_of(
    LINE,
    LINE.map(lambda text: text * 12),
    LINE.map(lambda text: f"{text}:"),
    st.integers(1, 4).flatmap(lambda level: LINE.map(lambda text: "#" * level + " " + text)),
    _items("-"),
    _items("{}."),
    _items("1."),
    st.lists(st.tuples(LINE, LINE), min_size=1, max_size=12).map(_table),
    st.lists(LINE, min_size=1, max_size=30).map(lambda lines: "```\n" + "\n".join(lines) + "\n```"),
    st.lists(LINE, min_size=1, max_size=20).map(lambda lines: "\n".join("> " + line for line in lines)),
)
BODY = st.lists(BLOCK, max_size=8).map("\n\n".join)


WORD = re.compile(r"[A-Za-z0-9]+|[\u4e00-\u9fff]")


def _words_below_headings(body: str) -> Counter[str]:
    words: Counter[str] = Counter()
    for before, token in pairwise(document(f"start\n\n{body}")):
        if token.type == "inline" and before.type != "heading_open":
            words.update(WORD.findall(inline_text(token)))
        elif token.type == "fence":
            words.update(WORD.findall(token.content))
    words.subtract(["start"])
    return words


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BODY)
def test_no_word_is_lost_ids_are_unique_and_a_rerun_changes_nothing(body: str) -> None:
    found = passages(body)
    said = Counter(WORD.findall(" ".join(plain_text(passage.text) for passage in found)))
    assert _words_below_headings(body) <= said
    assert len({passage.id for passage in found}) == len(found)
    assert [passage.position for passage in found] == list(range(len(found)))
    assert found == passages(body)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BODY)
def test_no_passage_is_much_longer_than_what_may_stay_whole(body: str) -> None:
    assert all(approximate_tokens(plain_text(passage.text)) <= 500 for passage in passages(body))


def test_steps_stay_whole_with_the_line_that_introduces_them() -> None:
    steps = "\n".join(f"{number}. {SENTENCE}" for number in range(1, 13))
    (passage,) = passages(f"Follow these steps:\n\n{steps}\n")
    assert passage.kind is PassageKind.STEPS
    assert passage.text.startswith("Follow these steps:")
    assert "12. The hub" in passage.text


def test_many_steps_are_cut_between_items_and_keep_their_numbers() -> None:
    for marker in ("{}.", "1."):
        body = "\n".join(f"{marker.format(number)} Step {number}. {SENTENCE * 2}" for number in range(1, 16))
        found = passages(body)
        assert len(found) > 1
        for passage in found:
            first = re.match(r"(\d+)\. Step (\d+)\.", passage.text)
            assert first is not None
            assert first[1] == first[2]
            assert approximate_tokens(plain_text(passage.text)) <= 220
        assert [n for p in found for n in re.findall(r"Step (\d+)\.", p.text)] == [str(n) for n in range(1, 16)]


def test_a_cut_step_keeps_its_continuation_lines() -> None:
    body = "\n".join(f"1. Step. {SENTENCE * 3}\n\n   - detail {number}" for number in range(1, 13))
    for passage in passages(body):
        lists = [token.type for token in document(passage.text) if token.level == 0 and token.nesting == 1]
        assert lists == ["ordered_list_open"]


def test_a_long_table_repeats_its_header_on_every_cut() -> None:
    rows = "\n".join(f"| E-{number:02} | {SENTENCE} |" for number in range(40))
    found = passages(f"The codes are:\n\n| Code | Meaning |\n|---|---|\n{rows}\n")
    assert len(found) > 3
    assert found[0].text.startswith("The codes are:\n\n| Code | Meaning |")
    assert all(passage.text.startswith("| Code | Meaning |\n|---|---|\n| E-") for passage in found[1:])
    assert all(passage.kind is PassageKind.TABLE for passage in found)


def test_code_keeps_the_paragraph_before_it_and_its_fence_when_cut() -> None:
    (short,) = passages("Run this:\n\n```sh\naskdesk serve\n```\n")
    assert short.kind is PassageKind.CODE
    assert short.text == "Run this:\n\n```sh\naskdesk serve\n```"
    long = passages("```sh\n" + "\n".join(f"echo {SENTENCE}" for _ in range(60)) + "\n```")
    assert len(long) > 1
    assert all(passage.text.startswith("```sh\n") and passage.text.endswith("\n```") for passage in long)


def test_small_paragraphs_join_under_one_heading_and_not_across_headings() -> None:
    found = passages("One.\n\nTwo.\n\n## Next\n\nThree.\n")
    assert [passage.text for passage in found] == ["One.\n\nTwo.", "Three."]
    assert [passage.heading for passage in found] == ["", "Next"]


def test_long_paragraphs_are_cut_at_sentence_ends_in_english_and_chinese() -> None:
    for sentence, end in ((SENTENCE, "."), ("网关重启后会保留所有自动化，不需要重新配对任何设备。", "。")):
        found = passages(sentence * 40)
        assert len(found) > 1
        assert all(passage.text.endswith(end) for passage in found)
        assert all(100 <= approximate_tokens(passage.text) <= 200 for passage in found)


def test_text_without_any_sentence_end_is_cut_all_the_same() -> None:
    assert all(approximate_tokens(passage.text) <= 250 for passage in passages("网" * 3000))


def test_heading_path_and_anchor_say_where_a_passage_stands() -> None:
    found = passages("Intro.\n\n## Reset\n\nA.\n\n### Hub *H2*\n\nB.\n\n## Reset\n\nC.\n")
    assert [(passage.heading, passage.anchor) for passage in found] == [
        ("", ""),
        ("Reset", "reset"),
        ("Reset › Hub H2", "hub-h2"),
        ("Reset", "reset-1"),
    ]


def test_phrasings_carry_the_title_the_alternates_and_the_headings() -> None:
    first, second, third = passages(
        "Intro with a [link](x.md).\n\n## Steps\n\n1. Go.\n\nA paragraph after the steps.\n",
        alternates=("hub is stuck", "重置网关"),
    )
    assert [(p.number, p.text) for p in first.phrasings] == [
        (0, "Reset the hub\nIntro with a link."),
        (1, "Reset the hub"),
        (2, "hub is stuck"),
        (3, "重置网关"),
    ]
    assert [p.text for p in second.phrasings] == ["Reset the hub › Steps\n1. Go.", "Reset the hub › Steps"]
    assert [p.text for p in third.phrasings] == ["Reset the hub › Steps\nA paragraph after the steps."]


def test_equal_phrasings_are_embedded_once() -> None:
    (passage,) = passages("Text.", title="EMI", alternates=("EMI", "emi ", "", "EMI"))
    assert [phrasing.text for phrasing in passage.phrasings] == ["EMI\nText.", "EMI", "emi"]


def test_unchanged_text_keeps_its_id_when_something_else_changes() -> None:
    before = passages("## A\n\nSame.\n\n## B\n\nOld.\n")
    after = passages("New start.\n\n## A\n\nSame.\n\n## B\n\nNew.\n")
    assert before[0].id == after[1].id
    assert before[1].id != after[2].id


def test_the_same_text_twice_under_equal_headings_has_two_ids() -> None:
    one, two = passages("## A\n\nSame.\n\n## A\n\nSame.\n")
    assert one.id != two.id


def test_reference_links_work_in_the_passage_alone() -> None:
    (passage,) = passages("See [the shop][shop] today.\n\n[shop]: https://shop.example\n[other]: https://o.example\n")
    assert passage.text == "See [the shop][shop] today.\n\n[shop]: https://shop.example"
    assert passage.phrasings[0].text == "Reset the hub\nSee the shop today."


def test_an_article_of_headings_alone_is_still_found() -> None:
    (passage,) = passages("## Restart\n\n## Reset\n")
    assert passage.text == "- Restart\n- Reset"


def test_an_empty_body_gives_no_passage() -> None:
    assert passages(" \n\n") == []


def test_a_row_too_long_for_a_table_is_spelt_out() -> None:
    found = passages(f"| Code | Meaning |\n|---|---|\n| E-02 | {SENTENCE * 40} |\n| E-03 | Short. |\n")
    assert found[0].text.startswith("Code: E-02")
    assert found[-1].text == "| Code | Meaning |\n|---|---|\n| E-03 | Short. |"
