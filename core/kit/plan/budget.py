"""How large a document may be to be planned; the plain execution takes what is larger."""

from __future__ import annotations

from typing import Any

from core.kit.plan.leaves import NotPlanned
from core.kit.relation import Relation
from core.kit.sources import AnyNode, Value

#: With those of fragments, as often as they are spread: planning looks at each.
MOST_FIELDS = 2000
#: Nested in one statement. Each takes a millisecond to plan, here and in the database again.
MOST_SELECTS = 150


class Budget:
    """What is left of it while one operation is planned."""

    def __init__(self) -> None:
        self.selects = 0

    def spend(self, source: Any) -> None:
        """Count what a field comes from, or raise :class:`NotPlanned`."""
        self.selects += isinstance(source, Relation | AnyNode | Value)
        if self.selects > MOST_SELECTS:
            raise NotPlanned(f"it reads over {MOST_SELECTS} relations and values")
