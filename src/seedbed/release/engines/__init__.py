"""Ways of answering, one file an engine."""
