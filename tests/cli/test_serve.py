"""What is typed behind `seedbed serve` is what the server is told."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from seedbed import cli
from seedbed.home import Home
from seedbed.serve import server
from seedbed.serve.batcher import MOST_SECONDS
from seedbed.serve.server import Config, Started


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Config]:
    found: list[Config] = []

    def run(home: Home, config: Config, started: Callable[[Started], None]) -> None:
        found.append(config)
        started(Started("http://127.0.0.1:8000", ["demo"], None, None, "demo", {"text": "a"}))

    monkeypatch.setattr(server, "run", run)
    return found


def served(*typed: str) -> Any:
    with pytest.raises(SystemExit) as ended:
        cli.main(["serve", *typed])
    return ended.value.code


def test_the_queue_holds_four_seconds_unless_told(told: list[Config]) -> None:
    assert not served()
    assert not served("--max-queue", "1.5")
    assert [config.settings.max_queue for config in told] == [MOST_SECONDS, 1.5] == [4.0, 1.5]


def test_releases_are_named_one_by_one(told: list[Config]) -> None:
    assert not served("--release", "demo", "--release", "plain")
    assert told[0].settings.releases == {"demo", "plain"}


def test_any_curl_and_any_shell_take_the_line() -> None:
    body = {"row": {"it's": 'a "level" of $1 & more', "sum": 3.5}}
    line = Started("http://127.0.0.1:1", ["loans"], None, "sb_live_x", "loans", body).curl
    assert "--json" not in line, "curl has it from 7.82 on alone"
    command, address, *options = shlex.split(line)
    assert (command, address) == ("curl", "http://127.0.0.1:1/v1/predict/loans")
    assert options[0:2] == ["-H", "Authorization: Bearer sb_live_x"]
    assert options[2:4] == ["-H", "content-type: application/json"]
    assert options[4] == "-d"
    assert json.loads(options[5]) == body


@pytest.mark.parametrize("seconds", ["0", "-1", "601", "many"])
def test_a_queue_of_no_sense_is_wrong_use(
    told: list[Config], seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert served("--max-queue", seconds, "--json") == 2
    assert "--max-queue" in json.loads(capsys.readouterr().out)["error"]["got"]
    assert not told
