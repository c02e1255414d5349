"""A desk with people, customers and conversations, put there through the tables themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from assistant.channels.live import Live
from assistant.desk import Desk
from assistant.domain.hours import Hours
from assistant.domain.installation import InstallationSettings, Mail, Site
from assistant.domain.people import Person, Role
from assistant.domain.tickets import TicketPriority
from assistant.storage import accounts, conversations, events, tickets
from assistant.storage.database import Database
from assistant.storage.tables import Conversation, Customer, Event, Job, Message, Ticket, Trace, User
from assistant.storage.tickets import NewTicket
from assistant.storage.traces import packed

ROUND_THE_CLOCK = Hours(weekly={})


@dataclass
class Scene:
    """Builds what a test needs and looks at what came of it."""

    database: Database
    desk: Desk
    installed: InstallationSettings

    def person(self, email: str = "mia@example.com", role: Role = Role.AGENT, name: str = "Mia Chen") -> Person:
        with self.database.write() as session:
            row = User(email=email, name=name, roles=[str(role)])
            session.add(row)
            session.flush()
            return accounts.person(row)

    def conversation(self, *said: str, name: str = "Lena", email: str = "", locale: str = "en") -> str:
        """A conversation in which customer and assistant took turns saying ``said``."""
        with self.database.write() as session:
            customer = Customer(name=name, email=email)
            session.add(customer)
            session.flush()
            row = Conversation(
                token_hash="-",
                token_expires_at=datetime.now(UTC) + timedelta(days=1),
                customer_id=customer.id,
                locale=locale,
            )
            session.add(row)
            session.flush()
            for index, text in enumerate(said):
                role = "assistant" if index % 2 else "customer"
                message = Message(role=role, text=text, outcome="answered" if index % 2 else None)
                conversations.add_message(session, row, message)
            row.answered_seq = row.last_seq
            return row.id

    def ticket(
        self,
        *said: str,
        due_in: timedelta | None = timedelta(hours=4),
        subject: str = "",
        reason: str = "person",
        priority: TicketPriority = TicketPriority.NORMAL,
        group: str = "",
        **customer: Any,
    ) -> int:
        """A ticket over such a conversation, waiting for a person."""
        said = said or ("My lock is jammed.", "Have you tried the key?", "A person, please.")
        conversation_id = self.conversation(*said, **customer)
        due_at = None if due_in is None else datetime.now(UTC) + due_in
        with self.database.write() as session:
            row = conversations.locked(session, conversation_id)
            assert row is not None
            new = NewTicket(reason, subject or said[0], row.locale, {}, priority, group, due_at)
            ticket, _ = tickets.open_for(session, row, new)
            return ticket.number

    def says(self, conversation_id: str, text: str, role: str = "customer", **more: Any) -> str:
        with self.database.write() as session:
            row = conversations.locked(session, conversation_id)
            assert row is not None
            return conversations.add_message(session, row, Message(role=role, text=text, **more)).id

    def answer(self, conversation_id: str, text: str, citations: Sequence[Any], trace: dict[str, Any]) -> str:
        message_id = self.says(conversation_id, text, "assistant", citations=list(citations), outcome="answered")
        with self.database.write() as session:
            session.add(Trace(message_id=message_id, data=packed(trace)))
        return message_id

    def row(self, number: int) -> Ticket:
        with self.database.read() as session:
            return session.get_one(Ticket, number)

    def talk(self, number: int) -> Conversation:
        with self.database.read() as session:
            return session.get_one(Conversation, session.get_one(Ticket, number).conversation_id)

    def edit(self, kind: type[Any], key: Any, **fields: Any) -> None:
        with self.database.write() as session:
            row = session.get_one(kind, key)
            for name, value in fields.items():
                setattr(row, name, value)

    def public(self, number: int) -> list[tuple[str, dict[str, Any]]]:
        """What the customer's page was told, in order."""
        with self.database.read() as session:
            stream = events.stream_of(session.get_one(Ticket, number).conversation_id)
            return [(one.kind, one.payload) for one in events.since(session, stream, 0, public_only=True)]

    def heard(self, number: int) -> list[str]:
        """The texts that reached the customer's page."""
        return [payload["message"]["text"] for kind, payload in self.public(number) if kind == "message"]

    def desk_heard(self) -> list[str]:
        with self.database.read() as session:
            query = select(Event.kind).where(Event.stream == events.DESK).order_by(Event.number)
            return list(session.scalars(query))

    def jobs(self, kind: str) -> list[Job]:
        with self.database.read() as session:
            return list(session.scalars(select(Job).where(Job.kind == kind).order_by(Job.created_at)))

    def run_jobs(self, kind: str) -> int:
        """Run the queued jobs of a kind now, as the worker would when they are due."""
        done = self.jobs(kind)
        for job in done:
            self.desk.handlers()[kind](job.payload)
            self.edit(Job, job.id, state="done")
        return len(done)


def scene_on(database: Database, mail: Mail | None = None, site: Site | None = None) -> Scene:
    installed = InstallationSettings(hours=ROUND_THE_CLOCK, mail=mail or Mail(), site=site or Site())
    return Scene(database, Desk(database, Live(), lambda: installed), installed)
