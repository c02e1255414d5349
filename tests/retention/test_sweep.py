"""What has outlived its time is erased whole, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from assistant.domain.installation import InstallationSettings, Privacy
from assistant.retention import Retention
from assistant.storage import conversations as storage
from assistant.storage import events, gaps, tickets
from assistant.storage.database import Database, Session
from assistant.storage.tables import (
    Base,
    Conversation,
    Customer,
    Event,
    Feedback,
    Message,
    Rating,
    Trace,
    Trial,
    TrialQuestion,
)
from assistant.storage.tickets import NewTicket

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def conversation(session: Session, days_ago: int) -> str:
    """A conversation with everything that can hang on one, last touched so many days before ``NOW``."""
    customer = Customer(name="Mia", email="mia@mail.example")
    session.add(customer)
    session.flush()
    row = Conversation(token_hash=f"t{days_ago}", token_expires_at=NOW, customer_id=customer.id)
    session.add(row)
    session.flush()
    asked = storage.add_message(session, row, Message(role="customer", text="Where is it?"))
    reply = storage.add_message(session, row, Message(role="assistant", text="Here.", reply_to=1))
    session.add_all([Feedback(message_id=reply.id, helpful=False), Rating(conversation_id=row.id, score=2)])
    session.add(Trace(message_id=reply.id, data=b"x"))
    gap = gaps.add_group(session, "Where is it?", "en", "model", b"")
    gaps.add_question(session, gap, asked.id, "unhelpful")
    new = NewTicket("person", "Where", "en", {}, "normal", "", None)  # type: ignore[arg-type]
    tickets.open_for(session, row, new)
    events.append(session, events.stream_of(row.id), "message", {})
    moment = NOW - timedelta(days=days_ago)
    row.updated_at = moment
    for message in (asked, reply):
        message.created_at = moment
    session.flush()
    session.execute(update(Event).where(Event.stream == events.stream_of(row.id)).values(created_at=moment))
    return row.id


def sweep(database: Database, retention_days: int, trace_days: int = 90) -> int:
    settings = InstallationSettings(privacy=Privacy(retention_days=retention_days, trace_days=trace_days))
    return Retention(database, lambda: settings, lambda: NOW).sweep()


def rows(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def test_an_old_conversation_goes_with_everything_that_hung_on_it(database: Database) -> None:
    with database.write() as session:
        session.execute(select(1))
    empty = rows(database)
    with database.write() as session:
        conversation(session, days_ago=40)
    assert sweep(database, retention_days=30) == 1
    left = {name: count for name, count in rows(database).items() if count != empty[name]}
    # The key of ticket links and the desk's own stream are the installation's, not the customer's.
    assert set(left) <= {"settings", "streams", "events"}
    with database.read() as session:
        assert session.scalars(select(Event.stream).where(Event.stream != events.DESK)).all() == []


def test_a_younger_conversation_stays_whole(database: Database) -> None:
    with database.write() as session:
        conversation(session, days_ago=40)
        kept = conversation(session, days_ago=10)
    assert sweep(database, retention_days=30) == 1
    with database.read() as session:
        assert session.scalars(select(Conversation.id)).all() == [kept]
        assert session.scalar(select(func.count()).select_from(Feedback)) == 1
        assert gaps.count_open(session) == 1


def test_without_a_limit_conversations_are_kept_and_old_traces_are_not(database: Database) -> None:
    with database.write() as session:
        conversation(session, days_ago=400)
        conversation(session, days_ago=10)
    assert sweep(database, retention_days=0, trace_days=90) == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Conversation)) == 2
        assert session.scalar(select(func.count()).select_from(Trace)) == 1


def test_past_questions_go_after_as_many_days_as_conversations(database: Database) -> None:
    with database.write() as session:
        for age in (10, 40):
            row = Trial(name=f"{age}", seed=1, sample_size=40, error_budget=0.05, created_at=NOW - timedelta(days=age))
            session.add(row)
            session.flush()
            session.add(TrialQuestion(trial_id=row.id, number=1, row=2, text="Where is Mia's parcel?", locale="en"))
    sweep(database, 0)
    assert (rows(database)["trials"], rows(database)["trial_questions"]) == (2, 2)
    sweep(database, 30)
    assert (rows(database)["trials"], rows(database)["trial_questions"]) == (1, 1)
