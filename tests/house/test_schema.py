"""The schema explains itself."""

from __future__ import annotations

import re

from gateway.modules import load_modules
from gateway.schema import schema_of

SDL = schema_of(load_modules()).as_str()


def test_every_mutation_says_what_it_refuses() -> None:
    mutations = re.search(r"type Mutation \{(.*?)\n\}", SDL, re.S)
    assert mutations is not None
    described = re.findall(r'"""(.*?)"""\s*(\w+)\(', mutations[1], re.S)

    assert [name for text, name in described if "Refuses" not in text] == []
