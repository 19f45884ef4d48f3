"""`mlp`: a small network with embedded categories. Seconds to minutes."""

from __future__ import annotations

import math
import time
from itertools import pairwise
from typing import Any, ClassVar, cast

import numpy as np
import torch
from torch import Tensor, nn

from seedbed.backbones.mlp import Mlp, Scaled
from seedbed.data.columns import Columns
from seedbed.tasks.base import Floats
from seedbed.tune.context import Index
from seedbed.tune.rows import Deal
from seedbed.tune.rungs.base import APART, Candidate, Rung

HIDDEN = 64
DROPOUT = 0.3
RATE, DECAY = 2e-3, 1e-2
BATCH, MOST_BATCH = 64, 1024
STEPS = 1_500
"""Of a training, about; few rows are passed over more often."""
STOPS = 10
"""Equal parts of a training, at the end of each of which it may be stopped."""
STEP_SECONDS = 1.2e-3


class MlpRung(Rung):
    """Adam with decay; how long it learns is chosen by held-out answers."""

    name: ClassVar[str] = "mlp"
    kind: ClassVar[str] = "mlp"

    def estimate(self) -> float:
        """Return the steps of all folds, timed by experience."""
        deal = Deal(self.context)
        width = 1 + len(self.context.train.inputs[0]) / 200
        return 2.0 + STEPS * STEP_SECONDS * width * (len(deal.parts) + 1.5)

    def climb(self) -> Candidate:
        """Train on each part, choose how long, and train on all."""
        began = time.monotonic()
        context, deal = self.context, Deal(self.context)
        columns = Columns.fit(context.train.inputs, context.recipe.data.columns)
        vectors = columns.encode(deal.inputs)
        self._scaled = Scaled.fit(columns, vectors[deal.learnt])
        self._read, self._targets = self._scaled(vectors), deal.targets
        with deal.alone():
            return self._chosen(deal, began)

    def _chosen(self, deal: Deal, began: float) -> Candidate:
        every = deal.answered(lambda learn, ask: np.stack(self._train(learn, ask, STOPS)[1]))
        best = deal.best(every)
        for folder, rows in ((self.model, deal.kept), (self.folder / APART / "model", deal.learnt)):
            Mlp(self._scaled, self._train(rows, rows[:1], best + 1)[0]).save(folder)
        logits, held = deal.held(every[best])
        seconds = time.monotonic() - began
        epochs = self._epochs(len(deal.learnt)) * (best + 1) / STOPS
        rate = len(deal.learnt) * epochs * (len(deal.parts) + 1) / seconds
        return Candidate(self.name, self.kind, self.model, seconds, epochs, rate, logits, held)

    @staticmethod
    def _batch(rows: int) -> int:
        return min(MOST_BATCH, max(BATCH, rows // 100))

    def _epochs(self, rows: int) -> int:
        steps = math.ceil(rows / self._batch(rows))
        return STOPS * max(1, round(min(STEPS / steps, 40) / STOPS))

    def _train(self, learn: Index, ask: Index, stops: int) -> tuple[dict[str, Any], list[Floats]]:
        """Return the weights after some stops, and logits of rows to answer at each stop."""
        context = self.context
        torch.manual_seed(context.recipe.seed)
        numbers, levels = (torch.from_numpy(part) for part in self._read)
        targets = torch.from_numpy(self._targets)
        model = Network(numbers.shape[1], self._scaled.sizes, len(context.schema.labels))
        optimizer = torch.optim.AdamW(model.parameters(), RATE, weight_decay=DECAY)
        known = context.label_weights
        weights = None if known is None else torch.from_numpy(known)
        rows, asked = torch.from_numpy(learn), torch.from_numpy(ask)
        size, told = self._batch(len(rows)), []
        for _ in range(stops):
            model.train()
            for _ in range(self._epochs(len(rows)) // STOPS):
                order = rows[torch.randperm(len(rows))]
                for batch in torch.split(order, size):
                    optimizer.zero_grad(set_to_none=True)
                    logits = model(numbers[batch], levels[batch])
                    loss = context.task.loss(logits, targets[batch], context.recipe.train, weights)
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
            model.eval()
            with torch.inference_mode():
                told.append(model(numbers[asked], levels[asked]).numpy())
        return model.tensors(), told


class Network(nn.Module):
    """The network in torch, as `Mlp` computes it.

    Args:
        numbers: How many numbers it reads.
        sizes: Rows of each category's embedding.
        labels: How many logits it gives.
    """

    def __init__(self, numbers: int, sizes: list[int], labels: int) -> None:
        super().__init__()
        widths = [min(16, 1 + math.ceil(math.sqrt(size))) for size in sizes]
        pairs = zip(sizes, widths, strict=True)
        self.embed = nn.ModuleList(nn.Embedding(size, width) for size, width in pairs)
        inside = [numbers + sum(widths), HIDDEN, HIDDEN]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(inside))
        self.head = nn.Linear(HIDDEN, labels)
        for table in self.embed:
            nn.init.normal_(cast(nn.Embedding, table).weight, std=0.1)

    def forward(self, numbers: Tensor, levels: Tensor) -> Tensor:
        """Return logits (b, labels)."""
        embedded = (table(levels[:, i]) for i, table in enumerate(self.embed))
        x = torch.cat([numbers, *embedded], dim=1)
        for layer in self.hidden:
            x = nn.functional.dropout(torch.relu(layer(x)), DROPOUT, self.training)
        logits: Tensor = self.head(x)
        return logits

    def tensors(self) -> dict[str, Any]:
        """Return the weights by the names that `Mlp` reads."""
        named = self.named_parameters()
        return {name: weight.detach().numpy().copy() for name, weight in named}
