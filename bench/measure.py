"""The measurements: each returns the rows of the result that it fills."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from bench import plans, queries
from bench.answers import difference
from bench.client import Job, Measured, Target
from bench.ground import Ground, Tenant
from bench.questions import Questions, contact, send, to_gateway
from bench.rows import Row
from bench.sheets import sheets

ROOT = Path(__file__).parent.parent
#: Answers that are compared before anything is measured.
COMPARED = 12
NEW_DOCUMENTS = 80


class Different(Exception):
    """Two servers answer the same question differently: there is nothing to compare."""


@dataclass
class Bench:
    """The servers that run, what they are asked, and how long."""

    ground: Ground
    ports: dict[str, int]
    questions: Questions
    seconds: float
    rounds: int
    figures: dict[str, Measured] = field(default_factory=dict)

    def check(self, question: str) -> None:
        """All servers say the same, or nobody is measured."""
        asked = self.questions[question]
        count = min(COMPARED, len(asked["gateway"].requests))
        for index in range(count):
            found = {
                name: one.read(send(self.ports[name], one.requests[index]))
                for name, one in asked.items()
                if name in self.ports
            }
            ours = found.pop("gateway")
            for name, theirs in found.items():
                if where := difference(ours, theirs):
                    raise Different(f"{question}, gateway and {name}: {where}")

    def run(
        self, targets: list[Target], *, many: bool = True, rounds: int | None = None, **options: Any
    ) -> dict[str, Measured]:
        job = Job(targets, self.seconds, rounds or self.rounds, many, **options)
        done = subprocess.run(
            [sys.executable, "-m", "bench.client"],
            input=pickle.dumps(job),
            stdout=subprocess.PIPE,
            cwd=ROOT,
            check=True,
        )
        found: dict[str, Measured] = pickle.loads(done.stdout)
        self.figures |= found
        return found

    def targets(self, question: str) -> list[Target]:
        return [
            Target(f"{question} {name}", self.ports[name], one.requests)
            for name, one in self.questions[question].items()
            if name in self.ports
        ]

    def gateway(self, name: str, requests: list[bytes]) -> Target:
        return Target(name, self.ports["gateway"], requests)


def overview(bench: Bench) -> Iterator[Row]:
    for question in ("overview-charts", "mixed", "overview"):
        bench.check(question)
    mixed = bench.gateway("mixed gateway", bench.questions["mixed"]["gateway"].requests)
    found = bench.run([*bench.targets("overview-charts"), mixed])
    found |= bench.run(bench.targets("overview"))
    yield from _beside(found, "overview-charts", "Overview with charts", "≤ 0.9×", "≥ 3.5×")
    yield from _beside(found, "overview", "Overview without charts", "≤ 1.15×", "≥ 2.6×")
    found |= {
        f"mixed {name}": found[f"overview-charts {name}"]
        for name in ("handwritten", "postgraphile")
        if f"overview-charts {name}" in found
    }
    yield from _beside(found, "mixed", "… with charts and a hand-written async field",
                       "≤ 1.2×", "≥ 2.4×")  # fmt: skip
    for question, what in (("overview", "without"), ("overview-charts", "with")):
        yield _faster(found, question, "idiomatic", f"Overview {what} charts", "≥ 35×")


def several(bench: Bench) -> Iterator[Row]:
    for question, what, goal in (
        ("overviews-charts", "with", "≤ 0.6×"),
        ("overviews", "without", "≤ 0.8×"),
    ):
        bench.check(question)
        found = bench.run(bench.targets(question), many=False)
        yield _slower(found, question, f"50 Overviews in one request, {what} charts", goal)


def contacts(bench: Bench) -> Iterator[Row]:
    bench.check("list")
    found = bench.run(bench.targets("list"))
    yield from _beside(found, "list", "list of 50 contacts", "≤ 1.05×", "≥ 1.7×")


def tenants(bench: Bench) -> Iterator[Row]:
    """Equally many requests, all of one tenant or each of another."""
    small = bench.ground.small
    one = [_small(small[0], turn) for turn in range(len(small))]
    each = [_small(tenant, 0) for tenant in small]
    found = bench.run([bench.gateway("one tenant", one), bench.gateway("fifty tenants", each)])
    alone, turning = found["one tenant"], found["fifty tenants"]
    assert alone.per_second is not None
    assert turning.per_second is not None
    yield Row("Overview, 50 tenants in rotation instead of one, p50", turning.ms / alone.ms,
              "≤ 1.1×", f"{turning.ms:.2f} / {alone.ms:.2f} ms")  # fmt: skip
    yield Row("… requests per second, one tenant against 50", alone.per_second / turning.per_second,
              "≤ 1.1×", f"{alone.per_second:.0f} / {turning.per_second:.0f} req/s")  # fmt: skip


def _small(tenant: Tenant, turn: int) -> bytes:
    key = tenant.contacts[turn % len(tenant.contacts)]
    return to_gateway(tenant, queries.OVERVIEW_CHARTS, id=contact(key))


def tree(bench: Bench) -> Iterator[Row]:
    goals = {"TREE-10": 1, "TREE-1K": 5, "TREE-50K": 2, "TREE-DORMANT": 100}
    grand, roots = bench.ground.grand, bench.ground.roots
    log = bench.ground.settings.home / "logs" / "gateway.log"
    start = log.stat().st_size
    targets = [
        bench.gateway(root, [to_gateway(grand, queries.TREE_PAGE, id=contact(roots[root]))])
        for root in goals
    ]
    found = bench.run(targets, many=False)
    for root, goal in goals.items():
        yield Row(f"missions below {root}, newest 50, p50", found[root].ms, f"≤ {goal} ms")
    counts = _statements(log, start, "Tree")
    yield Row("… statements at most", max(counts), "≤ 1 statements", f"{sorted(counts)}")
    request = to_gateway(grand, queries.TREE_TOTAL, id=contact(roots["TREE-50K"]))
    found = bench.run([bench.gateway("total", [request])], many=False)
    yield Row("how many missions below TREE-50K, p50", found["total"].ms, "≤ 25 ms")


def _statements(log: Path, start: int, operation: str) -> set[int]:
    """How many statements the gateway's own log says that an operation took."""
    with log.open() as lines:
        lines.seek(start)
        entries = (json.loads(line) for line in lines if line.startswith("{"))
        return {e["statements"] for e in entries if e.get("operation") == operation}


def move(bench: Bench) -> Iterator[Row]:
    """A tree of a thousand is hung below another root, and back again."""
    grand, roots = bench.ground.grand, bench.ground.roots
    there, back = (
        to_gateway(
            grand,
            queries.MOVE,
            input={"id": contact(roots["TREE-1K"]), "parentId": contact(roots[parent])},
        )
        for parent in ("TREE-DORMANT", "TREE-50K")
    )
    for request in (there, back):
        answer = send(bench.ports["gateway"], request)["data"]["contactMove"]
        if answer["userErrors"]:
            raise RuntimeError(f"the move is refused: {answer['userErrors']}")
    found = bench.run([bench.gateway("move", [there, back])], many=False, rounds=1)
    send(bench.ports["gateway"], back)
    yield Row("moving a subtree of 1 000, p50", found["move"].ms, "≤ 50 ms")


def first(bench: Bench) -> Iterator[Row]:
    """Documents that nobody has sent before, with somebody else asking all the while."""
    grand = bench.ground.grand
    key = contact(grand.contacts[0])
    known = [to_gateway(grand, queries.OVERVIEW_CHARTS, id=key)]
    new = [
        to_gateway(grand, queries.OVERVIEW_CHARTS.replace("{ id ", f"{{ new{turn}: id "), id=key)
        for turn in range(NEW_DOCUMENTS)
    ]
    seen = bench.run([bench.gateway("known", known)], many=False, ping="/healthz")["known"]
    found = bench.run([bench.gateway("new", new)], many=False, rounds=1, once=True,
                      ping="/healthz")["new"]  # fmt: skip
    assert found.stall_ms is not None
    assert seen.stall_ms is not None
    yield Row("first sight of a document: parse, validate, plan, p50", found.ms - seen.ms,
              "≤ 15 ms", f"{found.ms:.1f} ms, then {seen.ms:.2f} ms")  # fmt: skip
    yield Row("… longest wait of another request meanwhile", found.stall_ms,
              "≤ 20 ms", f"{seen.stall_ms:.1f} ms with known documents")  # fmt: skip


def security(bench: Bench) -> Iterator[Row]:
    found = uvloop.run(plans.security(bench.ground, bench.seconds, bench.rounds))
    yield Row("row-level security on against off, the Overview's statement, p50",
              found[0] / found[1], "≤ 1.1×", f"{found[0]:.2f} / {found[1]:.2f} ms")  # fmt: skip


def night(bench: Bench) -> Iterator[Row]:
    """What was measured when the set was made."""
    seconds = bench.ground.seconds
    yield Row("charts of the first night, 100 k contacts", seconds["first night"], "≤ 60 s")
    yield Row("a night without changes", seconds["night without changes"], "≤ 10 s")


def _beside(
    found: dict[str, Measured], question: str, what: str, goal: str, other_goal: str
) -> Iterator[Row]:
    yield _slower(found, question, what, goal)
    if f"{question} postgraphile" in found:
        yield _faster(found, question, "postgraphile", what, other_goal)


def _slower(found: dict[str, Measured], question: str, what: str, goal: str) -> Row:
    ours, theirs = found[f"{question} gateway"], found[f"{question} handwritten"]
    return Row(
        f"{what}: p50 against hand-written SQL",
        ours.ms / theirs.ms,
        goal,
        f"{ours.ms:.2f} / {theirs.ms:.2f} ms, {ours.bytes / 1000:.0f} kB",
    )


def _faster(found: dict[str, Measured], question: str, other: str, what: str, goal: str) -> Row:
    ours, theirs = found[f"{question} gateway"].per_second, found[f"{question} {other}"].per_second
    assert ours is not None
    assert theirs is not None
    title = {"postgraphile": "PostGraphile", "idiomatic": "an idiomatic server"}[other]
    return Row(
        f"{what}: requests per second against {title}",
        ours / theirs,
        goal,
        f"{ours:.0f} / {theirs:.0f} req/s",
    )


MEASUREMENTS = {
    one.__name__: one
    for one in (overview, several, contacts, tenants, tree, move, first, security, night, sheets)
}
