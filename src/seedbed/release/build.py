"""From a recipe to a release: check, climb, gate, judge, and the folder that keeps it all."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from seedbed import __version__, registry
from seedbed import recipe as recipes
from seedbed.data import looks, unlabelled
from seedbed.data.check import inspect
from seedbed.data.findings import Check
from seedbed.data.load import Loaded, load
from seedbed.data.sentences import counted
from seedbed.data.split import together
from seedbed.data.table import Index, Table
from seedbed.data.unlabelled import Unlabelled
from seedbed.errors import ResumeMismatch, RunMissing, SeedbedError
from seedbed.home import Home, read_json, sha256, write_json, write_text
from seedbed.judge.calibration import Calibration, calibrate
from seedbed.judge.judge import Evidence, judge
from seedbed.recipe import Recipe
from seedbed.release import card, cost, gate, seeds, seen, store, teachers, transfer, wished
from seedbed.release.engines.processor import threads
from seedbed.release.machine import machine
from seedbed.release.predictor import Predictor
from seedbed.release.seeds import BEGAN
from seedbed.tasks.base import Floats, Schema, Task
from seedbed.tasks.settle import settled
from seedbed.tune import doubts, pretrain
from seedbed.tune.climb import Climb, Climber, pinned, rows
from seedbed.tune.context import Clock, Context, Split, seconds_of
from seedbed.tune.curve import learning_curve, measured_with
from seedbed.tune.events import Board, Events, Lines, Spent
from seedbed.tune.forecast import more_rows
from seedbed.tune.memory import give_back
from seedbed.tune.rungs.base import Candidate

Report = dict[str, Any]
Ask = Callable[[Sequence[Any]], Floats]
SPENT = "spent.json"
CURVE = "points of the learning curve"
MOST_SEEN = 0.01
"""Share of the test rows that the release before may have learnt from and be compared with."""

LEARN_UNLABELED = ("pseudo", "distill", "larger")
"""Rungs that learn from `data.unlabeled`, themselves or as the rung that they repeat."""


@dataclass(frozen=True)
class Rows:
    """A run's rows, read, checked and understood."""

    loaded: Loaded
    task: Task
    schema: Schema
    check: Check
    unlabelled: Unlabelled | None = None


def build(recipe: Recipe, home: Home, events: Events, *, resume: bool = False) -> store.Release:
    """Make a release of a recipe's rows; one at a time in a home.

    Args:
        recipe: The recipe, its paths absolute.
        home: Where the run and the release are kept.
        events: Told of everything that happens.
        resume: Go on with the newest run of the recipe's name.

    Raises:
        HomeLocked: another process works in the home.
        RunMissing: there is no run to resume.
        ResumeMismatch: recipe or rows are not those that the run began with.
        SeedbedError: whatever else stands in the way; the run can be resumed.
    """
    with home.lock():
        run = _stopped(home, recipe.name) if resume else home.new_run(recipe.name)
        if not (run / BEGAN).is_file():  # until its rows are read another recipe may go on with it
            write_text(run / "recipe.yaml", recipes.dump(recipe))
        with _journal(run, events):
            asked = transfer.as_begun(recipe, run) if resume else recipe
            return _Build(asked, home, run, events).release()


def _stopped(home: Home, name: str) -> Path:
    """Return the newest run of a recipe's name, to go on with.

    Raises:
        RunMissing: there is none, or it came to its end.
    """
    run = home.last_run(name)
    release = store.of_run(home, name, run.name)
    if release is not None:
        raise RunMissing(
            expected=f"a run of {name!r} that was stopped",
            got=f"{run.name}, which ended in the release {release.name}/{release.number}",
            do="Start a new one: the same command without --resume.",
        )
    return run


@contextmanager
def _journal(run: Path, events: Events) -> Iterator[None]:
    """Keep the run's events beside it: as JSON lines, and for TensorBoard."""
    board = Board(run / "tensorboard")
    with (run / "events.jsonl").open("a", encoding="utf-8") as out:
        events.listen(Lines(out, progress=False))
        events.listen(board)
        try:
            yield
        finally:
            board.close()


class _Build:
    def __init__(self, recipe: Recipe, home: Home, run: Path, events: Events) -> None:
        self.recipe, self.before = transfer.start(home, recipe)
        self.recipe, self.teachers = teachers.found(home, self.recipe)
        self.recipe, self.task = settled(self.recipe)
        self.home = home
        self.run = run
        self.events = events
        self.clock = Clock(seconds_of(recipe), reserve=30)
        self.read_on: pretrain.Facts | None = None
        self.texts_read: Sequence[str] = ()

    def release(self) -> store.Release:
        if (self.run / SPENT).is_file():
            self.clock.spent_before = float(read_json(self.run / SPENT)["seconds"])
        self.events.listen(Spent(self.run / SPENT, lambda: self.clock.spent))
        self.events.tell("run", run=str(self.run), name=self.recipe.name)
        found = self._rows()
        self._begin(found.loaded)
        context = self._read_on(self._context(found), found)
        self._stage("climb")
        climb = Climber(context).run()
        check = self._look(found.check, found.loaded, climb)
        if doubts.looked_for(context.task):
            check = check.plus(*doubts.after(climb, found.loaded, context.task, context.schema))
        with store.writing(self.home, self.recipe.name) as draft:
            release = self._fill(draft, context, climb, Rows(*_of(found), check))
        self.events.tell("released", folder=str(release.folder), seconds=self.clock.spent)
        return release

    def _rows(self) -> Rows:
        self._stage("check")
        task = self.task
        loaded = transfer.fresh(load(self.recipe, task), self.before, self.teachers, task)
        schema = task.schema(loaded.train)
        wished.label(self.recipe, schema)
        most, base = self.recipe.train.max_tokens, self.recipe.base
        tell = partial(self._progress, "rows compared")
        check = inspect(loaded, task, schema, max_tokens=most, base=base, tell=tell)
        check = check.plus(*transfer.findings(loaded, self.before, self.teachers, task))
        for finding in check.findings:
            if finding.severity != "note":
                self.events.tell("warning", warning=finding.said["en"])
        return Rows(loaded, task, schema, check, self._unlabelled(loaded))

    def _begin(self, loaded: Loaded) -> None:
        """Write down what the run began with, or compare with it."""
        facts = {
            "recipe": json.loads(self.recipe.model_dump_json(exclude={"budget"})),
            "rows": {str(path): sha256(path) for path in _files(loaded, self.recipe)},
        }
        path = self.run / BEGAN
        if not path.is_file():
            write_text(self.run / "recipe.yaml", recipes.dump(self.recipe))
            write_json(path, facts)
            return
        before = read_json(path)
        for part, told in (("recipe", "the recipe"), ("rows", "the files of rows")):
            if before[part] != json.loads(json.dumps(facts[part])):
                raise ResumeMismatch(
                    expected=f"{told} that the run began with",
                    got=f"{told} changed since",
                    do="Start a new run, without --resume; or put back what was changed.",
                    where=str(self.run),
                )

    def _look(self, check: Check, loaded: Loaded, climb: Climb) -> Check:
        """Write down that the winner is to be judged, and how many were on the same rows."""
        finding = looks.looked(self.home, loaded.test, _digest(climb.winner.folder))
        if finding.severity == "warning":
            self.events.tell("warning", warning=finding.said["en"])
        return check.plus(finding)

    def _context(self, found: Rows) -> Context:
        loaded = found.loaded
        groups, own = _together(found, self.recipe), len(loaded.train)
        train, validation = (None, None) if groups is None else (groups[:own], groups[own:])
        return Context(
            self.recipe,
            found.task,
            found.schema,
            Split.of(found.task, loaded.train, found.schema, train),
            Split.of(found.task, loaded.validation, found.schema, validation),
            self.run,
            self.home.cache,
            self.clock,
            self.events,
            test_rows=len(loaded.test),
            start=None if self.before is None else self.before / "model",
            unlabeled=() if loaded.unlabeled is None else found.task.inputs(loaded.unlabeled),
            teachers=teachers.opened(self.teachers, found.schema),
            learnt=transfer.learnt(self._started_from(), loaded.train, found.task),
        )

    def _read_on(self, context: Context, found: Rows) -> Context:
        """Return the context whose base model read on in texts without labels, where that helps."""
        if self.recipe.pretrain is None or found.unlabelled is None:
            return context
        self._stage("pretrain")
        context, self.read_on = pretrain.pretrained(context, found.unlabelled, self.recipe.pretrain)
        if self.read_on is not None and self.read_on.kept:
            self.texts_read = found.unlabelled.texts
        return context

    def _unlabelled(self, loaded: Loaded) -> Unlabelled | None:
        """Read the texts without labels, and warn of those that are test rows."""
        if self.recipe.pretrain is None:
            return None
        path = Path(self.recipe.pretrain.rows)
        found = unlabelled.load(path, loaded, self.task, seed=self.recipe.seed)
        if found.aside["test"]:
            self.events.tell(
                "warning",
                warning=f"{counted(found.aside['test'], 'text')} of test rows stood among those"
                " without labels, word for word; left out, for a model that has read them cannot"
                " be judged by them fairly",
            )
        return found

    def _fill(
        self, draft: store.Draft, context: Context, climb: Climb, found: Rows
    ) -> store.Release:
        winner, folder = climb.winner, draft.folder
        draft.take(winner.folder)
        seen.keep(folder, self._learnt(climb, found), self._learnt_from())
        full = pinned(context, climb)
        if self.read_on is not None:
            full = recipes.override(full, pretrain.pinned(self.read_on))
        write_text(folder / "recipe.yaml", recipes.dump(full))
        held = winner.held
        calibration = calibrate(
            context.task, context.schema, held.logits, held.targets, self.recipe.judge
        )
        self._answer(folder, context, calibration)
        context.task.keep(folder)
        passed = self._gate(folder, context, winner)
        predictor = Predictor(folder)
        verdict = self._judge(context, climb, found, predictor, calibration, passed)
        report = self._report(draft, context, climb, found, passed) | verdict
        metric = report["metric"]
        value = report["metrics"][metric]["value"]
        report["seeds"] = seeds.spread(self.home, self.run, metric, value)
        report["cost"] = cost.sheet(passed.as_dict(), self.recipe.value, self.clock.spent)
        self._write(folder, report, found.check)
        digest = hashlib.sha256(recipes.dump(full).encode()).hexdigest()
        return draft.commit(
            {
                "task": self.recipe.task,
                "rung": winner.rung,
                "kind": winner.kind,
                "recipe": digest,
                "run": self.run.name,
            }
        )

    def _answer(self, folder: Path, context: Context, calibration: Calibration) -> None:
        write_json(
            folder / "answer.json",
            {
                "task": self.recipe.task,
                "schema": context.schema.as_dict(),
                "temperature": calibration.temperature,
                "threshold": calibration.threshold,
                "half": calibration.half,
                "promise": {
                    "error": calibration.promised_error,
                    "confidence": calibration.confidence,
                    "coverage": calibration.coverage,
                },
            },
        )

    def _gate(self, folder: Path, context: Context, winner: Candidate) -> gate.Gate:
        self._stage("gate")
        head = winner.apart()
        exam = gate.Exam(
            context.task,
            context.schema,
            self.recipe.quality.metric,
            self.recipe.gate.margin,
            context.validation.inputs,
            context.validation.targets,
            self.recipe.seed,
            head,
            # The engines of an encoder are those that will serve, with another head: what is built
            # for a model apart would not be what is released.
            winner.examined() if head is None else None,
        )
        passed = gate.run(
            folder,
            exam,
            kind=winner.kind,
            engines=self.recipe.gate.engines,
            prune=self.recipe.gate.prune,
            tell=lambda name, done, total: self._stage("gate", engine=name, done=done, total=total),
        )
        write_json(folder / "gate.json", passed.as_dict())
        return passed

    def _judge(
        self,
        context: Context,
        climb: Climb,
        found: Rows,
        predictor: Predictor,
        calibration: Calibration,
        passed: gate.Gate,
    ) -> Report:
        """Open the test rows, for this candidate alone, and judge it."""
        self._stage("judge")
        digest = _digest(climb.winner.folder)
        test = found.loaded.test.open(self.run, digest)
        task, schema = context.task, context.schema
        inputs = task.inputs(test)
        ask = self._counting(predictor.logits, context.judged_rows)
        evidence = Evidence(
            task=task,
            schema=schema,
            metric=self.recipe.quality.metric,
            bar=self.recipe.quality.bar,
            settings=self.recipe.judge,
            seed=self.recipe.seed,
            inputs=inputs,
            texts=task.shown(test),
            numbers=test.numbers,
            truth=task.targets(test, schema),
            logits=ask(inputs),
            calibration=calibration,
            rivals=self._rivals(climb, test, found),
            predict=ask,
            untuned=self._untuned(climb) if task.output == "text" else None,
            groups=_groups(test, self.recipe),
            leaked=found.check.leaked() | transfer.learnt(self._learnt_from(), test, task),
            near=context.task.reads != "table",
            before=bool(self._learnt_from()),
            check=found.check.as_dict(),
            engines_kept=sum(row["kept"] for row in passed.engines),
            reasons=predictor.reasons if task.reads == "table" else None,
            sensitive=wished.sensitive(
                context, climb.winner.held, found.loaded, test, calibration.temperature
            ),
        )
        return judge(evidence) | {"scorecard": wished.points(context, climb, calibration)}

    def _counting(self, ask: Ask, total: int) -> Ask:
        """Return what answers as `ask` does, and tells how many rows of about `total` it has."""
        answered = 0
        self._progress("rows answered", 0, total)

        def counted(inputs: Sequence[Any]) -> Floats:
            nonlocal answered
            found = ask(inputs)
            answered += len(inputs)
            self._progress("rows answered", answered, total)
            return found

        return counted

    def _learnt_from(self) -> tuple[Path, ...]:
        """Return the releases whose rows this one knows something of."""
        return (*self.teachers, *self._started_from())

    def _started_from(self) -> tuple[Path, ...]:
        return () if self.before is None else (self.before,)

    def _learnt(self, climb: Climb, found: Rows) -> list[str]:
        """Return the texts that this run's release learnt from, those without labels too."""
        loaded, task = found.loaded, found.task
        tables = [loaded.train, loaded.validation]
        if loaded.unlabeled is not None and climb.chosen in LEARN_UNLABELED:
            tables.append(loaded.unlabeled)
        return [*self.texts_read, *(text for table in tables for text in task.texts(table))]

    def _rivals(self, climb: Climb, test: Table, found: Rows) -> dict[str, Floats]:
        """Return what the baseline and the previous release say of the test rows."""
        inputs, schema = found.task.inputs(test), found.schema
        # Rows that this release has learnt too favour neither; the judge looks at them by itself.
        fresh = ~np.isin(test.numbers, list(found.check.leaked()))
        texts = zip(found.task.texts(test), fresh, strict=True)
        unleaked = [text for text, new in texts if new]
        rivals: dict[str, Floats] = {}
        order = self.recipe.ladder.order
        for rung, name in found.task.rivals.items():
            other = climb.candidates.get(rung)
            # What costs more need not be beaten.
            if other is not None and order.index(rung) < order.index(climb.chosen):
                engine = registry.kind("engines", gate.reference(other.kind))
                rivals[name] = engine(other.folder.parent, threads()).logits(inputs)
        try:
            before = store.latest(self.home, self.recipe.name)
            if before is not None and self._is_fair(before, unleaked):
                previous = Predictor(before)
                if previous.schema == schema:
                    rivals[f"release {before.number}"] = previous.logits(inputs)
        except SeedbedError as cause:
            # It cannot be compared with, which is no reason not to make the next one.
            self.events.tell(
                "warning", warning=f"the release before cannot be compared with: {cause}"
            )
        return rivals

    def _untuned(self, climb: Climb) -> Ask | None:
        """Return what the model writes that has learnt nothing, where another was chosen."""
        other = climb.candidates.get("prompted")
        if other is None or climb.chosen == "prompted":
            return None
        engine = registry.kind("engines", gate.reference(other.kind))
        found: Ask = engine(other.folder.parent, threads()).logits
        return found

    def _is_fair(self, before: store.Release, inputs: Sequence[str]) -> bool:
        """Tell whether a release has not learnt from the test rows, but for one in a hundred."""
        share = float(seen.seen(before.folder, inputs).mean()) if inputs else 0.0
        if share > MOST_SEEN:
            self.events.tell(
                "warning",
                warning=f"release {before.number} learnt from {share:.0%} of the test rows, so "
                "this one is not compared with it: set rows aside for good with data.test",
            )
        return share <= MOST_SEEN

    def _report(
        self, draft: store.Draft, context: Context, climb: Climb, found: Rows, passed: gate.Gate
    ) -> Report:
        self._stage("report")
        data, loaded = self.recipe.data, found.loaded
        tell, rung = partial(self._progress, CURVE), measured_with(context, climb.candidates)
        curve = learning_curve(context, tell, rung=rung) if rung else []
        metric, seed = self.recipe.quality.metric, self.recipe.seed
        return {
            "format": 1,
            "name": draft.name,
            "number": draft.number,
            "task": self.recipe.task,
            "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "seedbed": __version__,
            "base": self._base(climb) if context.pretrained else None,
            "rung": climb.chosen,
            "seconds": self.clock.spent,
            "budget_minutes": self.recipe.budget.minutes,
            "machine": machine(),
            "data": {
                "train": len(loaded.train),
                "validation": len(loaded.validation),
                "test": len(loaded.test),
                "labels": list(context.schema.labels),
                "left_out": len(loaded.left_out),
                "train_file": Path(data.train).name,
                "test_file": Path(data.test or data.train).name,
            },
            "metric": metric,
            "bar": self.recipe.quality.bar,
            "currency": self.recipe.value.currency,
            **({} if self.read_on is None else {"pretrain": vars(self.read_on)}),
            "ladder": rows(context, climb),
            "stop": climb.stop,
            "learning_curve": curve,
            "more_rows": more_rows(curve, metric, seed, rung=rung),
            "check": found.check.as_dict(),
            "engines": list(passed.engines),
        }

    def _base(self, climb: Climb) -> str | None:
        return self.recipe.larger if climb.chosen == "larger" else self.recipe.base

    def _write(self, folder: Path, report: Report, check: Check) -> None:
        from seedbed.judge.report import write

        write_json(folder / "report.json", report)
        write_json(folder / "check.json", check.as_dict())
        write_json(folder / "cost.json", report["cost"])
        self._progress("pages written", 0, 2)
        write(report, folder / "report.html")
        self._progress("pages written", 1, 2)
        write_text(folder / "card.md", card.card(folder))

    def _progress(self, what: str, done: int, total: int) -> None:
        """Say how much of a stage is done."""
        self.events.tell("progress", what=what, done=min(done, total), total=total)

    def _stage(self, name: str, **told: str | int) -> None:
        """Say what begins, after what the stage before it no longer needs was given back."""
        give_back()
        self.events.tell("stage", stage=name, spent=round(self.clock.spent, 1), **told)


def _of(found: Rows) -> tuple[Loaded, Task, Schema]:
    return found.loaded, found.task, found.schema


def _together(found: Rows, recipe: Recipe) -> Index | None:
    """Return which training rows, then validation rows, no fold may divide; None: none of them."""
    column, tables = recipe.data.group, (found.loaded.train, found.loaded.validation)
    assert found.check.clusters is not None, "the check looked for duplicates"
    named = [cell for table in tables for cell in table.columns[column]] if column else None
    return together(found.check.clusters, named)


def _files(loaded: Loaded, recipe: Recipe) -> list[Path]:
    found = {loaded.train.path, loaded.validation.path, loaded.test.path}
    found |= {loaded.unlabeled.path} if loaded.unlabeled else set()
    return sorted(found | ({Path(recipe.pretrain.rows)} if recipe.pretrain else set()))


def _digest(candidate: Path) -> str:
    """Return a digest of all files of a candidate folder."""
    digest = hashlib.sha256()
    for path in sorted(candidate.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(candidate)} {sha256(path)}\n".encode())
    return digest.hexdigest()


def _groups(test: Table, recipe: Recipe) -> Sequence[str] | None:
    if recipe.data.group is None:
        return None
    return [str(cell) for cell in test.column(recipe.data.group, key="data.group")]
