"""Reads a recipe from its file, checks it, and writes it back with every default filled in."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from seedbed import yamls
from seedbed.errors import RecipeMissing, RecipeSyntax, UnknownKey, WrongValue
from seedbed.recipe.schema import Data, Gate, Part, Recipe

_short = reprlib.Repr()  # a value made of YAML aliases can be endless
_short.maxlevel, _short.maxstring, _short.maxother = 1, 80, 80


def load(path: Path | str) -> Recipe:
    """Read a recipe; file names in it become absolute, counted from the recipe's folder.

    Raises:
        RecipeMissing: there is no such file.
        RecipeSyntax: it is not YAML, or no mapping.
        UnknownKey: it holds a key that no recipe has.
        WrongValue: a value is of the wrong type or out of its range.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "recipe.yaml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise RecipeMissing(
            expected="a recipe, a YAML file",
            got=f"no file {path}",
            do="Check the path, or make one: seedbed new NAME.",
        ) from None
    except (UnicodeDecodeError, OSError) as cause:
        raise RecipeSyntax(
            expected="a YAML file in UTF-8",
            got=str(cause),
            do="Save it as UTF-8.",
            where=str(path),
        ) from None
    return parse(text, where=str(path), folder=path.resolve().parent)


def parse(text: str, *, where: str = "recipe", folder: Path | None = None) -> Recipe:
    """Read a recipe from its text; see `load`."""
    raw, node = yamls.mapping(
        text,
        where=where,
        wrong=RecipeSyntax,
        example="name: bank-intents",
        start="Start from the recipe that `seedbed new NAME` writes.",
    )
    return validate(raw, where=where, folder=folder, node=node)


def validate(
    raw: Mapping[str, Any],
    *,
    where: str = "recipe",
    folder: Path | None = None,
    node: yaml.Node | None = None,
) -> Recipe:
    """Check a recipe's values; `node` (the parsed YAML) gives the lines that errors name."""
    try:
        recipe = Recipe.model_validate(raw)
    except ValidationError as cause:
        raise _explain(cause, raw, where, node) from None
    _check_ladder(recipe, where)
    _check_shares(recipe.data, where)
    _check_pruning(recipe.gate, where)
    if folder is None:
        return recipe
    moved = {
        key: str(folder / name)
        for key in ("train", "validation", "test", "unlabeled", "collection")
        if (name := getattr(recipe.data, key)) and not name.startswith("hub:")
    }
    models = {
        key: str(folder / Path(name).expanduser())
        for key in ("base", "larger", "transfer")
        if (name := getattr(recipe, key)) and _is_path(name)
    }
    parts: dict[str, Part] = {"data": recipe.data.model_copy(update=moved)}
    if recipe.pretrain is not None:
        rows = {"rows": str(folder / recipe.pretrain.rows)}
        parts["pretrain"] = recipe.pretrain.model_copy(update=rows)
    teachers = tuple(
        str(folder / Path(name).expanduser()) if _is_path(name) else name for name in recipe.distill
    )
    return recipe.model_copy(update={"distill": teachers, **parts, **models})


def dump(recipe: Recipe) -> str:
    """Return the recipe as YAML with every default filled in."""
    told = recipe.model_dump(mode="json")
    return yaml.dump(told, Dumper=yamls.Dumper, sort_keys=False, allow_unicode=True)


def override(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """Return the recipe with some values changed; keys are dotted, such as `budget.minutes`."""
    raw = recipe.model_dump(mode="json", exclude_unset=True)  # what was left out stays so
    for dotted, value in changes.items():
        *parts, last = dotted.split(".")
        place = raw
        for part in parts:
            place = place.setdefault(part, {})
        place[last] = value
    return validate(raw, where="the command line")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like the one given, if any is."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def _is_path(base: str) -> bool:
    return base.startswith((".", "~")) or base.endswith("/")


def _check_ladder(recipe: Recipe, where: str) -> None:
    rungs = recipe.ladder.rungs
    named = {"ladder.only": recipe.ladder.only, "ladder.upto": recipe.ladder.upto}
    for key, rung in named.items():
        if rung is not None and rungs and rung not in rungs:
            raise WrongValue(
                expected=f"one of {', '.join(rungs)}",
                got=repr(rung),
                do=f"Set {key} to a rung that stands in ladder.rungs.",
                where=where,
            )


def _check_shares(data: Data, where: str) -> None:
    aside = data.test_share * (data.test is None)
    aside += data.validation_share * (data.validation is None)
    if aside >= 1:
        raise WrongValue(
            expected="some rows left to train on",
            got=f"{aside:g} of the rows set aside",
            do="Set data.validation_share and data.test_share to less, below 1 together.",
            where=where,
        )


def _check_pruning(gate: Gate, where: str) -> None:
    if gate.engines is None:
        return
    pruned = [name for name in gate.engines if name.endswith("-pruned")]
    if pruned and not gate.prune:
        raise WrongValue(
            expected=f"gate.prune above 0 for the engine {pruned[0]}",
            got="0, nothing is pruned",
            do="Set gate.prune, such as 0.25, or take the engine out of gate.engines.",
            where=where,
        )
    if gate.prune and not pruned:
        raise WrongValue(
            expected="an engine whose name ends in -pruned among gate.engines",
            got=f"gate.prune {gate.prune:g} and none of them",
            do="Name one, such as onnx-int8-pruned, or leave gate.engines or gate.prune out.",
            where=where,
        )


def _explain(
    cause: ValidationError, raw: Mapping[str, Any], where: str, node: yaml.Node | None
) -> UnknownKey | WrongValue:
    error = cause.errors()[0]
    path = tuple(str(part) for part in error["loc"])
    key = ".".join(path)
    line = yamls.line_of(node, path)
    place = f"{where}, line {line}" if line else where
    if error["type"] == "extra_forbidden":
        known = _keys_at(path[:-1])
        near = nearest(path[-1], known)
        return UnknownKey(
            expected=f"one of {', '.join(known)}",
            got=repr(key),
            do=f"Did you mean {near!r}?" if near else "Take the key out.",
            where=place,
        )
    got = "nothing" if error["type"] == "missing" else _short.repr(error["input"])
    near = (
        nearest(path[-1], map(str, raw)) if error["type"] == "missing" and len(path) == 1 else None
    )
    return WrongValue(
        expected=f"{key}: {_say(error)}",
        got=got,
        do=f"Did you mean it by {near!r}?" if near else f"Set {key} in the recipe.",
        where=place,
    )


def _say(error: Any) -> str:
    message = str(error["msg"])
    if error["type"] == "missing":
        return "a value (it has no default)"
    if error["type"] in ("model_type", "model_attributes_type"):
        return "keys and values, indented under it"
    return message.removeprefix("Value error, ").removeprefix("Input should be ")


def _keys_at(path: tuple[str, ...]) -> list[str]:
    part: type[BaseModel] = Recipe
    for name in path:
        if name not in part.model_fields:
            continue  # a rung's name
        annotation: Any = part.model_fields[name].annotation
        inner = [kind for kind in (annotation, *get_args(annotation)) if _is_part(kind)]
        if not inner:
            return []
        part = inner[0]
    return sorted(part.model_fields)


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
