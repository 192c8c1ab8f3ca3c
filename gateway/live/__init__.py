"""Subscriptions: questions that are answered anew while somebody watches."""

from gateway.live.door import Live

__all__ = ["Live"]
