"""Reading on in texts without labels, before the ladder."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch

from seedbed.backbones.encoder import load_encoder
from seedbed.backbones.tokens import Tokens
from seedbed.data.unlabelled import Unlabelled
from seedbed.errors import UnknownKey, WrongValue
from seedbed.home import read_json, sha256
from seedbed.recipe import Pretrain, override, parse
from seedbed.tasks.settle import settled
from seedbed.tune import loop, pretrain
from seedbed.tune.context import Context, seconds_of
from seedbed.tune.events import Event
from seedbed.tune.inputs import Encoded
from seedbed.tune.masked import Guesser, Held, Hiding, least_squares, likelihood, loss
from seedbed.tune.pretrain import Facts, pinned, pretrained
from seedbed.tune.reading import Reading
from seedbed.tune.vocabulary import narrow, widen

TEXTS = [text for text, _ in rows.made(140, 9)]
CLS, SEP, MASK = 101, 102, 103


def draw(seed: int = 5) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_pieces_are_hidden_as_bert_hides_them(small: Path) -> None:
    shown = torch.arange(5000, 5100)
    ids = torch.arange(1000, 4000).repeat(20).reshape(200, 300)
    ids[:, 0], ids[:, 299] = CLS, SEP
    given = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    hiding = Hiding(Tokens(small, 32), shown)
    found, again = hiding(given, draw()), hiding(given, draw())
    assert torch.equal(found["input_ids"], again["input_ids"])
    asked = found["asked"] != -1
    assert torch.equal(found["asked"][asked], ids[asked]), "the truth"
    assert torch.equal(found["input_ids"][~asked], ids[~asked])
    assert not asked[:, [0, 299]].any(), "special pieces stay"
    after = found["input_ids"][asked]
    # 59,600 pieces: the standard error of 15 % is 0.0015; of 80 % of those 8,940, 0.0042.
    assert float(asked[:, 1:299].float().mean()) == pytest.approx(0.15, abs=0.006)
    assert float((after == MASK).float().mean()) == pytest.approx(0.8, abs=0.017)
    assert float((after >= 5000).float().mean()) == pytest.approx(0.1, abs=0.013)
    assert float((after == ids[asked]).float().mean()) == pytest.approx(0.1, abs=0.013)


def test_every_text_is_asked_something(small: Path) -> None:
    ids = torch.tensor([[CLS, 2000, SEP, 0], [CLS, SEP, 0, 0]])
    given = {"input_ids": ids, "attention_mask": (ids > 0).long()}
    asked = Hiding(Tokens(small, 32), torch.tensor([7]))(given, draw())["asked"] != -1
    assert asked.tolist() == [[False, True, False, False], [False] * 4]


def test_least_squares_find_what_there_is() -> None:
    x = torch.randn(50, 3, generator=draw())
    weight, bias = torch.tensor([[1.0, 2, 3], [0, -1, 4]]), torch.tensor([5.0, -6])
    found = least_squares(x, x @ weight.T + bias, 0.0)
    torch.testing.assert_close(found, (weight, bias), atol=1e-4, rtol=1e-4)
    strict, middle = least_squares(x, x @ weight.T + bias, 1e9)
    torch.testing.assert_close(strict, torch.zeros(2, 3), atol=1e-4, rtol=0)
    torch.testing.assert_close(middle, (x @ weight.T + bias).mean(0), atol=1e-3, rtol=0)


def guesser(folder: Path) -> tuple[Guesser, Hiding, Encoded]:
    context = rows.context(folder, folder.parent / "guesser")
    modality = context.modality
    encoded = modality.encode(TEXTS)
    encoder = load_encoder(folder)
    reached = narrow(encoder, [*encoded, np.array([MASK])], 0)
    hiding = Hiding(Tokens(folder, 32), reached.used[reached.used > MASK])
    return Guesser(encoder).eval(), hiding, Encoded(modality, encoded)


def test_the_loss_by_hand(small: Path) -> None:
    model, hiding, inputs = guesser(small)
    held = Held(inputs, hiding, 3)
    batch, again = held.batch(np.arange(6)), held.batch(np.arange(6))
    assert all(torch.equal(batch[name], again[name]) for name in batch)
    model.begin([held.batch(np.arange(6, 60))])
    with torch.no_grad():
        told = model(**batch)
        turn, prior = model.head.turn, model.head.prior
        hidden = model.encoder(batch["input_ids"], attention_mask=batch["attention_mask"])
        table = model.encoder.get_input_embeddings()
        sums, counts = [0.0] * 6, [0] * 6
        for row, place in (batch["asked"] != -1).nonzero().tolist():
            vector = turn(hidden.last_hidden_state[row, place])
            logits = torch.stack([vector @ one for one in table.weight]) + prior
            right = table.used.tolist().index(int(batch["asked"][row, place]))
            sums[row] -= float(logits.log_softmax(0)[right])
            counts[row] += 1
    assert told[:, 0].tolist() == pytest.approx(sums, rel=1e-4)
    assert told[:, 1].tolist() == counts
    mean = sum(sums) / sum(counts)
    assert float(loss(told, told)) == pytest.approx(mean, rel=1e-4)
    assert likelihood(told.numpy(), np.zeros(6)) == pytest.approx(math.exp(-mean), rel=1e-4)
    assert mean < math.log(len(table.used)), "better than to guess blindly"
    widen(model.encoder)


def asked(small: Path, run: Path, told: list[Event] | None = None, **changes: Any) -> Context:
    more = {"rows": "more.csv", "passes": 1.7} | changes
    return rows.context(small, run, rows=60, held=30, told=told, pretrain=more)


def tried(context: Context) -> tuple[Context, Facts | None]:
    found = Unlabelled(TEXTS, {"test": 1, "validation": 0})
    wanted = context.recipe.pretrain
    assert wanted is not None
    return pretrained(context, found, wanted)


def read_on(context: Context) -> tuple[Context, Facts]:
    after, facts = tried(context)
    assert facts is not None
    return after, facts


@pytest.fixture(scope="module")
def whole(small: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Facts]:
    """Give the folder and the facts of a whole run."""
    run = tmp_path_factory.mktemp("whole")
    return run, read_on(asked(small, run))[1]


def weights(run: Path) -> str:
    return sha256(run / "pretrain" / "model" / "model.safetensors")


def test_the_loss_falls_and_the_probe_decides(small: Path, whole: tuple[Path, Facts]) -> None:
    run, facts = whole
    assert facts.after < facts.before < math.log(30_000)
    assert (facts.texts, facts.aside, facts.passes) == (140, {"test": 1, "validation": 0}, 1.7)
    assert facts.kept == (facts.value > facts.base)
    told: list[Event] = []
    context, same = read_on(asked(small, run, told))
    assert same == facts, "what is done is not done again"
    assert [one.kind for one in told] == ["pretrain"]
    assert (context.start == run / "pretrain" / "model") == facts.kept
    said = facts.said["en"]
    assert said.startswith("Read on in 140 texts without labels, 1.7 passes: the loss of a hidden")
    assert f"accuracy {facts.value:.4f} on it, {facts.base:.4f} on the base model." in said
    assert ("Kept: " in said) == facts.kept
    left = {path.name for path in (run / "pretrain").iterdir()}
    assert left == {"facts.json", "model", "plan.json", "read.json"}


def test_the_folder_is_a_base_model_that_reads_alike(
    small: Path, whole: tuple[Path, Facts]
) -> None:
    base = rows.context(small, whole[0] / "base")
    found = rows.context(whole[0] / "pretrain" / "model", whole[0] / "other")
    assert (found.backbone.pooling, found.backbone.prefix) == (base.backbone.pooling, "")
    one, other = (
        dict(context.modality.network(context.backbone.folder).named_parameters())
        for context in (base, found)
    )
    assert one.keys() == other.keys()
    moved = {name for name in one if not torch.equal(one[name], other[name])}
    assert {name.split(".")[1] for name in moved} == {"embeddings", "encoder"}
    table = "encoder.embeddings.word_embeddings.weight"
    assert torch.equal(one[table][29_000], other[table][29_000]), "no text holds it"


def test_killed_and_made_again_it_is_the_same(
    small: Path, whole: tuple[Path, Facts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps planned by the clock, cut off, resumed: by the recipe that is written back."""
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    tell = Context.tell

    def cut(self: Context, kind: str, **told: Any) -> None:
        tell(self, kind, **told)
        if told.get("step") == 4:
            raise ZeroDivisionError

    monkeypatch.setattr(Context, "tell", cut)
    with pytest.raises(ZeroDivisionError):
        read_on(asked(small, tmp_path, minutes=60.0))
    monkeypatch.setattr(Context, "tell", tell)
    assert (tmp_path / "pretrain" / "state.safetensors").is_file()
    assert not (tmp_path / "pretrain" / "model").exists()
    _, facts = read_on(asked(small, tmp_path, minutes=60.0))
    assert weights(tmp_path) == weights(whole[0])
    assert pinned(facts) == {"pretrain.passes": 1.7, "pretrain.minutes": None}
    assert (facts.before, facts.after) == (whole[1].before, whole[1].after)


def test_what_does_not_help_is_not_kept(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reading, "rate", 0.5)  # wrecks the encoder
    before = asked(small, tmp_path, passes=1.0)
    after, facts = read_on(before)
    assert after is before
    assert not facts.kept
    assert "Not kept, the base model stays: " in facts.said["en"]


def test_what_fails_leaves_the_base_model(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reading, "rate", 1e30)
    told: list[Event] = []
    before = asked(small, tmp_path, told)
    assert tried(before) == (before, None)
    (warned,) = (one.told["warning"] for one in told if one.kind == "warning")
    assert warned.startswith("pretrain: the base model stays: ")
    assert not (tmp_path / "pretrain" / "model").exists()


def test_time_is_kept(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = asked(small, tmp_path, passes=None, minutes=0.001)
    limits = []
    for told in ({"passes": 1.0}, {"passes": 1.0, "minutes": 2.0}, {"minutes": 2.0}, {}):
        wanted = Pretrain(rows="more.csv", **told)
        limits.append(Reading(context, [], wanted, tmp_path)._limit())
    assert limits == [math.inf, 120, 120, 30 * 60 / 3]
    money = override(context.recipe, {"budget.money": 0.01})  # of 0.10 an hour: six minutes
    assert seconds_of(money) == pytest.approx(360)
    monkeypatch.setattr(pretrain, "_probed", lambda _: 0.5)
    _, facts = read_on(context)
    assert facts.passes == pytest.approx(1 / 3), "one step of the three of a pass"
    assert read_json(tmp_path / "pretrain" / "plan.json") == {"passes": facts.passes}
    assert not facts.kept, "no better is not better"


def test_an_encoder_of_texts_is_needed(tmp_path: Path) -> None:
    context = rows.context("cnn", tmp_path, pretrain={"rows": "more.csv"})
    with pytest.raises(WrongValue, match="cnn, which reads image"):
        read_on(context)


PLAIN = "name: a\ndata: {train: train.csv}\n"


@pytest.mark.parametrize(
    ("written", "wrong", "said"),
    [
        ("pretrain: {row: more.csv}", WrongValue, r"pretrain\.rows"),
        ("pretrain: {rows: more.csv, pases: 1}", UnknownKey, "Did you mean 'passes'"),
        ("pretrain: {rows: more.csv, passes: 0}", WrongValue, "greater than 0"),
        ("pretrain: {rows: more.csv, minutes: -1}", WrongValue, "greater than 0"),
        ("pretrain: more.csv", WrongValue, "keys and values"),
    ],
)
def test_a_wrong_value_is_named(written: str, wrong: type[Exception], said: str) -> None:
    with pytest.raises(wrong, match=said):
        parse(PLAIN + written)


@pytest.mark.parametrize("task", ["token-classification", "text-matching", "image-classification"])
def test_a_task_without_single_texts_is_refused(task: str) -> None:
    recipe = parse(f"{PLAIN}task: {task}\npretrain: {{rows: more.csv}}\n")
    with pytest.raises(WrongValue, match=f"(?s)pretrain.*{task}"):
        settled(recipe)


def test_the_file_is_counted_from_the_recipe(tmp_path: Path) -> None:
    recipe = parse(f"{PLAIN}pretrain: {{rows: more.csv}}\n", folder=tmp_path)
    assert recipe.pretrain is not None
    assert recipe.pretrain.rows == str(tmp_path / "more.csv")
