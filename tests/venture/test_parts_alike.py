"""Every part of the plan has its section in the same place: `seedbed.venture.PART.section`."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType

import pytest

from seedbed.venture.document.chapters import OUTLINES

PARTS = ("unit", "market", "price", "allocate", "runway", "funding", "invest", "risk", "score")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_a_module_section_with_a_function_section(part: str) -> None:
    package = import_module(f"seedbed.venture.{part}")
    module = import_module(f"seedbed.venture.{part}.section")
    assert isinstance(package.section, ModuleType)  # and no function of that name beside it
    assert package.section is module
    first, *others = inspect.signature(module.section).parameters.values()
    assert first.name == "plan"
    assert all(one.default is not inspect.Parameter.empty for one in others)


def test_the_document_takes_them_from_there() -> None:
    makers = {source.maker for outline in OUTLINES for source in outline.sources}
    assert makers >= {f"seedbed.venture.{part}.section:section" for part in PARTS}
