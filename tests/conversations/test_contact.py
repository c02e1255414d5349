"""Where a customer can be reached: one address, or none."""

from __future__ import annotations

import pytest

from assistant.container import Container
from assistant.conversations import Claims
from assistant.errors import Invalid
from assistant.storage.tables import Conversation, Customer
from tests.conversations.talk import Talk

NO_ADDRESSES = ["not a mail", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "Lena <a@b.example>"]


def _email(container: Container, conversation_id: str) -> str:
    with container.database.read() as session:
        conversation = session.get_one(Conversation, conversation_id)
        return session.get_one(Customer, conversation.customer_id).email


@pytest.mark.parametrize("email", NO_ADDRESSES)
def test_a_handover_takes_one_address(container: Container, talk: Talk, email: str) -> None:
    with pytest.raises(Invalid, match="e-mail"):
        container.handovers.ask(talk.id, talk.token, email=email)
    assert talk.transcript()["ticket"] is None
    container.handovers.ask(talk.id, talk.token, email="lena@example.com")
    assert _email(container, talk.id) == "lena@example.com"


@pytest.mark.parametrize("email", NO_ADDRESSES)
def test_what_a_page_passes_on_keeps_nobody_from_writing(container: Container, email: str) -> None:
    started = container.openings.start("en", Claims(email=email))
    assert _email(container, started.id) == ""
