"""YAML that people write: a mapping, the lines its values stand on, and errors that name them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from seedbed.errors import SeedbedError

SCIENTIFIC = (
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)
"""What a loader or dumper must resolve for 2e-4 to be a number, as YAML 1.2 has it."""


class Loader(yaml.SafeLoader):
    """YAML in which 2e-4 is a number, as people write it and as YAML 1.2 has it."""


class Dumper(yaml.SafeDumper):
    """Writes what `Loader` reads: a word such as 2e4 in quotes."""


for _kind in (Loader, Dumper):
    _kind.add_implicit_resolver(*SCIENTIFIC)


def mapping(
    text: str,
    *,
    where: str,
    wrong: type[SeedbedError],
    example: str,
    start: str,
    loader: type[yaml.SafeLoader] = Loader,
) -> tuple[dict[str, Any], yaml.Node]:
    """Return keys and values, and the nodes that they were read from.

    Args:
        text: YAML or JSON.
        where: What errors call it.
        wrong: The error to raise.
        example: A line that such a file might begin with.
        start: Where a user finds a file to start from, a sentence.
        loader: How values are read.

    Raises:
        SeedbedError: as `wrong`: it is not YAML, no mapping, or has a key twice.
    """
    try:
        node = yaml.compose(text, Loader=loader)
        raw = yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError) as cause:  # ValueError: such as 2024-13-01
        raise wrong(
            expected="YAML",
            got=" ".join(str(cause).split()),
            do="Look at the line named; often an indent or a missing quote.",
            where=where,
        ) from None
    if not isinstance(raw, dict) or node is None:
        raise wrong(
            expected=f"keys and values, such as {example!r}",
            got="an empty file" if raw is None else f"a {type(raw).__name__}",
            do=start,
            where=where,
        )
    _refuse_repeats(node, where, wrong)
    return raw, node


def line_of(node: yaml.Node | None, path: Sequence[str | int]) -> int | None:
    """Return the line on which a value stands, or the last part of its path that is there."""
    line: int | None = None
    for name in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(name, int):
            if name >= len(node.value):
                break
            node = node.value[name]
            line = node.start_mark.line + 1
            continue
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next((pair for pair in pairs if pair[0].value == str(name)), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _refuse_repeats(node: yaml.Node, where: str, wrong: type[SeedbedError]) -> None:
    """Refuse a key given twice; YAML would let the last one win in silence."""
    queue, seen = [node], set[int]()
    while queue:
        place = queue.pop()
        if id(place) in seen or not isinstance(place, yaml.CollectionNode):
            continue
        seen.add(id(place))
        if isinstance(place, yaml.SequenceNode):
            queue.extend(place.value)
            continue
        once: set[str] = set()
        for key, value in place.value:
            if isinstance(key, yaml.ScalarNode) and key.value in once:
                raise wrong(
                    expected=f"the key {key.value!r} once",
                    got="it stands there twice",
                    do="Take one of the two out.",
                    where=f"{where}, line {key.start_mark.line + 1}",
                )
            once.update([key.value] if isinstance(key, yaml.ScalarNode) else [])
            queue.append(value)
