"""Measures the gateway against hand-written SQL, PostGraphile and an idiomatic server."""
