"""Each module's migrations are one chain: what follows what is never left to chance."""

from __future__ import annotations

import re
from collections import Counter

from gateway.modules import load_modules

_REVISION = re.compile(r'^(revision|down_revision) = "?(\w+)"?', re.MULTILINE)


def test_each_modules_migrations_are_one_chain() -> None:
    for name, migrations in load_modules().migrations().items():
        read = [dict(_REVISION.findall(p.read_text())) for p in migrations.folder.glob("*.py")]
        before = Counter(each["down_revision"] for each in read if "revision" in each)
        heads = {each["revision"] for each in read if "revision" in each} - set(before)

        assert len(heads) <= 1, f"{name} ends in {sorted(heads)}"
        assert set(before.values()) <= {1}, f"{name} branches: {before}"
