"""What the module knows of persons: that their contact is still worked for."""

from __future__ import annotations

from core.kit.activity import PersonActivity
from plugins.missions.models import ContactActivity

ACTIVITY = [
    PersonActivity(
        "MISSION",
        ContactActivity.last_mission_at,
        lambda key, identifier, contact: ContactActivity.contact_id == contact,
    )
]
