"""What the hash of the inputs covers: the releases and the ledger that the figures are of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from invest_sample import release
from till import Till

from seedbed.errors import ReleaseMissing, VentureWrong
from seedbed.home import Home, sha256
from seedbed.ledger.audit import Audit
from seedbed.release.store import MANIFEST
from seedbed.venture import file
from seedbed.venture.document import inputs, product
from seedbed.venture.invest import evidence
from seedbed.venture.plan import Plan
from seedbed.venture.price import offers

TODAY = date(2026, 4, 10)
FILE = "name: shop\ncurrency: USD\ncapital: 1000\nabout: "


def of(folder: Path, about: str) -> Plan:
    venture = file.parse(f"{FILE}{{{about}}}\n", folder=folder)
    return Plan.of(venture, home=Home(folder / "home"), today=TODAY)


def hashes(plan: Plan, title: object) -> dict[str, str]:
    return {one.name: one.digest for one in inputs.gather(plan) if one.what == title}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a home of two releases of one name."""
    made = tmp_path_factory.mktemp("shop")
    for _ in range(2):
        release(Home(made / "home"))
    return made


@pytest.mark.parametrize(
    ("spec", "number"),
    [
        ("first-light", 2),
        ("first-light/1", 1),
        ("first-light@latest", 2),
        ("home/releases/first-light/1", 1),
        ("./home/releases/first-light/1", 1),
        ("{folder}/home/releases/first-light/2", 2),
    ],
)
def test_every_part_reads_the_release_that_was_measured(
    folder: Path, spec: str, number: int
) -> None:
    plan = of(folder, f'releases: ["{spec.format(folder=folder)}"]')
    source = plan.register["unit.answers_per_second"].where
    assert source == f"release first-light/{number}, gate.json"
    assert product.sold(plan).number == number
    told = evidence.of(plan)
    assert told is not None
    assert told.name == f"first-light/{number}"
    assert offers.sold(plan) == "first-light"
    manifest = folder / "home" / "releases" / "first-light" / str(number) / MANIFEST
    assert hashes(plan, inputs.RELEASE) == {f"first-light/{number}": sha256(manifest)}


def test_each_release_that_is_named_must_be_there_and_is_hashed(folder: Path) -> None:
    plan = of(folder, "releases: [first-light/2, first-light/1]")
    assert list(hashes(plan, inputs.RELEASE)) == ["first-light/2", "first-light/1"]
    with pytest.raises(ReleaseMissing, match="first-lite"):
        of(folder, "releases: [first-light, first-lite]")


def test_the_hash_is_of_the_ledger_that_the_figures_are_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Till(tmp_path / "books", "2026-01-01") as till:
        till.customer()
        head = dict([Audit(till.ledger.database).head()])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("HOME", str(tmp_path))
    for spec in ("books/ledger.db", "~/books/ledger.db"):
        plan = of(tmp_path, f'ledger: "{spec}"')
        assert plan.value("customers.now") == 1
        assert hashes(plan, inputs.LEDGER) == {f"{row:,}": told for row, told in head.items()}
    assert list(elsewhere.iterdir()) == []


def test_a_ledger_that_is_not_there_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for spec in ("no.db", f"sqlite:///{tmp_path}/no.db"):
        with pytest.raises(VentureWrong, match=r"no\.db"):
            of(tmp_path, f'ledger: "{spec}"')
    monkeypatch.setenv("SEEDBED_DB", str(tmp_path / "later.db"))
    assert hashes(of(tmp_path, ""), inputs.LEDGER) == {}
    assert list(tmp_path.iterdir()) == []
