"""Letters to customers who have left the page: what was said, and the link to their ticket."""

from __future__ import annotations

from html import escape

from assistant.channels.mail import Letter, Postbox
from assistant.desk.ground import Ground, Payload
from assistant.domain.conversations import INTERNAL
from assistant.domain.installation import InstallationSettings
from assistant.domain.locales import fallbacks
from assistant.storage import conversations, tickets
from assistant.storage.presentation import message_html
from assistant.storage.tables import Message, Ticket

_WORDS = {
    "en": {
        "subject": "Re: {subject} [#{number}]",
        "untitled": "Your request",
        "intro": "{author} replied to your request:",
        "answer": "Read and answer",
        "foot": "You receive this because you wrote to {site}. The link is yours alone; please do not pass it on.",
    },
    "zh-Hans": {
        "subject": "回复：{subject} [#{number}]",
        "untitled": "您的工单",
        "intro": "{author} 回复了您的工单：",
        "answer": "查看并回复",
        "foot": "您收到此邮件，是因为您曾联系 {site}。链接仅供您本人使用，请勿转发。",
    },
    "zh-Hant": {
        "subject": "回覆：{subject} [#{number}]",
        "untitled": "您的工單",
        "intro": "{author} 回覆了您的工單：",
        "answer": "查看並回覆",
        "foot": "您收到此郵件，是因為您曾聯絡 {site}。連結僅供您本人使用，請勿轉寄。",
    },
}


class Mails:
    """The handler of ``mail`` jobs."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def send(self, payload: Payload) -> None:
        """Send the message of a ticket to its customer, unless mail was switched off or the message taken back.

        Raises:
            MailError: the mail server refused the letter or could not be reached.
        """
        installed = self._ground.installed()
        url = installed.mail.smtp_url.get_secret_value()
        letter = self._letter(int(payload["ticket"]), str(payload["message"]), installed)
        if url and letter is not None:
            Postbox(url, installed.mail.sender).send(letter)

    def _letter(self, number: int, message_id: str, installed: InstallationSettings) -> Letter | None:
        with self._ground.database.read() as session:
            ticket = tickets.by_number(session, number)
            message = None if ticket is None else conversations.message(session, ticket.conversation_id, message_id)
            if ticket is None or message is None or message.withdrawn or message.role in INTERNAL:
                return None
            conversation = conversations.by_id(session, ticket.conversation_id)
            if conversation is None:
                return None
            customer = conversations.customer(session, conversation.customer_id)
            link = f"{installed.site.public_url.rstrip('/')}/t/{tickets.link_secret(session, ticket)}"
        if not customer.email:
            return None
        return _written(customer.email, ticket, message, conversation.locale, link, installed.look.name)


def _written(to: str, ticket: Ticket, message: Message, locale: str, link: str, site: str) -> Letter:
    words = next(_WORDS[near] for near in fallbacks(locale) if near in _WORDS)
    subject = words["subject"].format(subject=ticket.subject or words["untitled"], number=ticket.number)
    intro, foot = words["intro"].format(author=message.author or site), words["foot"].format(site=site)
    text = f"{intro}\n\n{message.text}\n\n{words['answer']}: {link}\n\n-- \n{foot}\n"
    html = (
        f'<p>{escape(intro)}</p><div style="border-left:3px solid #ccc;padding-left:12px">'
        f"{message_html(message.role, message.text)}</div>"
        f'<p><a href="{escape(link)}">{escape(words["answer"])}</a></p>'
        f'<p style="color:#666;font-size:13px">{escape(foot)}</p>'
    )
    return Letter(to, subject, text, html, thread=f"ticket-{ticket.number}")
