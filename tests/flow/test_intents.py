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
        "Do I have to call someone to close my account?",
        "should I contact support before I send it back",
        "Why does a transfer to somebody abroad take so long?",
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


@pytest.mark.parametrize(
    "text",
    [
        "The charger caught fire",
        "there are sparks coming out of the socket",
        "I saw a blue spark when I plugged it in",
        "the plug is sparking",
        "The cable has melted",
        "the adapter melts when I charge overnight",
        "there's melted plastic around the button",
        "I got an electric shock",
        "it shocked me",
        "I felt a small shock when I touched the case",
        "The battery exploded",
        "my daughter swallowed a button cell",
        "the dog has swallowed the little screw",
        "he swallowed it",
        "I burned my hand on the plug",
        "the charger burnt our new sofa",
        "it gave me a little shock",
        "small shocks whenever I touch the frame",
        "I was shocked by the socket",
        "the doorbell melted in the sun",
        "the thermostat sparks",
        "there was a bang and sparks",
        "my carbon monoxide alarm keeps beeping",
        "my grandson swallowed the cap of the remote",
        "孩子把纽扣电池吞下去了",
        "洗手的时候被电了一下",
        "一氧化碳探测器报警了",
        "it burned me",
        "it could burn my house down",
        "the tape around it melts",
        "Sparks!",
        "the carbon monoxide monitor shows 80 ppm",
        "a screw was swallowed by our baby",
        "what should I do, there was carbon monoxide",
        "my son swallowed a memory card",
        "a SIM card was swallowed by my daughter",
        "switching it on led to sparks",
        "屋里有一氧化碳",
        "厨房煤气很重",
        "一碰就电到",
        "the carbon monoxide alarm is going off",
        "My CO alarm went off twice last night",
        "we have a carbon monoxide leak",
        "I think there is a gas leak",
        "the hub overheats",
        "充电器着火了",
        "插座漏电了",
        "闻到煤气味了",
        "家里好像漏气了",
        "燃气泄漏了怎么办",
        "一氧化碳报警器一直在响",
        "电池爆炸了",
        "摸开关的时候电到我了",
        "被插头电到手了",
        "小孩误吞了纽扣电池",
        "插头过热，外壳都融化了",
        "孩子受伤了",
    ],
)
def test_danger_is_heard(text: str) -> None:
    assert recognise(text) is Intent.SAFETY


@pytest.mark.parametrize(
    "text",
    [
        "The cash machine swallowed my card",
        "how do I get back a card that was swallowed",
        "my credit card has been swallowed by the ATM",
        "What happens after the wax melts?",
        "at what temperature does solder melt",
        "Is there a delivery to Sparks, Nevada?",
        "can I use it with Adobe Spark",
        "what caused the first price shock",
        "How do I make an exploded pie chart?",
        "where do I find an exploded view of the lock",
        "how do I test the carbon monoxide alarm",
        "Which gas leak detector works with the hub?",
        "can I burn my photos to a disc",
        "I burned a CD with it and it does not play",
        "the smoke alarm chirps once a minute",
        "is the beta bleeding edge",
        "充电到80%就不充了",
        "退款什么时候退电到账户",
        "断电到来电要多久恢复",
        "一氧化碳报警器怎么安装",
        "燃气泄漏报警器支持哪些型号",
        "漏电保护器怎么选",
        "有过热保护吗",
        "爆炸图在哪里下载",
        "取款机吞了我的卡",
    ],
)
def test_what_only_sounds_like_danger_is_a_question(text: str) -> None:
    assert recognise(text) is Intent.QUESTION


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I'll take you to small claims court", Intent.LEGAL),
        ("see you in small claims", Intent.LEGAL),
        ("我去法院告你们", Intent.LEGAL),
        ("法院见", Intent.LEGAL),
        ("再不退款我就打12345投诉", Intent.LEGAL),
        ("12315见", Intent.LEGAL),
        ("Is there a small claims court in the city?", Intent.QUESTION),
        ("高等法院在哪里", Intent.QUESTION),
        ("初始密码是12345吗", Intent.QUESTION),
        ("订单尾号123156怎么查", Intent.QUESTION),
    ],
)
def test_a_threat_with_the_law_is_told_from_a_question_about_it(text: str, intent: Intent) -> None:
    assert recognise(text) is intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("that didn't help", Intent.STILL_UNSOLVED),
        ("doesn't work", Intent.STILL_UNSOLVED),
        ("I reset it and it did not work", Intent.STILL_UNSOLVED),
        ("None of these steps work", Intent.STILL_UNSOLVED),
        ("the hub is still not working", Intent.STILL_UNSOLVED),
        ("没用", Intent.STILL_UNSOLVED),
        ("重启也无效", Intent.STILL_UNSOLVED),
        ("My contactless payments don't work", Intent.QUESTION),
        ("the doorbell's chime doesn't work", Intent.QUESTION),
        ("优惠码无效怎么办", Intent.QUESTION),
        ("没用过的耗材能退吗", Intent.QUESTION),
    ],
)
def test_an_answer_that_did_not_help_is_told_from_a_new_trouble(text: str, intent: Intent) -> None:
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
