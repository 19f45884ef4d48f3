"""Where assumptions stand in a venture, by path: `market.share`, `rounds.seed.amount`.

The items of a list go by their name, so that their order means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from seedbed.venture.assumption import Assumption

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place for an assumption.

    Attributes:
        path: Its name, such as `market.share`.
        location: Keys and indices that lead to it in the file.
        written: What stands there; None: nothing.
        unit: What its number counts.
        about: What it is.
    """

    path: str
    location: Location
    written: Assumption | None
    unit: str
    about: str


def walk(part: BaseModel, path: str = "", location: Location = ()) -> Iterator[Place]:
    """Yield every place for an assumption in a part of the venture, filled or not."""
    for name, field in type(part).model_fields.items():
        key = field.alias or name
        value = getattr(part, name)
        inner = f"{path}.{key}" if path else key
        if is_belief(field):
            yield Place(inner, (*location, key), value, _unit(field), field.description or "")
        else:
            yield from _inside(value, inner, (*location, key))


def parts(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the model classes inside a field's type, such as `tuple[Cost, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from parts(inner)


def _inside(value: Any, path: str, location: Location) -> Iterator[Place]:
    if isinstance(value, BaseModel):
        yield from walk(value, path, location)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            if isinstance(one, BaseModel):
                yield from walk(one, f"{path}.{name}", (*location, name))
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            if isinstance(one, BaseModel) and hasattr(one, "name"):
                yield from walk(one, f"{path}.{one.name}", (*location, index))


def is_belief(field: FieldInfo) -> bool:
    """Tell whether a field holds an assumption."""
    kinds = (field.annotation, *get_args(field.annotation))
    return any(_is_assumption(kind) for kind in kinds)


def _is_assumption(kind: Any) -> bool:
    return kind is Assumption or next(iter(get_args(kind)), None) is Assumption


def _unit(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, Mapping) else ""
