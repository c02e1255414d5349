"""What agents do: see tickets, reply, take over, give back, solve; and what happens when nobody does in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assistant.channels.live import Live
from assistant.desk.ground import Ground, Payload
from assistant.desk.lookout import Lookout, Mark, News
from assistant.desk.macros import Macros
from assistant.desk.mails import Mails
from assistant.desk.promises import Promises
from assistant.desk.replies import Replies
from assistant.desk.tickets import Page, Tickets
from assistant.desk.turns import Turns
from assistant.desk.work import Work
from assistant.domain.installation import InstallationSettings
from assistant.storage.database import Database

__all__ = ["Desk", "Mark", "News", "Page"]


class Desk:
    """The parts of this use case over one database.

    ``tickets`` reads; ``work`` changes fields; ``replies`` writes to customers and takes back; ``turns`` decides who
    speaks; ``promises`` returns what was not answered in time; ``lookout`` follows events; ``macros`` keeps canned
    replies; ``mails`` reaches customers who have left.
    """

    def __init__(self, database: Database, live: Live, installed: Callable[[], InstallationSettings]) -> None:
        ground = Ground(database, live, installed)
        self.live = live
        self.tickets = Tickets(ground)
        self.work = Work(ground)
        self.replies = Replies(ground)
        self.turns = Turns(ground)
        self.promises = Promises(ground)
        self.lookout = Lookout(ground)
        self.macros = Macros(ground)
        self.mails = Mails(ground)

    def handlers(self) -> Mapping[str, Callable[[Payload], None]]:
        """What the worker calls for the jobs of the desk, by kind."""
        return {"deliver": self.replies.deliver, "mail": self.mails.send}
