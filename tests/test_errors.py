"""The catalogue of errors is whole, drawn as it is, and crosses process boundaries."""

from __future__ import annotations

import pickle
import re

import pytest

from seedbed import errors

CATALOGUE = errors.catalogue()


def drawn() -> dict[str, str]:
    """Return name → parent as the drawing at the top of the package has them."""
    text = (errors.__doc__ or "").split("\n\n")[1]
    parents: dict[str, str] = {}
    group = last = ""
    for line in text.splitlines():
        names = re.findall(r"\b[A-Z][A-Za-z]+\b", re.sub(r"SB\w+.*", "", line))
        if "SB" in line:
            group = names[0]
            parents[group] = "SeedbedError"
        elif group:
            inner = line.count("│") > 1  # drawn below the last name of the line before
            parents |= dict.fromkeys(names, last if inner else group)
            last = last if inner else names[-1]
    return parents


def test_codes_are_unique_and_group_by_hundreds() -> None:
    codes = [kind.code for kind in CATALOGUE]
    assert len(set(codes)) == len(codes)
    for kind in CATALOGUE[1:]:
        parent = kind.__mro__[1]
        assert parent is errors.SeedbedError or parent.code[:3] == kind.code[:3]


def test_what_another_module_derives_is_no_entry_of_its_own() -> None:
    class Derived(errors.DataError):
        """One case of a parent's, told apart elsewhere."""

    assert Derived.code == errors.DataError.code
    assert Derived not in errors.catalogue()


def test_the_drawing_is_the_hierarchy() -> None:
    assert drawn() == {kind.__name__: kind.__mro__[1].__name__ for kind in CATALOGUE[1:]}


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.__name__)
def test_an_error_says_what_it_knows_and_survives_pickling(kind: type[errors.SeedbedError]) -> None:
    where = "recipe.yaml, line 3"
    made = kind(expected="a bar", got="a foo", do="Mend it.", where=where, zh="不对")
    back = pickle.loads(pickle.dumps(made))
    assert type(back) is kind
    assert back.as_dict() == made.as_dict()
    assert back.zh == "不对"
    assert set(made.as_dict()) == {"code", "title", "where", "expected", "got", "do"}
    for part in (kind.code, kind.title, "a bar", "a foo", "Mend it.", "recipe.yaml, line 3"):
        assert part in str(made)


def test_which_errors_have_another_exit_code() -> None:
    assert {kind.__name__: kind.exit_code for kind in CATALOGUE if kind.exit_code != 1} == {
        "Interrupted": 130,
        "WrongUse": 2,
    }
