"""What is made ready ahead of its turn is what would be found when its turn has come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.importing.contacts.ground import Ground
from core.importing.contacts.looking import look, read
from core.importing.services.ahead import BY_NUMBER, Following, look_ahead
from core.importing.services.ahead import Alone as Place
from core.importing.services.batches import own
from core.kit.importing import ImportRow
from tests.importing import Importing, table

KEY = UUID(int=1)
GROUND = Ground(
    KEY, "FR", {"C1": [{"id": KEY, "archived_at": None, "version": 1, "name": "Dalkia"}]},
    {"C1": [(KEY, "Dalkia")]}, {}, {"clients": (KEY, "Clients")}, {KEY: "Clients"}, {}, {},
)  # fmt: skip
TEXTS = st.sampled_from(
    ["", "a", "Dalkia", "#REF!", "0612345678", "6.1E+5", "call me", "x" * 300, "C1", "C2", "12",
     "45,5", "4.25", "95", "-200", "nan", "a@b.example", "https://b.example", "France", "FR",
     "Clients", "bailleur locataire", "a\tb"]
)  # fmt: skip
FIELDS = (
    "reference", "name", "group", "parentReference", "parentKind", "street", "postcode", "town",
    "country", "phone", "email", "website", "information", "latitude", "longitude", "owner",
)  # fmt: skip
CELLS = st.dictionaries(st.sampled_from(FIELDS), st.none() | TEXTS)


@given(CELLS)
def test_r051_a_row_that_was_looked_at_ahead_does_the_same(cells: dict[str, str | None]) -> None:
    def found(*, is_new: bool) -> Any:
        ready = read(cells, "FR", is_new=is_new)
        rows = [ImportRow(KEY, 2, cells, KEY, read=ready) for _ in range(2)]
        for row in rows:  # of a thousand that are halved, each is looked at again
            look(row, GROUND)
        assert rows[0] == rows[1]
        return rows[0], list(rows[0].changes.items()), list(rows[0].values.get("contact", ()))

    (now, changes, values), (ahead, *same) = found(is_new=False), found(is_new=True)
    now.read = ahead.read
    assert (ahead, *same) == (now, changes, values)


async def test_r058_the_next_rows_wait_until_the_database_is_busy(importing: Importing) -> None:
    made = await importing.read(table(["Nom"], ["One"], ["Two"]))
    place = Place()
    async with importing.tenant.session() as session:
        batch = await own(session, UUID(made["id"].removeprefix("import_batch_")), None)
        look_ahead(place)  # nothing yet
        found = await Following(session, batch, [], BY_NUMBER).take(place)
        assert [row.number for row in found] == [2, 3]
        assert place.ahead.rows is None

        look_ahead(place)
        begun = place.ahead.rows
        look_ahead(place)
        assert place.ahead.rows is begun
        assert await begun == []
