"""The people module's part of the demo data."""

from plugins.people.demo.bulk import BULK
from plugins.people.demo.story import story

__all__ = ["BULK", "story"]
