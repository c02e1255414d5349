"""Numbers for Prometheus, in a registry of their own so that two containers in one process do not mix."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """Everything that is counted. No label ever holds what a person wrote or who they are."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.request_seconds = Histogram(
            "askdesk_request_seconds",
            "Time to answer a request, by route template.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.turn_seconds = Histogram(
            "askdesk_turn_seconds",
            "Time from a customer's message to the stored reply, by outcome.",
            ("outcome",),
            registry=self.registry,
        )
        self.jobs = Counter(
            "askdesk_jobs", "Jobs that ended, by kind and result.", ("kind", "result"), registry=self.registry
        )
        self.jobs_queued = Gauge("askdesk_jobs_queued", "Jobs that wait for a worker.", registry=self.registry)

    def exposition(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self.registry)
