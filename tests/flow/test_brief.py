"""A brief says what is wanted and what was tried, and each line points to what it came from."""

from __future__ import annotations

from assistant.domain.answers import Outcome, Utterance
from assistant.domain.tickets import Consulted, TicketPriority
from assistant.flow.brief import subject, write_brief


def customer(number: int, text: str) -> Utterance:
    return Utterance("customer", text, f"c{number}")


def assistant(number: int, text: str, outcome: Outcome = Outcome.ANSWERED) -> Utterance:
    return Utterance("assistant", text, f"a{number}", outcome)


TALK = (
    customer(1, "hi"),
    assistant(1, "Hello.", Outcome.DECLINED),
    customer(2, "My lock L1 shows E-33 since 3 March, order FH-2048-7731"),
    assistant(2, "Check the bolt."),
    customer(3, "I already tried that and it still doesn't work. mia@mail.example"),
    assistant(3, "Shall I pass it on?", Outcome.HANDOVER_OFFERED),
    customer(4, "I want to talk to a person"),
)


def test_every_line_points_to_messages_of_the_conversation() -> None:
    brief = write_brief(TALK, "en", "person", Consulted(shown=(("Lock problems", "a2"),))).as_dict()
    known = {message.id for message in TALK}
    for lines in brief["evidence"].values():
        for line in lines:
            assert line
            assert set(line) <= known


def test_facts_are_what_the_customer_gave() -> None:
    brief = write_brief(TALK, "en", "person").as_dict()
    said = " ".join(brief["facts"])
    for fact in ("FH-2048-7731", "E-33", "L1", "3 March", "mia@mail.example"):
        assert fact in said


def test_what_was_shown_and_what_the_customer_tried_are_told_apart() -> None:
    brief = write_brief(TALK, "en", "person", Consulted(shown=(("Lock problems", "a2"),)))
    assert [line.evidence for line in brief.tried] == [("a2",), ("c3",)]


def test_the_wish_is_the_question_and_not_the_wish_for_a_person() -> None:
    assert write_brief(TALK, "en", "person").wants.evidence[0] == "c2"
    assert "E-33" in subject(TALK, "en")


def test_a_wish_for_a_person_about_something_says_what_it_is_about() -> None:
    talk = (customer(1, "I want a person about my broken doorbell D2"),)
    assert "doorbell" in write_brief(talk, "en", "person").wants.text


def test_a_bare_wish_for_a_person_is_called_unstated() -> None:
    brief = write_brief((customer(1, "转人工"),), "zh-Hans", "person")
    assert "尚未说明" in brief.wants.text
    assert brief.wants.evidence == ("c1",)


def test_danger_is_urgent_and_anger_is_not_normal() -> None:
    assert write_brief((customer(1, "The plug is smoking"),), "en", "safety").priority is TicketPriority.URGENT
    assert write_brief((customer(1, "this is ridiculous"),), "en", "anger").priority is TicketPriority.HIGH
    assert write_brief((customer(1, "where is it"),), "en", "person").priority is TicketPriority.NORMAL


def test_a_brief_in_traditional_keeps_quotes_as_they_were_written() -> None:
    brief = write_brief((customer(1, "我的订单 FH-2048-7731 没到"),), "zh-Hant", "person")
    assert any("編號" in line.text for line in brief.facts)
    assert "订单" in brief.wants.text


def test_the_next_step_names_what_was_offered_without_being_sure() -> None:
    talk = (customer(1, "How do I mount the camera?"), assistant(1, "Perhaps one of these.", Outcome.HANDOVER_OFFERED))
    brief = write_brief(talk, "en", "person", Consulted(nearest="Mounting", category="Cameras"))
    assert "Mounting" in brief.next.text
    assert brief.group == "Cameras"
