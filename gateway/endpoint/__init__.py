"""GraphQL over HTTP: one address, by the public specification of that name."""

from gateway.endpoint.handler import GraphQLEndpoint

__all__ = ["GraphQLEndpoint"]
