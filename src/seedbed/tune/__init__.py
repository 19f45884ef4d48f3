"""The ladder: rungs, the training loop, the stop rule."""
