"""`twin`: a linear head on two texts that are read apart and compared. Seconds to a minute."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from seedbed.backbones.modalities.twins import Twins
from seedbed.tune.context import CHOICE_ROWS, Context
from seedbed.tune.rungs.probe import Probe


class Twin(Probe):
    """The probe, over a bi-encoder: features |u - v|, u · v and cos(u, v) of each pair."""

    name: ClassVar[str] = "twin"
    modalities: ClassVar[tuple[str, ...] | None] = ("text",)

    def __init__(self, context: Context) -> None:
        super().__init__(_apart(context))


def _apart(context: Context) -> Context:
    """Return the run with pairs read text by text; the same one whenever it is asked for."""
    found: Context | None = vars(context).get("twins")
    if found is None:
        found = vars(context)["twins"] = replace(context)
        some = [context.train.inputs[row] for row in context.some(CHOICE_ROWS)]
        own = vars(found)
        own["backbone"] = context.backbone
        own["modality"] = Twins.choose(context.backbone, context.recipe.train, some)
    return found
