"""Climbs the ladder: asks the stop rule, climbs a rung, measures it, and asks again.

Each decision is written to `ladder.json` in the run's folder before it is acted upon, and each
climbed rung leaves its candidate folder; so a killed run goes on with the decisions it had made.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from seedbed import registry
from seedbed.backbones.batches import memory
from seedbed.errors import MemoryShort, NothingLearned, RungUnavailable, WrongValue
from seedbed.home import disk, read_json, write_json
from seedbed.recipe import Recipe, override
from seedbed.tasks.settle import unasked
from seedbed.tasks.statistics import Interval, bootstrap, paired_bootstrap
from seedbed.tune.climbed import validated
from seedbed.tune.context import FEW_ROWS, Context, seconds_of
from seedbed.tune.memory import give_back
from seedbed.tune.rungs.base import READING, Candidate, Held, Rung
from seedbed.tune.stop import LEAST_GAIN, Ahead, Decision, Said, Standing, decide, worth

MEASURED = ("value", "low", "high", "seconds", "money", "epochs", "rows_per_second", "search")
"""What a climbed rung has, and one that was left out has not."""

SURE = 0.90
"""Of the two-sided interval whose lower end is reached with 95 % confidence."""


@dataclass
class Climb:
    """What came of the climb.

    Attributes:
        candidates: The climbed rungs by name, in the order climbed.
        intervals: Their metric on held-out rows.
        left_out: Rungs not climbed: name → (state, why).
        chosen: Name of the rung to release.
        stop: Why the ladder ended where it did.
    """

    candidates: dict[str, Candidate] = field(default_factory=dict)
    intervals: dict[str, Interval] = field(default_factory=dict)
    left_out: dict[str, tuple[str, Said]] = field(default_factory=dict)
    chosen: str = ""
    stop: Said = field(default_factory=dict)

    @property
    def winner(self) -> Candidate:
        """The candidate to release."""
        return self.candidates[self.chosen]


class Climber:
    """One climb, new or resumed.

    Args:
        context: The run.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.path = context.run / "ladder.json"
        self.climb = Climb()
        self.decisions: list[Decision] = []
        ladder = context.recipe.ladder
        names = list(ladder.order)
        if ladder.only:
            names = [ladder.only]
        elif ladder.upto:
            names = names[: names.index(ladder.upto) + 1]
        self.ahead = names
        self._check_search()
        # One clock for both budgets: the rungs plan their passes by it too.
        context.clock.seconds = min(context.clock.seconds, seconds_of(context.recipe))
        self._told = read_json(self.path)["decisions"] if self.path.is_file() else []

    def _check_search(self) -> None:
        """Refuse to search, or to set, rungs that have nothing of the kind."""
        search, settings = self.context.recipe.search, self.context.recipe.ladder.settings
        if not (search.trials or search.rungs or settings):
            return
        kinds = {name: registry.kind("rungs", name) for name in self.context.recipe.ladder.order}
        searching = [name for name, kind in kinds.items() if kind.searches]
        settable = [name for name, kind in kinds.items() if kind.settable]
        places: dict[str, tuple[Iterable[str], list[str]]] = {
            "search.rungs": (search.rungs or (), searching),
            "ladder.settings": (settings, settable),
        }
        if search.trials and not searching:
            places = {"search.trials": (kinds, searching)}
        for key, (names, able) in places.items():
            wrong = [name for name in names if name not in able]
            if wrong:
                raise WrongValue(
                    expected=f"{key}: {' or '.join(able) or 'no search, for no rung here can'}",
                    got=", ".join(wrong),
                    do=f"Take {'the key' if able else 'search'} out, or name rungs that tune the"
                    " base model.",
                )

    def run(self) -> Climb:
        """Climb to where the stop rule says, and choose.

        Raises:
            NothingLearned: no rung gave a model.
            DiskFull: no room; what was climbed before stays.
        """
        with _room(self.context.run):
            self._run()
        if not self.climb.candidates:
            raise NothingLearned(
                expected="a rung that gives a model",
                got="; ".join(f"{r}: {w['en']}" for r, (_, w) in self.climb.left_out.items()),
                do="Change ladder.rungs or the base model.",
            )
        self.climb.chosen = choose(self.context, self.climb)
        return self.climb

    def _run(self) -> None:
        self._leave_out()
        while True:
            decision = self._decide()
            for rung, why in decision.skipped.items():
                self.climb.left_out[rung] = ("skipped", why)
            # What was passed over stays below: the ladder does not climb down.
            if decision.rung is None:
                self.climb.stop = decision.said
                break
            self._climb(decision.rung)
            at = self.ahead.index(decision.rung)
            self.ahead = self.ahead[at + 1 :]
        for rung in self.ahead:
            self.climb.left_out.setdefault(rung, ("not reached", self.climb.stop))

    def _leave_out(self) -> None:
        """Leave out the rungs that the base model or the rows are not for."""
        for name in list(self.ahead):
            said = self.unfit(name)
            if said is not None:
                self.ahead.remove(name)
                self.climb.left_out[name] = ("skipped", said)

    def unfit(self, name: str) -> Said | None:
        """Return why a rung is not for the base model or the rows, if it is not."""
        able = registry.kind("rungs", name).modalities
        if able is not None and self.context.backbone.modality not in able:
            return {
                "en": f"It is for base models that read: {', '.join(able)}.",
                "zh": f"只适用于读取以下内容的基础模型：{'、'.join(able)}。",
            }
        # One that is asked for alone is climbed, of use or not.
        return None if self.context.recipe.ladder.only else self._rung(name).unfit()

    def _decide(self) -> Decision:
        if len(self.decisions) < len(self._told):
            decision = Decision(**self._told[len(self.decisions)])
        else:
            decision = self._fresh()
        self.decisions.append(decision)
        write_json(self.path, {"decisions": [asdict(d) for d in self.decisions]})
        self.context.tell("decision", **asdict(decision))
        return decision

    def _fresh(self) -> Decision:
        ladder = self.context.recipe.ladder
        if self.ahead and (ladder.only or not ladder.stop):
            said = {"en": "The recipe asks for it.", "zh": "由配方指定。"}
            return Decision(self.ahead[0], "asked", said)
        recipe = self.context.recipe
        if self.climb.candidates and self.ahead:  # at the top no speed is asked for
            self.context.keep_reserve()
        return decide(
            self._standing(),
            [self._rung(name).ahead() for name in self.ahead]
            if self.climb.candidates
            else self._first(),
            bar=recipe.quality.bar,
            left=self.context.clock.left,
            value=recipe.value,
        )

    def _first(self) -> list[Ahead]:
        return [Ahead(name, 0.0) for name in self.ahead[:1]]

    def _standing(self) -> Standing | None:
        if not self.climb.candidates:
            return None
        gone = unproven(self.context, self.climb)
        intervals = {n: one for n, one in self.climb.intervals.items() if n not in gone}
        best = max(intervals, key=lambda name: intervals[name].value)
        interval = intervals[best]
        bar = self.context.recipe.quality.bar
        # Where several meet the bar the cheapest of them is where the ladder stands.
        for name, other in intervals.items():
            if bar is not None and other.low >= bar:
                best, interval = name, other
                break
        few = self.context.rows_a_label <= FEW_ROWS
        return Standing(best, interval.value, interval.low, self._rung(best).serving(), few)

    def _rung(self, name: str) -> Rung:
        rung: Rung = registry.kind("rungs", name)(self.context)
        return rung

    def _climb(self, name: str) -> None:
        rung = self._rung(name)
        candidate = Candidate.load(rung.folder)
        if candidate is None:
            self.context.tell("rung", rung=name, state="begins")
            if self.climb.candidates:
                self.context.keep_reserve()  # a resumed run has not asked the stop rule
            try:
                with memory(f"the rung {name}", name):
                    candidate = rung.climb()
            except (RungUnavailable, MemoryShort, NothingLearned) as cause:
                why = {"en": str(cause), "zh": cause.zh or str(cause)}
                self.climb.left_out[name] = ("failed", why)
                self.context.tell("rung", rung=name, state="failed", why=str(cause))
                return
            candidate.save()
            give_back()
        candidate = replace(candidate, held=candidate.held.fresh(self.context.learnt))
        self.climb.candidates[name] = candidate
        interval = measured(self.context, candidate.held, candidate.optimism)
        self.climb.intervals[name] = interval
        self.context.tell(
            "rung",
            rung=name,
            state="climbed",
            metric=self.context.recipe.quality.metric,
            seconds=candidate.seconds,
            search=candidate.search or None,
            **interval.as_dict(),
        )


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """Turn "no space left" into `DiskFull`, where safetensors says it in its own way too."""
    from safetensors import SafetensorError

    with disk(folder):
        try:
            yield
        except SafetensorError as cause:
            if f"os error {errno.ENOSPC}" not in str(cause):
                raise
            raise OSError(errno.ENOSPC, str(cause)) from cause


def measured(context: Context, held: Held, optimism: float = 0.0) -> Interval:
    """Return a candidate's metric, with its interval, on all rows it did not learn from.

    Where it was chosen by them among several, all is lower by what that makes too high.
    """
    metric = context.recipe.quality.metric
    scores = context.task.scores(held.logits, context.schema)
    answers = context.task.judged(metric, scores, context.schema)
    found = bootstrap(
        context.task, context.schema, metric, held.targets, answers, seed=context.recipe.seed
    )
    if not optimism:
        return found
    least = min(0.0, found.low)
    lower = {key: max(least, one - optimism) for key, one in found.as_dict().items()}
    return replace(found, **lower)


def choose(context: Context, climb: Climb) -> str:
    """Return the cheapest rung that meets the bar with confidence, else the one worth most.

    What a rung is worth is what its metric on the validation rows saves over the horizon, less what
    its answers cost; where no price of an error is given, a metric that is higher by less than
    `LEAST_GAIN` does not pay for dearer answers. Where all rungs answered more rows than those, out
    of fold, all of them count. Where rows are few, so do those of the rungs that did; and a rung
    that did not is chosen before the best of them only where it leads with 95 % confidence: on a
    handful of validation rows the best of many is often luck. What `unproven` names is not chosen.
    """
    recipe = context.recipe
    gone = unproven(context, climb)
    for name, interval in climb.intervals.items():
        met = recipe.quality.bar is not None and interval.low >= recipe.quality.bar
        if met and name not in gone:
            return name

    def net(name: str, score: float) -> float:
        saved = worth(score, recipe.value)
        if saved is None:
            reads = climb.candidates[name].kind in READING
            return score - LEAST_GAIN * reads * int(registry.kind("rungs", name).dearness)
        answers = recipe.value.monthly_requests * recipe.value.horizon_months
        rung: Rung = registry.kind("rungs", name)(context)
        return saved - rung.serving() * answers

    found = {name: one for name, one in climb.candidates.items() if name not in gone}
    wide = [name for name in found if len(found[name].held.numbers) > len(context.validation)]
    best = max(found, key=lambda name: net(name, validated(context, found[name])))
    if not wide or (len(wide) < len(found) and context.rows_a_label > FEW_ROWS):
        return best
    known = max(wide, key=lambda name: net(name, climb.intervals[name].value))
    if best in wide or _lead(context, found[best], found[known]).low <= 0:
        return known
    return best


def unproven(context: Context, climb: Climb) -> dict[str, Said]:
    """Return the climbed rungs that are not to be released, for their lead may be luck; and why.

    They are those that must prove themselves (`Rung.proves`) and do not lead the best of the others
    on the validation rows with 95 % confidence, one-sided. Where there are no others, none.
    """
    found = climb.candidates
    asked = [name for name in found if registry.kind("rungs", name).proves]
    others = [name for name in found if name not in asked]
    if not others:
        return {}
    best = max(others, key=lambda name: validated(context, found[name]))
    leads = {name: _lead(context, found[name], found[best], SURE) for name in asked}
    return {name: _say_unproven(best, lead) for name, lead in leads.items() if lead.low <= 0}


def _say_unproven(best: str, lead: Interval) -> Said:
    value, low = (f"{100 * one:+.1f}" for one in (lead.value, lead.low))
    return {
        "en": f"Not released: beside `{best}`, the best of the others, it is {value} points on the "
        f"validation rows, with 95 % confidence at least {low}. It must lead by more than chance.",
        "zh": f"不予发布：在验证集上与其余各级中最好的 `{best}` 相比为 {value} 个百分点，"
        f"以 95% 的置信度至少为 {low}；只有领先超出偶然才会发布。",
    }


def _lead(context: Context, one: Candidate, other: Candidate, confidence: float = 0.95) -> Interval:
    """Return by how much one is better on the validation rows, what chose them taken off."""
    metric = context.recipe.quality.metric
    task, schema = context.task, context.schema
    ours, theirs = (
        task.judged(metric, task.scores(each.validation, schema), schema) for each in (one, other)
    )
    gap = paired_bootstrap(
        task,
        schema,
        metric,
        context.validation.targets,
        ours,
        theirs,
        confidence=confidence,
        seed=context.recipe.seed,
    )
    more = one.optimism - other.optimism
    return Interval(gap.value - more, gap.low - more, gap.high - more)


def pinned(context: Context, climb: Climb) -> Recipe:
    """Return the recipe that climbs the same rungs for the same epochs, stop rule or not.

    What a search found stands there as the rung's settings: nothing is searched again.

    The epochs are those planned, by which the learning rate falls, not those that were made before
    a training without gain ended early: that it does again.
    """
    found = {
        name: one.search["settings"] | {"optimism": one.optimism}
        for name, one in climb.candidates.items()
        if one.search
    }
    told = context.recipe.ladder.settings
    settings = {name: one.model_dump() for name, one in told.items() if name in climb.candidates}
    plans = {name: one.folder.parent / "plan.json" for name, one in climb.candidates.items()}
    epochs = {name: read_json(path)["epochs"] for name, path in plans.items() if path.is_file()}
    return override(
        context.recipe,
        {
            "ladder.rungs": list(climb.candidates),
            "ladder.only": None,
            "ladder.upto": None,
            "ladder.stop": False,
            "ladder.epochs": epochs,
            "ladder.settings": settings | found,
            "search": {},
            **unasked(context.recipe, climb.candidates),
            **(context.modality.pinned() if context.pretrained else {}),
            **(_answers_pinned(context) if context.task.output == "rank" else {}),
        },
    )


def _answers_pinned(context: Context) -> dict[str, Any]:
    from seedbed.tune.retrieval import library

    return {"train.answer_tokens": library(context).reading.most}


def rows(context: Context, climb: Climb) -> list[dict[str, Any]]:
    """Return the ladder as the report shows it, cheapest rung first."""
    gone = unproven(context, climb)
    order = context.recipe.ladder.order
    hour = context.recipe.value.compute_hour
    found = []
    for name in sorted({*climb.candidates, *climb.left_out}, key=order.index):
        if name in climb.left_out:
            state, why = climb.left_out[name]
            nothing = dict.fromkeys(MEASURED)
            found.append({"rung": name, "state": state, "why": why, "chosen": False} | nothing)
            continue
        one = climb.candidates[name]
        found.append(
            {
                "rung": name,
                "state": "climbed",
                **climb.intervals[name].as_dict(),
                "seconds": one.seconds,
                "money": one.seconds / 3600 * hour,
                "epochs": one.epochs,
                "rows_per_second": one.rows_per_second,
                "search": one.search or None,
                "chosen": name == climb.chosen,
                "why": gone.get(name),
            }
        )
    return found
