"""A scope of the API as the levels that a suspension keeps."""

from __future__ import annotations

from strawberry import UNSET

from core.kit.settle import Levels, Scope
from plugins.crm import rules


def reach_of(scope: Scope) -> rules.Reach:
    return rules.Reach.of(scope.own, _levels(scope.ancestors), _levels(scope.descendants))


def _levels(given: Levels | None) -> rules.Levels:
    if given is None or given is UNSET:
        return None
    if given.at is not None and given.at is not UNSET:
        return given.at
    return bool(given.all)
