"""`seedbed traffic`: the moves of a server, typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seedbed.cli import main
from seedbed.home import Home
from seedbed.ledger.call import Claim, Comparison, Settlement
from seedbed.ledger.clock import DAY, Manual, System
from seedbed.ledger.database import Database
from seedbed.ledger.ledger import Ledger


class Typed:
    """Runs `seedbed traffic` in a home with `demo/1`, `demo/2` and `demo/3`."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *typed: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as caught:
            main(["traffic", *typed])
        said = self._capsys.readouterr()
        assert int(caught.value.code or 0) == code, said.err
        return said.out

    def json(self, *typed: str, code: int = 0) -> Any:
        return json.loads(self(*typed, "--json", code=code))


@pytest.fixture
def typed(
    releases: Home,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Typed:
    (tmp_path / "releases").symlink_to(releases.releases)
    monkeypatch.setenv("SEEDBED_HOME", str(tmp_path))
    monkeypatch.delenv("SEEDBED_DB", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return Typed(capsys)


def numbers(state: Any) -> dict[str, int]:
    return {alias: setting["number"] for alias, setting in state["aliases"].items()}


def test_every_move_can_be_typed(typed: Typed) -> None:
    assert typed.json() == []
    assert numbers(typed.json("alias", "demo", "champion", "1")) == {"champion": 1, "previous": 3}
    state = typed.json("canary", "demo", "2", "--share", "0.25", "--reason", "try it")
    canary = {"number": 2, "share": 250_000, "shadow": False, "compared": 0, "agreed": 0}
    assert state["aliases"]["canary"] == canary
    assert numbers(typed.json("shadow", "demo", "3"))["shadow"] == 3
    assert numbers(typed.json("promote", "demo"))["champion"] == 2
    assert numbers(typed.json("roll-back", "demo", "--reason", "complaints"))["champion"] == 1
    assert "demo: champion 1" in typed("shadow", "demo", "--end")
    assert [set(one["aliases"]) for one in typed.json()] == [{"champion"}]
    moved = typed.json("moves", "demo")
    assert (moved[0]["action"], moved[1]["reason"]) == ("shadow", "complaints")
    assert moved[0]["by"].startswith("cli")
    assert "complaints" in typed("moves")
    assert len(typed.json("moves", "--limit", "2")) == 2


def compared(*agreed: bool, day: int = 0) -> None:
    """Let `demo/3` answer rows of a call beside `demo/1`, as many days ago."""
    ledger = Ledger(Database.open(), Manual(System().now() - day * DAY))
    ledger.start()
    plan = {"name": "open", "currency": "USD", "charges": [{"tiers": [{"price": "0.01"}]}]}
    customer = ledger.customers.create("Acme GmbH").id
    ledger.subscriptions.subscribe(customer, ledger.plans.publish(plan).name)
    key, _ = ledger.keys.create(customer)
    asked = {"verb": "predict", "route": "", "alias": "champion", "rows": 1, "tokens": 1}
    call = f"call_{day}"
    ledger.claim(Claim(call, key, release="demo", number=1, **asked)).result(10)
    ledger.settle(Settlement(call, key, "onnx", 1, 1, 1, b"")).result(10)
    answers = [("card", "card" if same else "rate") for same in agreed]
    both = Comparison(call, customer, "demo", 1, 3, answers, list(agreed), texts=False)
    ledger.note({"release": "demo", "number": 3, "verb": "predict", "status": "shadow"}, both)
    ledger.close()
    ledger = Ledger(Database.open())
    ledger.feedback.record(customer, call, "wrong", correct="rate")
    ledger.database.close()


def test_comparisons_are_listed(typed: Typed) -> None:
    compared(False)
    (found,) = typed.json("compared", "demo")
    assert (found["number"], found["other"], found["rows"], found["agreed"]) == (1, 3, 1, 0)
    assert (found["judged"], found["right"], found["other_right"]) == (1, 0, 1)
    assert "judged" in typed("compared", "demo")
    assert typed.json("compared", "plain") == []


def test_what_was_compared_in_the_last_day_is_shown(typed: Typed) -> None:
    typed("alias", "demo", "champion", "1")
    typed("canary", "demo", "2", "--share", "0.25")
    typed("shadow", "demo", "3")
    compared(True, True, False)
    compared(False, day=2)
    aliases = typed.json("list", "demo")[0]["aliases"]
    told = {alias: (one["compared"], one["agreed"]) for alias, one in aliases.items()}
    assert aliases["previous"]["number"] == 3  # as no champion was named, the newest had been it
    assert told == {"champion": (0, 0), "previous": (3, 2), "canary": (0, 0), "shadow": (3, 2)}
    assert "2 of 3 rows" in typed("list", "demo")


def test_a_customer_is_pinned_by_its_name(typed: Typed) -> None:
    ledger = Ledger(Database.open())
    made = ledger.customers.create("Acme GmbH")
    ledger.database.close()
    assert typed.json("pin", "demo", "Acme GmbH", "2")["pins"] == {made.id: 2}
    assert "pin of Acme GmbH" in typed("list", "demo")
    assert typed.json("pin", "demo", made.id, "--end")["pins"] == {}
    assert typed.json("list", "plain") == []


def test_what_cannot_be_moved_is_said_and_moves_nothing(typed: Typed) -> None:
    typed("canary", "demo", "2", "--share", "0.5")
    before = typed.json()
    assert typed.json("alias", "demo", "champion", "9", code=1)["error"]["code"] == "SB501"
    assert typed.json("alias", "nobody", "champion", "1", code=1)["error"]["code"] == "SB501"
    assert typed.json("canary", "demo", "1", "--share", "2", code=1)["error"]["code"] == "SB802"
    typed("alias", "demo", "mine", code=2)
    typed("alias", "demo", "mine", "1", "--end", code=2)
    assert typed.json() == before
    assert "50 %" in typed("list")
