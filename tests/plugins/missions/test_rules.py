"""The table of transitions, looked at as a whole."""

from __future__ import annotations

from plugins.missions.rules import BEGUN, OPEN, OVER, TRANSITIONS, MissionStatus


def reachable(start: MissionStatus) -> set[MissionStatus]:
    found, waiting = {start}, [start]
    while waiting:
        for after in TRANSITIONS[waiting.pop()]:
            if after not in found:
                found.add(after)
                waiting.append(after)
    return found


def test_r059_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(MissionStatus)
    assert len(MissionStatus) == 13


def test_r059_every_status_can_be_reached_and_every_mission_can_end() -> None:
    assert reachable(MissionStatus.NEW) == set(MissionStatus)
    for status in OPEN:
        assert reachable(status) & OVER, status


def test_r059_no_work_that_has_begun_is_cancelled() -> None:
    for status in BEGUN:
        assert MissionStatus.CANCELLED not in reachable(status)
