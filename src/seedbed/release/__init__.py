"""Immutable releases: engines, the gate, the store."""
