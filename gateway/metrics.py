"""What the gateway counts about itself, for Prometheus."""

from __future__ import annotations

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counters of one application. A registry of its own, so that two in one process don't mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "fieldgate_requests",
            "GraphQL requests by how they ended.",
            ["outcome"],
            registry=self.registry,
        )
        self.executions = Counter(
            "fieldgate_executions",
            "Operations by the way they were run: planned, mixed or plain; and plans given up.",
            ["way"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "fieldgate_request_seconds",
            "Time from the first byte read to the answer.",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.statements = Counter(
            "fieldgate_statements",
            "SQL statements sent for GraphQL requests.",
            registry=self.registry,
        )
        self.set_aside = Counter(
            "fieldgate_fields_set_aside",
            "How often a field was left out of plans for a while, because it failed.",
            ["field"],
            registry=self.registry,
        )
        self.refused = Counter(
            "fieldgate_refused",
            "Documents over a limit, by limit.",
            ["limit"],
            registry=self.registry,
        )
        self.live_connections = Gauge(
            "fieldgate_live_connections",
            "Open connections of those who watch, by transport.",
            ["transport"],
            registry=self.registry,
        )
        self.live_operations = Gauge(
            "fieldgate_live_operations", "What is being watched.", registry=self.registry
        )
        self.live_answers = Counter(
            "fieldgate_live_answers", "Answers sent to those who watch.", registry=self.registry
        )
        self.live_ended = Counter(
            "fieldgate_live_ended",
            "Operations that were watched, by how they ended.",
            ["outcome"],
            registry=self.registry,
        )

        self.outside_seconds = Histogram(
            "fieldgate_outside_seconds",
            "Time that other servers took, by server and by how it ended.",
            ["server", "outcome"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.outside_left_alone = Gauge(
            "fieldgate_outside_left_alone",
            "1 while a server is left alone because it failed several times in a row.",
            ["server"],
            registry=self.registry,
        )

        #: To look up a label takes as long as to count: these are few.
        self.of_outcome = cache(self.requests.labels)
        self.of_way = cache(self.executions.labels)

    def answered(self, server: str, outcome: str, seconds: float) -> None:
        self.outside_seconds.labels(server, outcome).observe(seconds)

    def left_alone(self, server: str, is_open: bool) -> None:
        self.outside_left_alone.labels(server).set(is_open)

    def text(self) -> bytes:
        return generate_latest(self.registry)
