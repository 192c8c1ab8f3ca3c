"""The crm module's part of the demo data."""

from plugins.crm.demo.bulk import BULK
from plugins.crm.demo.story import story

__all__ = ["BULK", "story"]
