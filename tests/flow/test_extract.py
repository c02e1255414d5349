"""The place in the article that answers is quoted, and everything is said in the customer's script."""

from __future__ import annotations

import pytest

from assistant.domain.answers import Hit, LivePassage, Outcome
from assistant.domain.markdown import render_markdown
from assistant.flow.answer import Answering
from assistant.flow.decide import Decision
from assistant.flow.extract import extract
from assistant.flow.places import chosen
from assistant.flow.request import Intent, TurnRequest, Understanding
from assistant.knowledge.segment import tokens

TITLE = "Restart or reset your Hub H2"


def hit(
    text: str, score: float, heading: str = "", kind: str = "paragraph", locale: str = "en", title: str = TITLE
) -> Hit:
    place = sum(map(ord, heading)) if heading else 0
    passage = LivePassage(
        id=f"{heading}:{text[:20]}",
        article="hub-h2-reset",
        locale=locale,
        revision=1,
        title=title,
        heading=heading,
        anchor="",
        kind=kind,
        position=place,
        text=text,
        category="",
        audience="public",
        tokens="\n".join(" ".join(tokens(part)) for part in (text, heading, title, "")),
    )
    return Hit(passage, score, 0.9, 1.0)


LEAD = hit("Restart the hub first. This article is about the H2 with a status ring.", 10.0)
STEPS = hit("1. Hold the button for 15 seconds.\n2. Let go.", 6.0, "Factory reset the H2", "steps")
BACK = hit("The app offers to restore your automations.", 5.8, "What comes back")
LIGHTS = hit("Purple means that an update is being installed.", 5.0, "What the ring shows")


def test_title_and_phrasings_find_the_article_and_a_heading_the_place_in_it() -> None:
    assert chosen("How do I factory reset my H2?", [LEAD, STEPS, BACK, LIGHTS])[0] is STEPS
    assert chosen("what does a purple ring mean", [LEAD, STEPS, BACK, LIGHTS])[0] is LIGHTS


def test_a_word_that_asks_tells_nothing_about_the_place() -> None:
    when = hit("We send the refund. How long it then takes depends on the bank.", 5.0, "What happens next")
    days = hit("Most items can be returned within 30 days.", 6.0, "Before you start")
    assert chosen("How long do I have to return it?", [LEAD, days, when])[0] is days


def test_a_second_place_that_fits_as_well_is_quoted_too_and_never_a_third() -> None:
    cells = [
        hit("The lock needs four alkaline cells.", 6.0, "Fit new cells"),
        hit("The lock takes alkaline cells only.", 6.0, "Choose cells"),
        hit("Alkaline cells of the lock last ten months.", 5.9, "Life of cells"),
    ]
    quoted = extract("alkaline cells lock", "en", cells)
    assert [citation.n for citation in quoted.citations] == [1, 2]


def test_two_places_that_fit_alike_stand_in_the_articles_order() -> None:
    fix = hit("E-51 on the card: remove clips.", 6.0, "Remedy", "list")
    means = hit("E-51 means that the card is full.", 6.0)
    assert chosen("E-51 card", [fix, means]) == [means, fix]


@pytest.mark.parametrize("query", ["H1 怎么操作", "H1 怎麼操作"])
def test_a_question_in_either_script_finds_the_steps(query: str) -> None:
    stays = hit("摄像机照常使用。", 6.0, "会丢什么", locale="zh-Hans")
    steps = hit("1. 按住针孔 8 秒。\n2. 松开。", 6.0, "恢复出厂设置", "steps", locale="zh-Hans")
    assert chosen(query, [stays, steps]) == [steps]


def test_articles_to_tap_are_named_in_the_customers_script() -> None:
    found = (hit("重启不会删除任何内容。", 5.0, locale="zh-Hans", title="重启或重置网关"),)
    understood = Understanding(Intent.QUESTION, "zh-Hant", "網關")
    for outcome, reason in ((Outcome.CLARIFYING, "ambiguous"), (Outcome.HANDOVER_OFFERED, "not_sure")):
        decision = Decision(outcome, reason, found)
        answer = Answering(lambda: None).answer(TurnRequest("網關"), understood, None, decision, None)
        assert answer.choices[0].text == "重啟或重置網關"


REFUNDS = [
    hit("退款原路退回：微信支付 1–3 个工作日到账，银行卡 3–7 个工作日到账。", 7.0, locale="zh-Hans"),
    hit(
        "1. 在账单里搜索“退款”，钱可能退到了零钱。\n2. 银行卡请等满 7 个工作日，再查流水。",
        7.0,
        "显示已退款但没到账",
        "steps",
        "zh-Hans",
    ),
    hit("银行卡已注销的，退款会先退到发卡银行。", 6.9, "显示已退款但没到账", locale="zh-Hans"),
]
WHERE_TO_LOOK = [
    hit("We send the refund within 5 working days of its arrival.", 7.0),
    hit("1. Open your statement.\n2. Search for the refund.\n3. Wait 7 days.", 7.0, "Refund not there", "steps"),
]


@pytest.mark.parametrize("query", ["退款多久到账", "退款幾天到帳"])
def test_asked_how_long_the_sentence_with_the_days_comes_before_where_to_look(query: str) -> None:
    text = extract(query, "zh-Hans", REFUNDS).text
    assert text.replace("**", "").startswith("退款原路退回：微信支付 1–3 个工作日到账")
    assert "账单" not in text


def test_asked_when_the_sentence_with_the_days_comes_before_where_to_look() -> None:
    text = extract("When does my refund arrive?", "en", WHERE_TO_LOOK).text
    assert text.startswith("We send the refund within 5 working days")
    assert "statement" not in text


def test_asked_how_to_the_steps_come_whole() -> None:
    assert extract("How do I find my refund?", "en", WHERE_TO_LOOK).text.startswith("1. Open your statement.")


TABLE = hit(
    "| Where | Cost | Time |\n|---|---|---|\n"
    "| United Kingdom | £3.95 | 2–4 days |\n| Germany | €6.95 | 4–7 days |\n| France | €7.95 | 4–7 days |\n"
    "| Ireland | €8.95 | 5–7 days |\n| Norway | Not delivered | – |",
    6.0,
    kind="table",
)


def test_of_a_long_table_the_row_asked_for_is_quoted_under_its_head() -> None:
    quoted = extract("What does delivery to Germany cost?", "en", [TABLE])
    assert "Germany | €6.95" in quoted.text
    assert "Where | Cost | Time" in quoted.text
    assert "France" not in quoted.text
    assert "France" not in quoted.citations[0].quote


def test_a_question_that_names_no_row_gets_every_row_that_answers() -> None:
    text = extract("What does it cost?", "en", [TABLE]).text
    assert all(place in text for place in ("Kingdom", "Germany", "France", "Ireland"))
    assert "Norway" not in text


def test_an_amount_deep_in_steps_leads_them_and_they_stay_whole_with_their_warning() -> None:
    warning = "A reset deletes all recordings and cannot be undone in any way, so save your clips."
    steps = f"{warning}\n\n1. Open the cover.\n2. Hold the button for 15 seconds.\n3. Let go."
    text = extract("factory reset how many seconds", "en", [hit(steps, 6.0, "Factory reset", "steps")]).text
    assert text.startswith("**Hold the button for 15 seconds.**")
    assert "cannot be undone" in text
    assert "3. Let go." in text


def test_a_sentence_before_steps_that_states_the_amount_is_quoted_without_them() -> None:
    place = hit("发票在签收后 24 小时内开具。\n\n1. 打开订单。\n2. 点发票。", 6.0, "开票", "steps", "zh-Hans")
    text = extract("发票多久能开", "zh-Hans", [place]).text
    assert "24 小时" in text
    assert "打开订单" not in text


def test_a_chinese_word_shortened_still_finds_its_place() -> None:
    other = hit("普通发票自动开具。", 6.0, "什么时候开", locale="zh-Hans")
    special = hit("企业可以申请，三天后下载。", 6.0, "电子专用发票", locale="zh-Hans")
    assert chosen("要专票", [other, special])[0] is special


def test_price_and_time_asked_together_are_both_answered() -> None:
    price = hit("Express delivery costs £7.95.", 6.0, "Cost")
    time = hit("Express orders placed by 14:00 arrive the next day.", 5.0, "Time")
    text = extract("How much is express delivery and when does it arrive?", "en", [price, time]).text
    assert "£7.95" in text
    assert "14:00" in text


@pytest.mark.parametrize(
    ("language", "none", "one", "several"),
    [
        ("en", "Shall I pass it to a person?", "The article below", "One of the articles below"),
        ("zh-Hans", "需要帮您转人工吗", "下面这篇文章", "下面的文章"),
        ("zh-Hant", "需要幫您轉人工嗎", "下面這篇文章", "下面的文章"),
    ],
)
def test_what_is_said_of_near_articles_fits_their_number(language: str, none: str, one: str, several: str) -> None:
    for hits, wanted in (((), none), ((LEAD,), one), ((LEAD, STEPS), several)):
        decision = Decision(Outcome.HANDOVER_OFFERED, "not_sure", hits)
        understood = Understanding(Intent.QUESTION, language, "hub")
        answer = Answering(lambda: None).answer(TurnRequest("hub"), understood, None, decision, None)
        assert wanted in answer.text
        assert len(answer.choices) == len(hits) + 1


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_an_unknown_code_is_named_and_nothing_is_quoted(language: str) -> None:
    decision = Decision(Outcome.HANDOVER_OFFERED, "unknown_code", (LEAD,), ("H3",))
    understood = Understanding(Intent.QUESTION, language, "H3")
    answer = Answering(lambda: None).answer(TurnRequest("H3"), understood, None, decision, None)
    assert "H3" in answer.text
    assert (answer.citations, answer.choices[0].text) == ((), TITLE)


def test_what_is_marked_in_chinese_is_shown_as_marked() -> None:
    place = hit("退款原路退回。微信支付 1–3 个工作日到账。验货在 2 个工作日内完成。", 6.0, locale="zh-Hans")
    html = render_markdown(extract("退款到微信多久到账", "zh-Hans", [place]).text)
    assert "<strong>微信支付 1–3 个工作日到账</strong>。" in html
    assert "**" not in html


@pytest.mark.parametrize(
    ("query", "rule", "example"),
    [
        ("运费多少", "不满 ¥99 收 ¥10 运费。", "例如实付 ¥95，需要付 ¥10 运费。"),
        ("How much is delivery?", "Delivery costs £3.95 below £50.", "Example: delivery of £45 costs £3.95."),
    ],
)
def test_a_rule_is_quoted_before_its_example(query: str, rule: str, example: str) -> None:
    text = extract(query, "en", [hit(example, 6.0, "What counts"), hit(rule, 6.0, "Cost")]).text
    assert text.replace("**", "").startswith(rule)


class TestCodes:
    """Asked about a code, an answer says first what it stands for."""

    UPDATE = (
        hit(
            "The old firmware stays.\n\n1. Charge the battery.\n2. Try again.", 6.0, "E-14: the update failed", "steps"
        ),
        hit("If E-14 comes back three times, ask for a person.", 5.9, "E-14: the update failed"),
    )

    @pytest.mark.parametrize("query", ["what does E-14 mean", "E14", "how to fix E-14"])
    def test_the_heading_that_says_what_it_stands_for_is_said_once(self, query: str) -> None:
        quoted = extract(query, "en", self.UPDATE)
        assert quoted.text.startswith("**E-14: the update failed**\n\n")
        assert quoted.text.count("the update failed") == 1
        assert not any("the update failed" in citation.quote for citation in quoted.citations)

    def test_in_the_customers_script(self) -> None:
        found = hit("设备保留原来的固件。", 6.0, "E-14：固件升级失败", locale="zh-Hans")
        assert extract("E-14 是什麼意思", "zh-Hant", [found]).text.startswith("**E-14：固件升級失敗**")

    def test_a_heading_that_defines_nothing_is_not_said(self) -> None:
        found = hit("Hold the button of the H2.", 6.0, "Factory reset the H2")
        assert extract("reset H2", "en", [found]).text.startswith("Hold")

    def test_of_a_long_table_only_its_rows_are_quoted(self) -> None:
        rows = "\n".join(f"| E-{number:02} | meaning {number} |" for number in range(10, 20))
        table = hit(f"| Code | Meaning |\n|---|---|\n{rows}", 6.0, "All codes", "table")
        quoted = extract("what does E-14 mean", "en", [table]).text
        assert "| Code | Meaning |\n|---|---|\n| E-14 | meaning 14 |" in quoted
        assert "E-15" not in quoted
        assert "E-15" in extract("which codes are there", "en", [table]).text


INVOICES = [
    hit(
        "电子普通发票自动开具，抬头以下单时填写的为准。\n\n1. 打开订单。\n2. 选择发票。\n3. 点下载。",
        8.2,
        "发票什么时候开",
        "steps",
        "zh-Hans",
    ),
    hit("1. 打开发票页面。\n2. 选择换开专用发票。", 3.6, "申请专用发票", "steps", "zh-Hans"),
    hit("已开出的普通发票先冲红，再开专用发票。", 4.6, "申请专用发票", locale="zh-Hans"),
    hit("30 天内可以更换抬头。请在发票页面点更换抬头，改好后提交。", 8.4, "更换抬头", locale="zh-Hans"),
]


def test_of_a_short_word_for_what_the_article_writes_out_the_characters_tell() -> None:
    assert chosen("能开专票吗", INVOICES[1:])[0].passage.heading == "申请专用发票"


def test_steps_of_something_else_are_not_how_it_is_done() -> None:
    assert [found.passage.heading for found in chosen("发票抬头怎么改", INVOICES)] == ["更换抬头"]
