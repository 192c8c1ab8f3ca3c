"""The modules that ship with the gateway."""
