"""Kinds are found by their entry points."""

from __future__ import annotations

import pytest

from seedbed import registry
from seedbed.errors import KindUnknown
from seedbed.tasks.base import Task


@pytest.mark.parametrize("axis", registry.AXES)
def test_every_registered_kind_can_be_imported(axis: str) -> None:
    assert registry.names(axis)
    for name in registry.names(axis):
        assert isinstance(registry.kind(axis, name), type)


def test_a_task_answers_to_its_name() -> None:
    for name in registry.names("tasks"):
        found = registry.kind("tasks", name)
        assert issubclass(found, Task)
        assert found.name == name


def test_an_unknown_kind_names_those_that_are_installed() -> None:
    with pytest.raises(KindUnknown) as caught:
        registry.kind("tasks", "text-classifcation")
    assert "text-classification" in caught.value.expected
    assert caught.value.where == "seedbed.tasks"
