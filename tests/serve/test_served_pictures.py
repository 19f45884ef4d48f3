"""A served release of pictures: data URLs in, labels out, and no file of the server's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from seedbed import recipe as recipes
from seedbed.data.pictures import data_url
from seedbed.errors import ImageBroken
from seedbed.home import Home
from seedbed.release.build import build
from seedbed.serve.problems import status_of
from seedbed.serve.replica import Replica
from seedbed.serve.routes.predict import body
from seedbed.tune.events import Events


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Replica:
    folder = tmp_path_factory.mktemp("served")
    found = load_digits()
    some = np.flatnonzero(found.target < 2)
    images, labels = (found.images[some] * 15.9).astype("u1"), found.target[some]
    np.savez(folder / "two.npz", images=images, labels=labels)
    plain = {
        "name": "two",
        "task": "image-classification",
        "data": {"train": str(folder / "two.npz")},
        "base": "cnn",
        "ladder": {"only": "baseline"},
        "judge": {"bootstrap": 100, "robustness_rows": 5, "explained_rows": 1},
    }
    return Replica(build(recipes.validate(plain), Home(folder / "home"), Events()), threads=1)


def test_it_answers_sent_pictures(replica: Replica) -> None:
    found = load_digits()
    sent = [data_url((found.images[i] * 15.9).astype("u1")) for i in (0, 1)]
    bare = [one.partition(",")[2] for one in sent]
    ran = replica.run(replica.encode([*sent, *bare]))
    labels = [one["label"] for one in replica.answers(ran.logits, [*sent, *bare])]
    assert labels == ["0", "1", "0", "1"]


def test_its_example_is_a_picture(replica: Replica) -> None:
    sent = body(replica.example)["text"]
    assert replica.run(replica.encode([sent])).logits.shape == (1, 2)


@pytest.mark.parametrize(
    "text", ["hello", "/etc/passwd", "data:image/png;base64,AAAA", "file:///etc/hostname"]
)
def test_what_is_no_picture_is_a_wrong_request(replica: Replica, text: str) -> None:
    with pytest.raises(ImageBroken) as caught:
        replica.encode([text])
    assert status_of(caught.value) == 422
    sent = data_url(np.zeros((8, 8), "u1"))
    assert replica.run(replica.encode([sent])).logits.shape == (1, 2)  # it goes on answering


def test_a_file_of_the_server_is_not_read(replica: Replica, tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.zeros((8, 8), "u1")).save(tmp_path / "a.png")
    with pytest.raises(ImageBroken):
        replica.encode([str(tmp_path / "a.png")])
