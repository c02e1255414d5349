"""The assistant's own sentences, in the customer's language. None of them states a fact of the knowledge base."""

from __future__ import annotations

from assistant.domain.locales import is_chinese
from assistant.knowledge.scripts import to_traditional

_SENTENCES: dict[str, tuple[str, str]] = {
    "greeting": (
        "Hello, I'm the assistant. Ask me anything about our products and services; a person is here too if you want one.",
        "您好，我是智能助手。产品和服务方面的问题都可以问我；需要的话，也可以随时转人工。",
    ),
    "thanks": ("You're welcome. Is there anything else I can help with?", "不客气。还有其他需要帮忙的吗？"),
    "acknowledgement": ("All right. Ask whenever something else comes up.", "好的，有其他问题随时问我。"),
    "goodbye": ("Goodbye, and come back any time.", "再见，有需要随时再来。"),
    "about_assistant": (
        "I'm an AI assistant, not a person. I answer from our help articles and show where each answer comes from. "
        "If you'd rather talk to a person, just say so.",
        "我是智能助手，不是真人。我根据帮助文章回答问题，并标明出处。如果您想找人工客服，说一声就可以。",
    ),
    "noise": (
        "I couldn't make out a question in that. Could you say in a sentence what you need?",
        "我没有看懂您的问题，能用一句话说说您需要什么吗？",
    ),
    "reference": (
        "I see the number {reference}. I can't look up orders or accounts myself. What would you like to know about it? "
        "For anything that needs a look into your account, I can bring in a person.",
        "看到您发来的编号 {reference}。我无法直接查询订单或账户。请问您想了解什么？需要查账户的事情，我可以帮您转人工。",
    ),
    "not_found": (
        "I couldn't find a reliable answer to this in our help articles, so I'd rather not guess. Shall I pass it to a person?",
        "帮助文章里没有找到这个问题的可靠答案，我不想随便猜测。需要帮您转人工吗？",
    ),
    "not_found_waiting": (
        "I couldn't find a reliable answer to this in our help articles. Your request is with our team, and they will see this message too.",
        "帮助文章里没有找到这个问题的可靠答案。您的工单已经交给客服，他们也会看到这条消息。",
    ),
    "failed": (
        "Something on our side is not working, so I can't look this up right now. Your message is kept. Shall I pass it to a person?",
        "我们的系统暂时出了点问题，现在无法查找答案。您的消息已经保存。需要帮您转人工吗？",
    ),
    "paused": (
        "The assistant is taking a break at the moment. Shall I pass your question to a person?",
        "智能助手暂时停用。需要把您的问题转给人工客服吗？",
    ),
    "clarify": ("I found more than one thing that could match. Which one do you mean?", "找到了几种可能，您指的是哪一个？"),
    "unsolved_offer": (
        "Sorry that didn't solve it. Shall I pass this to a person? You can also describe what happens, and I'll look again.",
        "抱歉没能解决您的问题。需要帮您转人工吗？您也可以再描述一下具体情况，我再找找看。",
    ),
    "handed_over_person": (
        "I'm handing you over to a person. {promise}",
        "正在为您转人工。{promise}",
    ),
    "handed_over_anger": (
        "I'm sorry about this. A person should look at it, so I'm handing you over. {promise}",
        "非常抱歉给您带来不便。这件事应该由人工处理，我现在为您转接。{promise}",
    ),
    "handed_over_safety": (
        "Your safety comes first, so a person will look at this. If you are in danger, call your local emergency number now. {promise}",
        "安全第一，我已将此事转给人工客服处理。如有危险，请立即拨打当地的紧急电话。{promise}",
    ),
    "handed_over_legal": (
        "This is a matter for a person, so I'm handing you over. {promise}",
        "这件事需要由人工处理，我现在为您转接。{promise}",
    ),
    "handed_over_still_unsolved": (
        "I haven't been able to solve this, so I'm handing you over to a person. {promise}",
        "我没能解决这个问题，现在为您转人工。{promise}",
    ),
    "promise_on_duty": (
        "Your ticket is number {number}. Someone is on duty and should reply by {time}.",
        "您的工单号是 {number}。客服在线，预计 {time} 前回复您。",
    ),
    "promise_off_duty": (
        "Your ticket is number {number}. Nobody is on duty right now; you can expect a reply by {time}.",
        "您的工单号是 {number}。目前不是客服工作时间，预计 {time} 前回复您。",
    ),
    "already_waiting": (
        "Your ticket number {number} is already with our team; I've added this message to it. {promise}",
        "您的工单 {number} 已经在处理中，这条消息也加进去了。{promise}",
    ),
    "other_language": (
        "We only have this in another language. Here is the original text:",
        "这部分内容目前只有其他语言的版本，原文如下：",
    ),
    "from_article": ("From “{title}”:", "来自《{title}》："),
    "see_also": ("See also", "另请参阅"),
    "talk_to_person": ("Talk to a person", "转人工"),
    "ask_differently": ("Ask differently", "换个问法"),
    "overdue": (
        "We haven't replied in the time we promised, and we're sorry. Your ticket is back at the front of the queue; meanwhile you can go on asking me.",
        "我们没能在承诺的时间内回复您，非常抱歉。您的工单已重新排到前面；在此期间您可以继续向我提问。",
    ),
    "solved": (
        "{name} marked this as solved. If it isn't, just write here and it opens again.",
        "{name} 已将此工单标记为已解决。如果问题还在，直接在这里回复即可重新打开。",
    ),
    "joined": ("{name} has joined the conversation.", "{name} 已加入对话。"),
    "released": ("{name} has left the conversation. The assistant is here again.", "{name} 已离开对话，智能助手继续为您服务。"),
    "reopened": ("Your ticket is open again.", "您的工单已重新打开。"),
}


def say(sentence: str, language: str, **facts: str) -> str:
    """A sentence in ``language``, its placeholders filled. Raises ``KeyError`` for a sentence that does not exist."""
    english, chinese = _SENTENCES[sentence]
    if not is_chinese(language):
        return english.format(**facts)
    spoken = chinese.format(**facts)
    return to_traditional(spoken) if language == "zh-Hant" else spoken
