"""Recognise what needs no search: small talk, a wish for a person, anger, danger, law, and bare references.

Everything here is rules over normalised text, in English and Chinese (Traditional is folded to Simplified by the
caller), so that a person is within reach even when every model is down.
"""

from __future__ import annotations

import re
import unicodedata

from assistant.flow.danger import speaks_of_danger
from assistant.flow.request import Intent

_EDGE = re.compile(r"^[\s\W_]+|[\s\W_]+$")
_ORDER = re.compile(
    r"(?<![\w-])(?:[A-Z]{1,4}-?\d{4,}(?:-\d{3,})*|\d{6,}(?:-\d{3,})*|\d{4,}(?:-\d{3,})+)(?![\w-])", re.IGNORECASE
)
# Numbers in groups and very long ones name an order or a device; shorter ones may be a year or a code that articles know.
_UNKNOWN_TO_ARTICLES = re.compile(r"(?<![\w-])(?:[A-Z]{1,4}-?)?(?:\d{3,}(?:-\d{3,})+|\d{8,})(?![\w-])", re.IGNORECASE)

_POLITE = r"(?:please|pls|plz|hi|hello|hey|ok|okay|sorry|now|thanks)"
_HUMAN = (
    r"(?:(?:a |an |the |some |your )?(?:real |live |actual |human )*"
    r"(?:human(?: being)?|person|people|agent|representative|rep|operator|someone(?: real)?|somebody|advisor|adviser|"
    r"support (?:agent|person|team|staff)|customer (?:service|support|care)(?: agent| team| rep)?|staff(?: member)?|"
    r"(?:member of )?staff|manager|supervisor|team member|colleague))"
)
_REACH = (
    r"(?:talk|speak|chat|connect(?: me)?|(?<!a )(?<!the )(?<!my )(?<!bank )transfer(?: me)?|hand me over|put me (?:through|on)|pass me|get(?: me)?|"
    r"switch(?: me)?|forward me|contact|reach|call|escalate(?: this| me)?|refer me)"
)
_WANT = r"(?:(?:i(?:'d| would)? (?:want|wanna|need|like|prefer|demand)|let me|can i|could i|may i|how (?:do|can) i|is it possible to|give me|i have) )"

# Do I have to call somebody? That is a question, and no wish.
_WHETHER_ONE_MUST = re.compile(
    rf"\b(?:(?:do|did|would|will|does) (?:i|we|you|one) (?:really |still )?(?:have|need) to|(?:should|must) (?:i|we|one)|"
    rf"why (?:do|should|must) (?:i|we)(?: have to)?) {_REACH} (?:(?:directly )?(?:to|with) )?{_HUMAN}"
)
_PERSON_EN = (
    re.compile(rf"^(?:{_POLITE}[ ,]*)*{_HUMAN}(?:[ ,]*{_POLITE})*$"),
    re.compile(rf"\b{_REACH} (?:(?:directly )?(?:to|with|in touch with) )?{_HUMAN}(?![\w-])"),
    re.compile(rf"\b{_WANT}(?:to )?(?:{_REACH} )?(?:to |with )?(?:a |an )?(?:real|live|actual)? ?{_HUMAN}(?![\w-])"),
    re.compile(rf"\b{_WANT}{_HUMAN}$"),
    re.compile(
        r"\b(?:are|is) there (?:a |an |any )?(?:real |live |human )*(?:human|person|agent|one|people)\b.*\b(?:talk|speak|chat|there|available)"
    ),
    re.compile(r"^(?:no )?(?:more )?(?:bots?|robots?)(?: please)?$|\bnot (?:a |with a |to a )?(?:bot|robot|machine)\b"),
    re.compile(r"^(?:live|human) (?:chat|support|help)$|^(?:hand ?over|escalate)(?: please)?$"),
)
_PERSON_ZH = (
    re.compile(
        r"^(?:请|麻烦|帮我|我要|我想|给我|快|要|想|能|可以)*(?:转|找|接|换|联系|叫|呼叫|喊)?(?:一个|个|一下|下|到)?(?:人工|真人|活人|客服|人工客服|人工服务|在线客服|客服人员|专员|经理)(?:客服|服务|座席|坐席|处理|咨询|聊|对话|电话)?(?:吗|吧|啊|呢|了|谢谢|行吗|可以吗|好吗)*$"
    ),
    re.compile(
        r"(?:转|转接|转到|接|接通|换|换成|联系|找|呼叫)(?:一?[个下]|给|到|成)?(?:你们的?|一位|一名)?(?:人工(?!智能)|真人|活人|客服(?!电话|号码|时间)|专员|你们?经理|主管)"
    ),
    re.compile(
        r"(?:跟|和|与|同)(?:一?个)?(?:人工|真人|活人|人工客服|客服)(?:客服|人员)?(?:说|谈|聊|沟通|对话|讲|联系)"
    ),
    re.compile(
        r"(?:我要|我想|给我|需要|要求|请)(?:和|跟|与)?(?:一?个)?(?:人工(?!智能)|真人|活人)|^(?:我要|我想)?投诉(?:你们|客服)?$|我要投诉"
    ),
    re.compile(r"(?:不要|别用|不想(?:跟|和|要))(?:机器人|智能客服|AI|ai)"),
)
_ANGER_EN = re.compile(
    r"\b(?:fuck\w*|bullshit|wtf|piece of (?:shit|crap|junk)|(?:you(?:'re| are)|this is|it's|it is|what a)(?: \w+){0,3} "
    r"(?:useless|ridiculous|outrageous|disgusting|unacceptable|pathetic|a joke|scam|rip-?off|a disgrace|disgraceful)|"
    r"what a joke|(?:service|support|company|app|product)(?: \w+){0,2} (?:is|are) (?:the worst|a joke|terrible|awful|horrible|pathetic)|"
    r"(?:absolutely|totally|completely|utterly) (?:useless|ridiculous|unacceptable|furious|appalling)|"
    r"i(?:'m| am)(?: \w+){0,2} (?:furious|livid|fed up|sick of|sick and tired|outraged|disgusted|so angry|very angry|really angry)|"
    r"(?:worst|terrible|awful|horrible) (?:service|company|support|experience)|i(?:'ve| have) had enough|scammers?|thieves|rip-?off|"
    r"(?:second|third|fourth|fifth|[2-9](?:nd|rd|th)|umpteenth) time (?:that )?(?:i|we)(?:'m|'ve|'re| am| are| have| had)?(?: to)? "
    r"(?:writ|ask|call|contact|complain|tell|told|e-?mail|report|messag)\w*|"
    r"(?:nobody|no one|no-one) (?:ever )?(?:helps|cares|listens|replies|responds|wants to help))\b"
)
_ANGER_ZH = re.compile(
    r"垃圾(?:公司|客服|产品|东西|服务|机器人|平台)?$|(?:太|真|什么)(?:垃圾|坑|烂|差劲|过分|气人|恶心)|骗子|坑人|坑爹|气死|忍无可忍|受够了|"
    r"他妈|妈的|操你|傻逼|滚蛋|(?:非常|十分|很|极其|太)(?:生气|愤怒|恼火|失望)|什么破|欺骗消费者|店大欺客|敷衍|"
    r"第[二三四五六七八九十几2-9]次(?:了|来|跟|给|向|和|你们|客服|打电话)*(?:问|找|联系|反映|反馈|投诉|咨询|催|说)|没有?人(?:管|理我|理会|搭理|负责|解决)"
)
_LEGAL_EN = re.compile(
    r"\b(?:my (?:lawyer|solicitor|attorney)|legal action|take you to court|(?:to|in|at|through|via|with) (?:the )?small claims|sue (?:you|your|them|fernhaven)|lawsuit|"
    r"(?:report|complain)(?:ing)? (?:you )?to (?:the )?(?:trading standards|ombudsman|police|consumer \w+|authorit\w+|regulator)|"
    r"ombudsman|trading standards|formal complaint|data protection (?:authority|officer)|chargeback)\b"
)
_LEGAL_ZH = re.compile(
    r"起诉|律师函?|(?:去|上|到|向|告到|找)法院|法院(?:见|告|起诉)|打官司|(?<!\d)12315(?!\d)|(?:打|拨打?|投诉到?|举报到?|找|向|去)12345(?!\d)|"
    r"(?<!\d)12345(?:投诉|举报|热线)|消协|消费者协会|工商(?:局|投诉)|市场监管|市监局|(?:我要|我会|去|已经?)报警|曝光你|黑猫投诉|维权"
)
# Whatever else does not work is a new trouble.
_OF_WHAT_WAS_SAID = (
    r"(?:(?<!.)|(?:and|but|it|that|this|these|those|they|steps?|solution|answer|instructions?|suggestion|advice|"
    r"fix|trick|restart(?:ing)?|reboot(?:ing)?|reset(?:ting)?) )"
)
_UNSOLVED_EN = re.compile(
    r"\b(?:(?:still|that|it|this) (?:is |did |does )?(?:not|n't|doesn't|does not|didn't|did not|isn't|is not|hasn't) (?:really )?(?:work|help|solve|fix|answer)\w*|"
    r"still (?:not working|broken|the same|doesn't work|does not work|no luck|nothing|isn't working|having|stuck)|"
    rf"{_OF_WHAT_WAS_SAID}(?:just |really |simply )?(?:didn't|did not|doesn't|does not|don't) (?:help|work|solve it|fix it)|"
    r"none of (?:it|this|that|these|those|them)(?: \w+)? (?:help|work|solve|fix)\w*|(?:same|still the same) (?:problem|issue|error)|no luck|not helpful|"
    r"that's not (?:what|my|the)|not what i (?:asked|meant)|tried (?:that|this|it|everything)(?: already)?|already (?:tried|did))\b"
)
_UNSOLVED_ZH = re.compile(
    r"还是(?:不行|不可以|没用|没好|不好|没有用|没反应|不能|没解决|一样|连不上|没法)|没用(?![过到完])|不管用|没解决|没有解决|(?:还是|依然|仍然?|都|也|方法|办法|操作|^)无效(?:了|啊)?$|不起作用|试过了|都试了|答非所问|"
    r"不是(?:我要的|这个意思|我问的)|没帮助|没有帮助"
)

_WHOLE: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        Intent.GREETING,
        re.compile(
            r"(?:(?:hi|hello|hey|hiya|howdy|yo|good (?:morning|afternoon|evening|day)|greetings|how are you(?: doing)?(?: today)?|what's up|"
            r"anyone there|is anyone there|are you there|there|all|team|everyone|guys|你好|您好|哈喽|哈啰|嗨|嘿|在吗|在不在|在么|有人吗|"
            r"早上好|上午好|中午好|下午好|晚上好|早安|早|大家好|喂|hello呀|你好呀|您好啊|你好啊|亲|请问在吗|请问)[\s,.!?，。！？~～]*)+"
        ),
    ),
    (
        Intent.ACKNOWLEDGEMENT,
        re.compile(
            r"(?:(?:ok|okay|k|kk|okey|please|pls|yes|yeah|yep|yup|sure|no|nope|nah|fine|alright|all right|right|i see|got it|understood|makes sense|cool|great|good|nice|"
            r"hmm+|mm+|uh+|ah+|oh+|lol|haha+|wow|really|well|好的?|好吧|嗯+|哦+|噢+|喔+|行|可以|是的?|对的?|不是|不用了?|没有|不|知道了|明白了?|了解了?|懂了|收到|"
            r"原来如此|这样啊|这样|哈哈+|呵呵+|呃+|额+)[\s,.!?，。！？~～…]*)+"
        ),
    ),
    (
        Intent.THANKS,
        re.compile(
            r"(?:(?:ok|okay|great|perfect|super|cool|nice|awesome|wonderful|excellent|brilliant|got it|very|well|so|that's|that|it|works|worked|helped|"
            r"helpful|was|is|a lot|so much|very much|all good|thanks|thank you|thankyou|thx|ty|cheers|much appreciated|appreciate it|many thanks|"
            r"for (?:your|the) (?:help|support|answer)|you're the best|好的|好|嗯|太|非常|十分|真的|多|谢谢|谢谢你|谢谢您|多谢|感谢|谢了|谢啦|辛苦了|太好了|太棒了|"
            r"解决了|可以了|搞定|搞定了|你真棒|帮大忙了|啦|了|啊|哈|呀|您)[\s,.!?，。！？~～]*)+"
        ),
    ),
    (
        Intent.GOODBYE,
        re.compile(
            r"(?:(?:ok|okay|thanks|bye|goodbye|bye bye|see you|see ya|later|good night|have a (?:nice|good|great) (?:day|evening|one)|再见|拜拜|拜|回见|晚安|先这样|没事了|没有了|没了)[\s,.!?，。！？~～]*)+"
        ),
    ),
    (
        Intent.ABOUT_ASSISTANT,
        re.compile(
            r"(?:who|what) are you|are you (?:a |an )?(?:bot|robot|human|real|ai|machine|person|real person|chatgpt|chat ?bot)(?: or .*)?|"
            r"what can you (?:do|help(?: me)? with)|what do you do|how can you help(?: me)?|what's your name|help|menu|start|"
            r"你是谁|你叫什么(?:名字)?|你是(?:机器人|真人|人工|AI|ai|人)(?:吗|还是.*)?|你(?:能|可以|会)(?:做|干|帮我做)?(?:什么|啥)|你有什么功能|帮助|菜单"
        ),
    ),
)


def folded(text: str) -> str:
    """The text for matching: NFKC, lower case, curly apostrophes straight, outer punctuation and spaces gone."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("‘", "'")
    return _EDGE.sub("", re.sub(r"\s+", " ", plain))


def reference_in(text: str) -> str:
    """An order, ticket or serial number in the text, or nothing."""
    found = _ORDER.search(unicodedata.normalize("NFKC", text))
    return found.group(0) if found else ""


def without_references(text: str) -> str:
    """The text without order and serial numbers, which no article knows; years and error codes stay."""
    return _UNKNOWN_TO_ARTICLES.sub("", text)


def wants_person(text: str) -> bool:
    """Whether the customer asks for a human; expects folded, Simplified text."""
    asked = _WHETHER_ONE_MUST.sub(" ", text)
    return any(pattern.search(asked) for pattern in _PERSON_EN) or any(pattern.search(text) for pattern in _PERSON_ZH)


def _urgent(text: str) -> Intent | None:
    if speaks_of_danger(text):
        return Intent.SAFETY
    if _LEGAL_EN.search(text) or _LEGAL_ZH.search(text):
        return Intent.LEGAL
    if wants_person(text):
        return Intent.PERSON
    if _ANGER_EN.search(text) or _ANGER_ZH.search(text):
        return Intent.ANGER
    return None


def _bare_reference(text: str) -> bool:
    without = _ORDER.sub("", text)
    rest = re.sub(
        r"\b(?:my|the|order|ticket|number|no|nr|is|it's|id|订单号?|单号|工单号?|是|我的)\b|[订单号是我的：:#.,，。\s]",
        "",
        without,
    )
    return without != text and not rest


def recognise(simplified: str) -> Intent:
    """What the message wants. ``simplified`` is the message with Traditional characters folded to Simplified."""
    text = folded(simplified)
    if not text:
        return Intent.NOISE
    urgent = _urgent(text)
    if urgent is not None:
        return urgent
    for intent, pattern in _WHOLE:
        if pattern.fullmatch(text):
            return intent
    if _bare_reference(text):
        return Intent.REFERENCE
    if not any(character.isalpha() for character in text):
        return Intent.NOISE
    if len(text) < 120 and (_UNSOLVED_EN.search(text) or _UNSOLVED_ZH.search(text)):
        return Intent.STILL_UNSOLVED
    return Intent.QUESTION


SAFETY_PRIORITY = frozenset({Intent.SAFETY, Intent.LEGAL})
