"""Which kind of amount is asked for and stated, in English and Chinese."""

from __future__ import annotations

import pytest

from assistant.flow.amounts import Amount, asked_amounts, stated_amounts


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("How long do I have to return it?", {Amount.TIME}),
        ("退款多久到账", {Amount.TIME}),
        ("退款幾天到帳", {Amount.TIME}),
        ("when does a gift card run out", {Amount.TIME}),
        ("How much is express, and until when do I have to order?", {Amount.TIME, Amount.MONEY}),
        ("寄新疆要多少运费", {Amount.MONEY}),
        ("how many people can I invite", {Amount.COUNT}),
        ("一个家最多能有几个成员", {Amount.COUNT}),
        ("how thick may the door be", {Amount.LENGTH}),
        ("網關有多重", {Amount.WEIGHT}),
        ("My hub is offline when it rains", set()),
        ("How do I reset the hub?", set()),
        ("怎么退货", set()),
    ],
)
def test_a_question_asks_for_its_kind_of_amount(query: str, kinds: set[Amount]) -> None:
    assert asked_amounts(query) == kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("微信支付 1–3 个工作日到账", {Amount.TIME}),
        ("Express costs £7.95.", {Amount.MONEY}),
        ("下单前请先登录。", set()),
        ("1. Open **Orders**.", set()),
        ("Orders placed by 14:00 arrive the next day.", {Amount.TIME}),
        ("The bracket sits 2 to 3 m high.", {Amount.LENGTH}),
    ],
)
def test_a_sentence_states_its_kinds_and_a_list_number_is_none(text: str, kinds: set[Amount]) -> None:
    assert stated_amounts(text) == kinds
