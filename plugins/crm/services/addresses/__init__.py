"""Addresses: what is suggested for what is typed, and where they are."""

from plugins.crm.services.addresses.france import FRANCE
from plugins.crm.services.addresses.google import GOOGLE
from plugins.crm.services.addresses.ign import IGN
from plugins.crm.services.addresses.photon import PHOTON

PROVIDERS = (FRANCE, IGN, PHOTON, GOOGLE)
