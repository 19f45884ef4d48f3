"""`seedbed plan check`: what is printed, at every width, in both languages, and for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from example import EXAMPLE
from rich.cells import cell_len

from seedbed.cli import main, show
from seedbed.cli.plan import ACTIONS, ORDER
from seedbed.cli.plan.show import tell
from seedbed.home import Home
from seedbed.venture.file import parse
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Chart, Figure, Said, Section, Table

SAID = Said("what it is", "这是什么")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEEDBED_HOME", str(tmp_path / "home"))
    (tmp_path / "venture.yaml").write_text(EXAMPLE, encoding="utf-8")
    show.out.cache_clear()
    show.err.cache_clear()
    return tmp_path


def typed(*arguments: str) -> int:
    with pytest.raises(SystemExit) as done:
        main(["plan", *arguments])
    return int(done.value.code or 0)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(
    width: int,
    language: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert typed("check", str(folder), "--language", language) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, lines)) <= width
    text = "\n".join(lines)
    assert ("假设登记表" if language == "zh" else "Assumption register") in lines[0]
    for path in Plan.of(parse(EXAMPLE), home=Home(folder)).register:
        assert path in text


def test_programs_get_one_object(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("check", str(folder), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["key"] == "check"
    assert said["data"]["assumptions"]["price.now"]["value"] == 0.0008
    assert {one["kind"] for one in said["data"]["findings"]} >= {"nowhere", "degenerate"}


def test_an_impossible_venture_fails_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = EXAMPLE.replace("churn: 0.02..0.06", "churn: 2..6")
    (folder / "venture.yaml").write_text(wrong, encoding="utf-8")
    assert typed("check", str(folder), "--json") == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "SB902"
    assert error["where"].endswith("venture.yaml, line 38")


def test_the_folders_own_file_is_what_is_read(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for arguments in ((), ("check",)):
        assert typed(*arguments) == 0
        assert "Assumption register" in capsys.readouterr().out
    assert typed("check", "--language", "fr") == 2
    assert typed("check", "nowhere.yaml") == 1


def test_actions_stand_in_the_order_of_the_work() -> None:
    assert [name for name in ORDER if name in ACTIONS] == list(ACTIONS)


FULL = Section(
    key="full",
    title=Said("Everything", "全部"),
    answer=Said("All of it in a sentence.", "一句话说完。"),
    figures=(
        Figure("a", SAID, 0.000142, "USD/answer", 0.00008, 0.0003, "hour / (speed · 3600)"),
        Figure("b", SAID, None),
        Figure("c", SAID, 1_234_567.0, "USD"),
        Figure("d", SAID, 0.125, "%"),
    ),
    tables=(
        Table("t", SAID, (Said("name", "名称"), Said("many", "数量")), (("客户", 12), ("x", None))),
        Table("none", Said("an empty table", "空表"), (SAID,), ()),
        Table("wide", SAID, tuple([SAID] * 8), (("a long cell of words " * 2,) * 8,)),
        Table("text", SAID, (SAID, SAID), (("short", "many words to be folded " * 9),)),
    ),
    charts=(
        Chart("c", SAID, lambda _: {"data": {"values": [{"x": 1}]}, "mark": "point",
                                    "encoding": {"x": {"field": "x", "type": "quantitative"}}}),
    ),
    cautions=(Caution("k", Said("beware", "当心"), "unit.hour"),),
    notes=(Said("not modelled", "未建模"),),
    data={"x": 1},
)  # fmt: skip


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_section_is_printed_whole(
    width: int,
    language: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    plan = Plan.read(folder)
    tell(FULL, plan, language=language, charts=folder / "charts")
    text = capsys.readouterr().out
    assert max(map(cell_len, text.splitlines())) <= width
    wanted = ["一句话说完。", "未建模", "当心"] if language == "zh" else ["in a sentence", "beware"]
    formula = "= 机器时价 / (speed · 3600)" if language == "zh" else "= hour / (speed · 3600)"
    for each in (*wanted, formula, "$0.000142", "$1,234,567", "12.5%"):
        assert each in text
    assert "an empty table" not in text
    assert "空表" not in text
    assert text.index("$1,234,567") < text.index("many words")
    assert (folder / "charts" / "c.svg").read_text(encoding="utf-8").startswith("<svg")


def test_help_answers_within_half_a_second_and_names_the_actions() -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "seedbed", "plan", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "check" in ran.stdout
    for heavy in ("scipy", "cvxpy", "torch", "pandas", "altair", "sqlalchemy"):
        assert f" {heavy}\n" not in ran.stderr, f"{heavy} is imported for --help"


def test_a_section_is_json_in_a_language() -> None:
    told = FULL.as_dict("zh")
    assert json.loads(json.dumps(told, ensure_ascii=False)) == told
    assert told["figures"][0]["title"] == "这是什么"
    assert told["figures"][1]["value"] is None
    assert told["charts"] == [{"key": "c", "title": "这是什么"}]


def test_new_writes_a_commented_venture_that_checks(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        main(["new", str(folder / "brands"), "--blueprint", "venture", "--json"])
    assert not done.value.code
    made = json.loads(capsys.readouterr().out)
    assert made["blueprint"] == "venture"
    text = Path(made["venture"]).read_text(encoding="utf-8")
    assert "@" not in text
    assert "name: brands" in text
    assert typed("check", made["folder"], "--json") == 0
    found = json.loads(capsys.readouterr().out)["data"]["findings"]
    assert not {"missing", "contradicted"} & {one["kind"] for one in found}


@pytest.mark.parametrize("more", [["--data", "rows.csv"]])
def test_a_venture_has_no_rows(more: list[str], folder: Path) -> None:
    with pytest.raises(SystemExit) as done:
        main(["new", str(folder / "brands"), "--blueprint", "venture", *more])
    assert done.value.code == 2
    assert not (folder / "brands").exists()


def test_every_section_of_the_file_stands_in_the_blueprint() -> None:
    from seedbed.recipe.blueprints import folder as blueprints
    from seedbed.venture.file import Venture

    text = (blueprints() / "venture.txt").read_text(encoding="utf-8")
    left = {"factors", "invest", "bets"}  # measured, or for those who look them up
    for name, field in Venture.model_fields.items():
        if name not in left:
            assert f"\n{field.alias or name}:" in text, name
