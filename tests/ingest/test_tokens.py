"""The approximate token count follows the length of a text."""

from ingest.tokens import approximate_tokens


def test_the_count_is_near_that_of_the_bundled_vocabulary() -> None:
    english = "Unplug the hub for 30 seconds before you try anything else, then wait."  # 16 there
    chinese = "请先拔掉网关的电源线，等待三十秒后再插上。"  # 20 there
    assert 14 <= approximate_tokens(english) <= 18
    assert 17 <= approximate_tokens(chinese) <= 22
    assert approximate_tokens("") == 0
