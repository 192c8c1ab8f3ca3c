"""Stored documents: GraphQL texts that a tenant keeps here, run by their hash, planned at start."""
