"""Finance's part of the demo data."""

from core.kit.modules import Demo
from plugins.finance.demo.bulk import FILL
from plugins.finance.demo.story import story

DEMO = Demo(story, FILL)

__all__ = ["DEMO"]
