"""`pseudo`: the best rung so far labels the rows without labels, and they are learnt. Minutes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from seedbed.errors import RungUnavailable
from seedbed.home import written_aside
from seedbed.tasks.base import Floats
from seedbed.tune.climbed import best, chances
from seedbed.tune.rungs.taught import Taught
from seedbed.tune.stop import Said


class Pseudo(Taught):
    """`full` on the training rows, and on rows that the best rung below has labelled.

    Its labels are the chances that the rung gives (self-training: Scudder 1965; Xie et al. 2020
    with soft labels), by weights and a head that did not learn from the validation rows: these tell
    whether the others helped. (They did choose among that rung's epochs; and where it is `distill`,
    the releases that taught it may have learnt them.) It is released only where it leads by more
    than chance: few validation rows are noisy, and what it learnt of the others may be wrong.
    """

    name: ClassVar[str] = "pseudo"
    proves: ClassVar[bool] = True

    def unfit(self) -> Said | None:
        """Say that there are no rows without labels."""
        if len(self.context.unlabeled):
            return None
        return {
            "en": "it needs rows without labels: name their file in data.unlabeled",
            "zh": "它需要没有标签的行：请在 data.unlabeled 中给出文件",
        }

    def teaching_seconds(self) -> float:
        """Return the seconds in which the rows without labels are labelled."""
        return float(self.context.others[1].sum()) / self.context.speed.forward

    def lesson(self) -> tuple[Floats, Floats]:
        """Return the training rows' labels, and what the best rung below says of the others.

        Raises:
            RungUnavailable: there is no rung below that reads with the base model.
        """
        teacher = best(self.context)
        if teacher is None or not len(self.context.unlabeled):
            raise RungUnavailable(
                expected="a rung below that reads with the base model, and rows without labels",
                got="none",
                do="Name probe before it in ladder.rungs, and a file in data.unlabeled.",
                zh="它需要前面有一级用基础模型读取，还需要没有标签的行；"
                "请在 ladder.rungs 中把 probe 放在它前面，并在 data.unlabeled 中给出文件",
            )
        path = self.told
        if not path.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            found = chances(self.context, teacher, self.context.unlabeled)
            with written_aside(path) as aside, aside.open("wb") as handle:
                np.savez(handle, others=found)
        return self.truth(), np.load(path)["others"]
