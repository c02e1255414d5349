"""A person is within reach of plain words, and what needs no search is not searched."""

from __future__ import annotations

import pytest

from assistant.flow.intents import recognise, reference_in, without_references
from assistant.flow.request import Intent


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to a person",
        "agent",
        "human please",
        "can I speak to someone",
        "I'd like to talk to a human being",
        "transfer me to a real person",
        "is there a human I can talk to?",
        "no bots please",
        "Connect me with customer service",
        "人工",
        "转人工",
        "真人",
        "人工客服",
        "请帮我转人工客服",
        "我要人工服务",
        "给我找个真人",
        "如何联系客服",
        "我要投诉",
        "不要机器人",
    ],
)
def test_a_wish_for_a_person_is_heard(text: str) -> None:
    assert recognise(text) is Intent.PERSON


@pytest.mark.parametrize(
    "text",
    [
        "Does the camera have person detection?",
        "transfer ownership to another person",
        "Can I get a human-readable invoice?",
        "How do I add a member to my home?",
        "I want a real discount",
        "换个人工智能音箱怎么连",
        "客服电话是多少",
        "报警声音太大怎么办",
        "what is the return policy",
        "hi, how long does delivery take?",
        "the second time I pair the lock it fails",
        "第二次配对失败怎么办",
    ],
)
def test_questions_stay_questions(text: str) -> None:
    assert recognise(text) is Intent.QUESTION


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hi", Intent.GREETING),
        ("how are you today", Intent.GREETING),
        ("你好", Intent.GREETING),
        ("在吗？", Intent.GREETING),
        ("thanks, that worked!", Intent.THANKS),
        ("好的，谢谢", Intent.THANKS),
        ("no", Intent.ACKNOWLEDGEMENT),
        ("嗯嗯", Intent.ACKNOWLEDGEMENT),
        ("再见", Intent.GOODBYE),
        ("are you a bot?", Intent.ABOUT_ASSISTANT),
        ("你是机器人吗", Intent.ABOUT_ASSISTANT),
        ("👍", Intent.NOISE),
        ("???", Intent.NOISE),
        ("FH-2048-7731", Intent.REFERENCE),
        ("my order number is FH-2048-7731", Intent.REFERENCE),
        ("订单号 20481234", Intent.REFERENCE),
        ("it still doesn't work", Intent.STILL_UNSOLVED),
        ("还是不行", Intent.STILL_UNSOLVED),
        ("My plug is smoking", Intent.SAFETY),
        ("插座冒烟了", Intent.SAFETY),
        ("the battery of the doorbell is swollen and hot", Intent.SAFETY),
        ("I smell gas next to the boiler", Intent.SAFETY),
        ("电池鼓起来了，还很烫", Intent.SAFETY),
        ("I will contact my lawyer", Intent.LEGAL),
        ("我要打12315", Intent.LEGAL),
        ("this is ridiculous", Intent.ANGER),
        ("你们就是骗子", Intent.ANGER),
        ("your service is the worst I have ever had", Intent.ANGER),
        ("what a joke of a company", Intent.ANGER),
        ("This is the third time I write and nobody helps", Intent.ANGER),
        ("it's the 2nd time I've contacted you about this", Intent.ANGER),
        ("我已经是第三次来问了，一直没人管", Intent.ANGER),
        ("第二次跟你们反映了", Intent.ANGER),
    ],
)
def test_what_needs_no_search_is_recognised(text: str, intent: Intent) -> None:
    assert recognise(text) is intent


def test_a_reference_is_found_and_a_model_name_is_not() -> None:
    assert reference_in("where is FH-2048-7731 now") == "FH-2048-7731"
    assert reference_in("my H2 shows E-14") == ""


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("Where is FH-2048-7731 now?", "Where is  now?"),
        ("my plug 202208310045 is warm", "my plug  is warm"),
        ("a doorbell from 2019", "a doorbell from 2019"),
        ("ORA-01555 on import", "ORA-01555 on import"),
        ("KB5001330 fails", "KB5001330 fails"),
    ],
)
def test_order_numbers_are_not_searched_for_and_years_and_codes_are(text: str, searched: str) -> None:
    assert without_references(text) == searched
