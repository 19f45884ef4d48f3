"""The recipe: one YAML file that is the whole truth of a run.

`load` reads and checks it, `dump` writes it back with every default filled in, and reading that
file again gives an equal recipe.
"""

from seedbed.recipe.file import dump, load, nearest, override, parse, validate
from seedbed.recipe.schema import (
    LONGEST_CHOSEN,
    Budget,
    Data,
    Gate,
    Judge,
    Ladder,
    Name,
    Part,
    Pretrain,
    Quality,
    Recipe,
    Search,
    Settings,
    Train,
    Value,
)

__all__ = [
    "LONGEST_CHOSEN",
    "Budget",
    "Data",
    "Gate",
    "Judge",
    "Ladder",
    "Name",
    "Part",
    "Pretrain",
    "Quality",
    "Recipe",
    "Search",
    "Settings",
    "Train",
    "Value",
    "dump",
    "load",
    "nearest",
    "override",
    "parse",
    "validate",
]
