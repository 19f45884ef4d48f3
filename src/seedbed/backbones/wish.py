"""What a causal model is to write, whatever computes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Wish:
    """How one prompt is to be answered.

    Attributes:
        ids: The prompt's tokens.
        most: Tokens to write at most.
        temperature: Of the draw; 0 takes the likeliest.
        seed: Behind the draw.
        ended: Told of what was written so far; whether it has come to a stop.
        written: What was written.
        stopped: Whether it ended by itself.
    """

    ids: Sequence[int]
    most: int
    temperature: float
    seed: int
    ended: Callable[[list[int]], bool]
    written: list[int] = field(default_factory=list)
    stopped: bool = False
