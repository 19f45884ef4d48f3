"""Spans: read, cut into words, tagged, counted as seqeval counts, restored in characters."""

from __future__ import annotations

import json
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import rows
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from seedbed import recipe as recipes
from seedbed.backbones.encoder import load_encoder
from seedbed.backbones.modalities.base import load
from seedbed.backbones.modalities.words import Words
from seedbed.backbones.network import Classifier
from seedbed.backbones.tokens import Tokens
from seedbed.data.read import table
from seedbed.errors import LabelUnseen, OneClass, TagsWrong
from seedbed.home import Home
from seedbed.recipe import Data
from seedbed.release.build import build
from seedbed.release.predictor import Predictor
from seedbed.release.store import Release
from seedbed.tasks import spans
from seedbed.tasks.base import Promise, Schema
from seedbed.tasks.token_classification import TokenClassification
from seedbed.tune.events import Events

LABELS = ("O", "B-a", "I-a", "B-b", "I-b")
TASK = TokenClassification(Data(train="rows.jsonl", text="tokens", label="tags"))


def written(tmp_path: Path, lines: list[dict[str, object]]) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "label", "tags"),
    [
        ('["Rick", "ran"]', '["B-a", "O"]', ["B-a", "O"]),
        ("Rick ran", "B-a O", ["B-a", "O"]),
        ('["New", "York", "now"]', '["I-a", "I-a", "O"]', ["B-a", "I-a", "O"]),
        ('["New", "York", "x"]', '["B-a", "E-a", "S-b"]', ["B-a", "I-a", "B-b"]),
        ('["New", "York", "x"]', '["B-a", "L-a", "U-b"]', ["B-a", "I-a", "B-b"]),
        ("Rick ran", '[{"start": 0, "end": 4, "type": "a"}]', ["B-a", "O"]),
        ("Rick ran", '[{"start": 0, "end": 4, "label": "a"}]', ["B-a", "O"]),
        ("Rick ran", '[[0, 4, "a"]]', ["B-a", "O"]),
        ("彭小军说", '[{"start": 0, "end": 3, "type": "a"}]', ["B-a", "I-a", "I-a", "O"]),
        ("Rick ran", "[]", ["O", "O"]),
        ("the Ricks", '[{"start": 4, "end": 8, "type": "a"}]', ["O", "B-a"]),
    ],
)
def test_tags_and_spans_are_read_however_they_are_written(
    text: str, label: str, tags: list[str]
) -> None:
    sentence, found = spans.read(text, label, where="row 1")
    assert found == tags
    for word, start in zip(sentence.words, sentence.starts, strict=True):
        assert sentence.text[start : start + len(word)] == word


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('["a", "b"]', '["O"]'),
        ('["a", "b"]', '["O", "person"]'),
        ("Rick", '[{"start": 0, "end": 9, "type": "a"}]'),
        ("Rick", '[{"start": 2, "end": 2, "type": "a"}]'),
        ("Rick", '[{"from": 0, "to": 4}]'),
        ("Rick ran", '[{"start": 4, "end": 5, "type": "a"}]'),
    ],
)
def test_what_makes_no_sense_says_where(text: str, label: str) -> None:
    with pytest.raises(TagsWrong, match="row 7"):
        spans.read(text, label, where="rows.csv, row 7")


@given(
    st.lists(st.lists(st.sampled_from(range(5)), min_size=6, max_size=6), min_size=1, max_size=8)
)
def test_spans_are_those_of_seqeval(tags: list[list[int]]) -> None:
    get_entities = pytest.importorskip("seqeval.metrics.sequence_labeling").get_entities
    for row in tags:
        ours = [
            (LABELS[2 * kind + 1][2:], a, b - 1) for kind, a, b in spans.entities(np.array(row))
        ]
        assert ours == get_entities([LABELS[tag] for tag in row])


def test_a_span_counts_only_where_type_and_ends_are_right() -> None:
    truth = np.array([[1, 2, 0, 3, -1], [0, 0, 1, 0, 0]])
    right = np.array([[1, 2, 0, 3, 4], [0, 0, 1, 0, 0]])
    assert spans.counts(truth, right).tolist() == [[2, 2, 2], [1, 1, 1]]
    short = np.array([[1, 0, 0, 1, 0], [0, 0, 0, 0, 3]])
    assert spans.counts(truth, short).tolist() == [[0, 2, 2], [0, 1, 1]]
    schema = Schema(LABELS)
    found = {name: TASK.metric(name, truth, short[:, :4], schema) for name in TASK.metrics}
    assert found == {"entity_f1": 0, "entity_precision": 0, "entity_recall": 0}
    assert TASK.metric("entity_f1", truth, right, schema) == 1


def test_a_type_that_training_never_had_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, [{"tokens": ["x", "y"], "tags": ["B-person", "O"]}])
    found = table(path, ["tokens", "tags"])
    schema = TASK.schema(found)
    assert schema.labels == ("O", "B-person", "I-person")
    other = table(written(tmp_path, [{"tokens": ["x"], "tags": ["B-persons"]}]), ["tokens", "tags"])
    with pytest.raises(LabelUnseen, match="B-person"):
        TASK.targets(other, schema)
    none = table(written(tmp_path, [{"tokens": ["x"], "tags": ["O"]}]), ["tokens", "tags"])
    with pytest.raises(OneClass):
        TASK.schema(none)


def test_answers_are_restored_in_characters() -> None:
    sentence = spans.cut("Ask  Rick Sanchez, 彭小军!")
    scores = np.full((len(sentence.words), 5), 0.1, dtype=np.float32)
    scores[:, 0] = 0.6
    for i, tag in ((1, 1), (2, 2), (4, 3), (5, 4), (6, 4)):
        scores[i] = 0.05
        scores[i, tag] = 0.8
    found = TASK.answer(scores, Schema(LABELS), Promise(), sentence)["entities"]
    assert [(one["type"], one["text"]) for one in found] == [("a", "Rick Sanchez"), ("b", "彭小军")]
    for one in found:
        assert sentence.text[one["start"] : one["end"]] == one["text"]
        assert one["score"] == pytest.approx(0.8)


@given(st.integers(1, 5), st.integers(0, 10_000))
def test_no_tags_that_make_spans_are_likelier(words: int, seed: int) -> None:
    """Beside all sequences, written out one by one; words of no preference behind change none."""
    scores = np.random.default_rng(seed).dirichlet([0.5] * 5, (1, words))
    proper = [
        tags
        for tags in product(range(5), repeat=words)
        if all(b in (0, 1, 3) or a in (b, b - 1) for a, b in pairwise((0, *tags)))
    ]
    chances = scores[0, np.arange(words), np.array(proper)].prod(axis=1)
    found = spans.likeliest(scores)
    assert found[0].tolist() == list(proper[int(chances.argmax())])
    beside = np.concatenate([scores, np.full((1, 3, 5), 0.2)], axis=1)
    assert spans.likeliest(beside)[0].tolist() == [*found[0], 0, 0, 0]


def test_a_row_is_answered_alike_alone_and_beside_longer_ones(tmp_path: Path) -> None:
    rows.two_layers(tmp_path / "base")
    words = Words(Tokens(tmp_path / "base", 16))
    one, two = words.encode([spans.joined(["a", "thing"]), spans.joined(["x"] * 9)])
    torch.manual_seed(0)
    network = words.network(tmp_path / "base")
    model = Classifier(network, torch.nn.Linear(network.width, 5))
    alone, beside = (
        model(**{name: torch.from_numpy(part) for name, part in words.batch(batch).items()})
        for batch in ([one], [one, two])
    )
    assert beside[0, :2].detach().numpy() == pytest.approx(alone[0].detach().numpy(), abs=1e-5)
    assert not beside[0, 2:].any()


def test_what_is_answered_behind_the_last_word_is_not_shown() -> None:
    """Beside longer rows a row is padded, and its answers there may be anything."""
    schema = Schema(LABELS)
    sentence = spans.read("Rick ran", "O O", where="row 1")[0]
    said = np.array([1, 0, 3, 4, 1])
    assert TASK.said(said, schema, sentence) == "a: Rick"
    assert TASK.said(said, schema) == "a 0–1 · b 2–4 · a 4–5"


def test_words_are_cut_one_by_one_and_each_has_a_first_piece(tmp_path: Path) -> None:
    rows.two_layers(tmp_path / "base")
    words = Words(Tokens(tmp_path / "base", 12))
    long = spans.joined([f"word{i}" for i in range(30)])
    short, cut = words.encode([spans.joined(["a", "thing"]), long])
    assert len(short.firsts) == 2
    assert (np.diff(short.firsts) > 0).all()
    assert words.size(cut) <= 12
    assert len(cut.firsts) == 30  # the words that were cut off point to the first piece
    assert cut.firsts[-1] == 0
    batch = words.batch([short, cut])
    assert batch["firsts"].shape == (2, 30)
    assert batch["input_ids"].shape == batch["attention_mask"].shape


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
@pytest.mark.parametrize("rung", ["tagger", "full", "adapter"])
def test_from_rows_to_a_release_that_finds_spans(tmp_path: Path, rung: str) -> None:
    rng = np.random.default_rng(0)
    names, places = ["rick", "ann", "bob"], ["paris", "rome", "oslo"]
    lines: list[dict[str, object]] = []
    for i in range(120 if rung == "adapter" else 240):
        who, where = names[rng.integers(3)], places[rng.integers(3)]
        tokens = [who, "went", "to", where, "again", str(i)]
        marks = ["B-who", "O", "O", "B-where", "O", "O"]
        lines.append({"tokens": tokens, "tags": marks, "shop": "ab"[i % 2]})
    rows.two_layers(tmp_path / "base")
    recipe = recipes.parse(
        f"name: spans\ntask: token-classification\nbase: {tmp_path / 'base'}\n"
        f"data: {{train: {written(tmp_path, lines)}, text: tokens, label: tags,"
        " sensitive: [shop]}\n"
        f"ladder: {{rungs: [{rung}], epochs: {{full: 3, adapter: 6}}}}\njudge: {{bootstrap: 200}}"
        + ("\ntrain: {adapter: prefix}" if rung == "adapter" else "")
        + ("" if rung == "tagger" else "\ngate: {engines: [torch-float32, onnx-float32]}")
    )
    release = build(recipe, Home(tmp_path / "home"), Events())
    report = release.read("report.json")
    assert report["metrics"]["entity_f1"]["value"] > 0.9
    assert {one["label"] for one in report["labels"]} == {"who", "where"}
    assert report["compared"][0]["with"] == "nothing"
    (shop,) = report["fairness"]
    assert {one["group"] for one in shop["groups"]} == {"a", "b"}
    (answer,) = Predictor(release).answers(["ann went to rome again"])
    assert [(e["type"], e["start"], e["end"]) for e in answer["entities"]] == [
        ("who", 0, 3),
        ("where", 12, 16),
    ]
    if rung == "adapter":  # a prefix: every engine computes with it, and plain peft reads it
        assert {row["engine"] for row in report["engines"] if row["kept"]} == {
            "torch-float32",
            "onnx-float32",
        }
        _answers_as_peft(release, tmp_path / "base")


def _answers_as_peft(release: Release, base: Path) -> None:
    from peft import PeftModel

    words = spans.joined(["ann", "went", "to", "rome"])
    ours = Predictor(release).logits([words])[0]
    encoder = PeftModel.from_pretrained(load_encoder(base), str(release.folder / "model/adapter"))
    head = load_file(release.folder / "model" / "adapter" / "head.safetensors")
    modality = load(release.folder / "model")
    batch = {k: torch.from_numpy(v) for k, v in modality.batch(modality.encode([words])).items()}
    firsts = batch.pop("firsts")[0]
    with torch.inference_mode():
        hidden = encoder(**batch).last_hidden_state[0, firsts]
    np.testing.assert_allclose(hidden @ head["weight"].T + head["bias"], ours, atol=2e-3)
