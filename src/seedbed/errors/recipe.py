"""The recipe cannot be read or makes no sense: SB1xx."""

from __future__ import annotations

from seedbed.errors.base import SeedbedError


class RecipeError(SeedbedError):
    """The recipe cannot be read or makes no sense."""

    code = "SB100"
    title = "the recipe cannot be used"


class RecipeMissing(RecipeError):
    """There is no recipe at the path given."""

    code = "SB101"
    title = "no recipe there"


class RecipeSyntax(RecipeError):
    """The recipe is not YAML, or not a mapping."""

    code = "SB102"
    title = "the recipe is not valid YAML"


class UnknownKey(RecipeError):
    """A key that no recipe has; the nearest known key is named."""

    code = "SB103"
    title = "unknown key in the recipe"


class WrongValue(RecipeError):
    """A value of the wrong type, out of its range, or at odds with another."""

    code = "SB104"
    title = "wrong value in the recipe"
