"""Undoing imports of persons whose rows are written a few at a time: the import's own doing is
nobody's change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Tenant
from tests.importing import Importing, table
from tests.plugins.people.test_imports import HEADERS, MAIN, names, people, person


@pytest.fixture(autouse=True)
def _one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.importing.services.rows.AT_ONCE", 1)


async def unversioned(tenant: Tenant) -> list[Any]:
    return [{**one, "version": 0} for one in await people(tenant)]


async def kept(importing: Importing, batch: Any) -> list[str | None]:
    return [(row["kept"] or {}).get("code") for row in await importing.rows(batch)]


async def test_r051_who_was_promoted_by_a_later_row_of_the_same_file_is_taken_back(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    one = await tenant.contact("C1", reference="C1")
    await tenant.contact("C2", reference="C2")
    old = await person(tenant, "Old", one)
    before = await unversioned(tenant)
    batch = await importing.apply(
        table(HEADERS, ["", "C1", "", "New", "", ""], [old, "C2", "", "", "", ""]),
        sheet="persons",
    )
    assert await names(tenant) == {"Old": ("C2", True), "New": ("C1", True)}

    undone = await importing.do("importUndo", batch["id"])

    assert await kept(importing, undone) == [None, None]
    assert (undone["counts"]["undone"], undone["counts"]["kept"]) == (2, 0)
    assert await unversioned(tenant) == before


async def test_r051_who_was_changed_promoted_and_changed_again_has_all_of_it_back(
    importing: Importing,
) -> None:
    """Two imports: what the first has done is somebody else's doing to the second."""
    tenant = importing.tenant
    one = await tenant.contact("C1", reference="C1")
    two = await tenant.contact("C2", reference="C2")
    old, next_ = [await person(tenant, name, one) for name in ("Old", "Next")]
    third = await person(tenant, "Third", two)
    first = await importing.apply(
        table(HEADERS, [next_, "", "Eva", "", "", ""], [third, "C1", "", "", "", ""],
              [old, "C2", "", "", "", ""]),
        sheet="persons",
    )  # fmt: skip
    assert await names(tenant) == {
        "Old": ("C2", True), "Next": ("C1", True), "Third": ("C1", False),
    }  # fmt: skip
    second = await importing.apply(
        table(HEADERS, [next_, "", "", "", "n@c1.fr", ""]), sheet="persons"
    )

    undone = await importing.do("importUndo", first["id"])
    assert await kept(importing, undone) == ["CHANGED_SINCE", None, None]
    await importing.do("importUndo", second["id"])
    undone = await importing.do("importUndo", first["id"])

    assert await kept(importing, undone) == ["CHANGED_SINCE", None, None]
    found = {p["lastName"]: p for p in await people(tenant)}
    assert found["Next"]["firstName"] == "Eva"
    # Who has been changed by another stays what she was made: the primary person.
    assert await names(tenant) == {
        "Old": ("C1", False), "Next": ("C1", True), "Third": ("C2", True),
    }  # fmt: skip


async def test_r051_whose_place_was_taken_by_a_row_of_the_same_file_has_it_back(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    one = await tenant.contact("C1", reference="C1")
    old = await person(tenant, "Old", one)
    await person(tenant, "Other", one)
    before = await unversioned(tenant)
    batch = await importing.apply(
        table(MAIN, [old, "", "Older", ""], ["", "C1", "New", "oui"]), sheet="persons"
    )
    assert await names(tenant) == {
        "Older": ("C1", False), "Other": ("C1", False), "New": ("C1", True),
    }  # fmt: skip

    undone = await importing.do("importUndo", batch["id"])

    assert await kept(importing, undone) == [None, None]
    assert await unversioned(tenant) == before


async def test_r051_what_somebody_changed_after_a_promotion_stays(importing: Importing) -> None:
    tenant = importing.tenant
    one = await tenant.contact("C1", reference="C1")
    await tenant.contact("C2", reference="C2")
    old = await person(tenant, "Old", one)
    batch = await importing.apply(
        table(HEADERS, ["", "C1", "", "New", "", ""], [old, "C2", "", "", "", ""]),
        sheet="persons",
    )
    new = next(p["id"] for p in await people(tenant) if p["lastName"] == "New")
    await tenant.do("personUpdate", id=new, firstName="Eva")

    undone = await importing.do("importUndo", batch["id"])

    assert await kept(importing, undone) == ["CHANGED_SINCE", None]
    assert await names(tenant) == {"Old": ("C1", False), "New": ("C1", True)}
    (found,) = [p for p in await people(tenant) if p["lastName"] == "New"]
    assert (found["id"], found["firstName"]) == (new, "Eva")


async def test_r051_two_imports_that_move_the_same_persons_are_undone_one_after_the_other(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    one = await tenant.contact("C1", reference="C1")
    await tenant.contact("C2", reference="C2")
    old = await person(tenant, "Old", one)
    before = await unversioned(tenant)
    first = await importing.apply(
        table(HEADERS, ["", "C1", "", "New", "", ""], [old, "C2", "", "", "", ""]),
        sheet="persons",
    )
    between = await unversioned(tenant)
    second = await importing.apply(table(HEADERS, [old, "C1", "", "", "", ""]), sheet="persons")

    undone = await importing.do("importUndo", second["id"])
    assert (undone["counts"]["undone"], await unversioned(tenant)) == (1, between)
    undone = await importing.do("importUndo", first["id"])

    assert await kept(importing, undone) == [None, "CHANGED_SINCE"]
    assert [p for p in await unversioned(tenant) if p["id"] != old] == []
    assert [p["lastName"] for p in before] == ["Old"]


async def test_r046_who_was_erased_meanwhile_is_left_as_they_are(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of them, the import has kept nothing that it could give back."""
    tenant = importing.tenant
    old = await person(tenant, "Old", email="old@c1.fr")
    batch = await importing.apply(
        table(HEADERS, [old, "", "Eva", "", "", ""], ["", "", "Noé", "New", "", ""],
              ["", "", "Léa", "Third", "", ""]),
        sheet="persons",
    )  # fmt: skip
    new = (await importing.rows(batch))[1]["targetId"]
    monkeypatch.setattr("plugins.people.jobs.get_settings", lambda: tenant.house.settings)
    for identifier, name in ((old, "Eva Old"), (new, "Noé New")):
        await tenant.do("personErase", id=identifier, confirmName=name)
        await importing.work()

    undone = await importing.do("importUndo", batch["id"])

    assert (undone["state"], undone["job"]["state"]) == ("UNDONE", "SUCCEEDED")
    assert await kept(importing, undone) == ["CHANGED_SINCE", "CHANGED_SINCE", None]
    assert {p["firstName"] for p in await people(tenant)} == {None}
