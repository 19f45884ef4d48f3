"""Ways of learning, one file a rung."""
