"""The demo's contacts: a story told by the services, and a large set made by SQL."""

from core.demo.bulk import BULK, parameters
from core.demo.cast import ATELIER, HORIZON, Cast
from core.demo.mails import mails
from core.demo.story import story

__all__ = ["ATELIER", "BULK", "HORIZON", "Cast", "mails", "parameters", "story"]
