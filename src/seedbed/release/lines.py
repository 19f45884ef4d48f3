"""The lines by which a release is used without Seedbed: transformers, ONNX Runtime, peft, SciPy.

Each piece ends in `logits`; the tests run it as it stands in the card.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seedbed.backbones.tokens import CHINESE, Tokens
from seedbed.home import read_json
from seedbed.release.engines.export import ONNX

POOLED = {"mean": "((hidden * mask).sum(1) / mask.sum(1))", "cls": "hidden[:, 0]"}
ADAPTER = "model/adapter"

Piece = tuple[str, str]
"""A heading and the lines under it."""

_PIECES = """\
pieces = tokenizer({texts}, padding=True, truncation=True, max_length={max_tokens}, return_tensors="pt")
with torch.inference_mode(): hidden, mask = encoder(**pieces).last_hidden_state, pieces["attention_mask"].unsqueeze(-1)
logits = {pooled} @ head["weight"].T + head["bias"]
"""  # noqa: E501
TRANSFORMERS = (
    """\
import torch; from safetensors.torch import load_file; from transformers import AutoModel, AutoTokenizer
tokenizer, encoder, head = AutoTokenizer.from_pretrained("model"), AutoModel.from_pretrained("model"), load_file("model/head.safetensors")
"""  # noqa: E501
    + _PIECES
)
PEFT = (
    """\
import torch; from peft import PeftModel; from safetensors.torch import load_file; from transformers import AutoModel, AutoTokenizer
tokenizer, base, head = AutoTokenizer.from_pretrained("model"), AutoModel.from_pretrained({base!r}), load_file("{adapter}/head.safetensors"); encoder = PeftModel.from_pretrained(base, "{adapter}")
"""  # noqa: E501
    + _PIECES
)
ONNX_RUNTIME = """\
import numpy, onnxruntime; from safetensors.numpy import load_file; from tokenizers import Tokenizer
tokenizer, session, head = Tokenizer.from_file("model/tokenizer.json"), onnxruntime.InferenceSession("{onnx}"), load_file("model/head.safetensors")
tokenizer.enable_truncation({max_tokens}); pieces = tokenizer.encode({apart})
features = session.run(None, {{"input_ids": numpy.array([pieces.ids]), "attention_mask": numpy.array([pieces.attention_mask])}})[0]
logits = features @ head["weight"].T + head["bias"]
"""  # noqa: E501
TWINS = """\
import torch; from safetensors.torch import load_file; from transformers import AutoModel, AutoTokenizer
tokenizer, encoder, head = AutoTokenizer.from_pretrained("model"), AutoModel.from_pretrained("model"), load_file("model/head.safetensors")
pieces = tokenizer([{prefix}"your text", {prefix}"another text"], padding=True, truncation=True, max_length={max_tokens}, return_tensors="pt")
with torch.inference_mode(): hidden, mask = encoder(**pieces).last_hidden_state, pieces["attention_mask"].unsqueeze(-1)
one, other = torch.nn.functional.normalize({pooled})
logits = torch.cat([(one - other).abs(), one * other, (one @ other)[None]]) @ head["weight"].T + head["bias"]
"""  # noqa: E501
_WORDS = """\
words, first, last = ["your", "words"], {first}, {last}
parts = [{cut} for word in words]
starts, ids = [len(first) + sum(map(len, parts[:i])) for i in range(len(words))], [*first, *sum(parts, []), *last]
"""  # noqa: E501
_TAGGED = """\
with torch.inference_mode(): hidden = encoder(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids))).last_hidden_state[0, starts]
logits = hidden @ head["weight"].T + head["bias"]
"""  # noqa: E501
TAGS = (
    """\
import re, torch; from safetensors.torch import load_file; from transformers import AutoModel, AutoTokenizer
tokenizer, encoder, head = AutoTokenizer.from_pretrained("model"), AutoModel.from_pretrained("model"), load_file("model/head.safetensors")
"""  # noqa: E501
    + _WORDS
    + _TAGGED
)
TAGS_PEFT = (
    """\
import re, torch; from peft import PeftModel; from safetensors.torch import load_file; from transformers import AutoModel, AutoTokenizer
tokenizer, base, head = AutoTokenizer.from_pretrained("model"), AutoModel.from_pretrained({base!r}), load_file("{adapter}/head.safetensors"); encoder = PeftModel.from_pretrained(base, "{adapter}")
"""  # noqa: E501
    + _WORDS
    + _TAGGED
)
TAGS_ONNX = (
    """\
import numpy, onnxruntime, re; from safetensors.numpy import load_file; from tokenizers import Tokenizer
tokenizer, session, head = Tokenizer.from_file("model/tokenizer.json"), onnxruntime.InferenceSession("{onnx}"), load_file("model/head.safetensors"); tokenizer.no_padding()
"""  # noqa: E501
    + _WORDS
    + """\
asked = {{"input_ids": [ids], "attention_mask": [[1] * len(ids)], "firsts": [starts]}}
logits = session.run(None, {{name: numpy.array(one) for name, one in asked.items()}})[0][0] @ head["weight"].T + head["bias"]
"""  # noqa: E501
)
TREES = """\
import json, lightgbm, pathlib
told, row = json.loads(pathlib.Path("model/boosted.json").read_text(encoding="utf-8")), {row}
vector = [float(row[one["name"]]) if one["kind"] == "number" else one["levels"].index(row[one["name"]]) for one in told["columns"]["used"]]
logits = [lightgbm.Booster(model_file=f"model/{{name}}").predict([vector], raw_score=True)[0] for name in told["files"]]
"""  # noqa: E501
RETRIEVE = """\
import json, pathlib, torch; from safetensors.torch import load_file; from transformers import AutoModel, AutoTokenizer
tokenizer, encoder, index = AutoTokenizer.from_pretrained("model"), AutoModel.from_pretrained("model"), load_file("model/head.safetensors")
pieces = tokenizer([{prefix}"your question"], truncation=True, max_length={max_tokens}, return_tensors="pt")
with torch.inference_mode(): hidden, mask = encoder(**pieces).last_hidden_state, pieces["attention_mask"].unsqueeze(-1)
logits = index["vectors"].float() @ torch.nn.functional.normalize({pooled}).T * index.get("scales", torch.ones(1))[:, None]
answer = json.loads(pathlib.Path("collection/answers.jsonl").read_text(encoding="utf-8").split("\\n")[int(logits.argmax())])["text"]
"""  # noqa: E501
BM25 = """\
import json, numpy, pathlib; from safetensors.numpy import load_file
told, kept = json.loads(pathlib.Path("model/bm25.json").read_text(encoding="utf-8")), load_file("model/bm25.safetensors")
logits, terms = numpy.zeros(told["size"]), ["word", "stems"]
for column in (told["vocabulary"][term] for term in terms if term in told["vocabulary"]):
    part = slice(*kept["starts"][column : column + 2]); logits[kept["answers"][part]] += kept["weights"][part]
"""  # noqa: E501
_WRITES = """\
prompt = tokenizer.apply_chat_template([{{"role": "user", "content": "your text"}}], add_generation_prompt=True, return_tensors="pt", return_dict=True)
with torch.inference_mode(): logits = model(**prompt).logits; tokens = model.generate(**prompt, do_sample=False, max_new_tokens={written})
answer = tokenizer.decode(tokens[0, prompt["input_ids"].shape[1]:], skip_special_tokens=True)
"""  # noqa: E501
CAUSAL = (
    """\
import torch; from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer, model = AutoTokenizer.from_pretrained("model"), AutoModelForCausalLM.from_pretrained("model", dtype=torch.float32)
"""  # noqa: E501
    + _WRITES
)
CAUSAL_PEFT = (
    """\
import torch; from peft import PeftModel; from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer, base = AutoTokenizer.from_pretrained("model"), AutoModelForCausalLM.from_pretrained({base!r}, dtype=torch.float32); model = PeftModel.from_pretrained(base, "{adapter}")
"""  # noqa: E501
    + _WRITES
)
LINEAR = """\
import json, pathlib; from safetensors.numpy import load_file; from sklearn.feature_extraction.text import TfidfVectorizer
told, tensors = json.loads(pathlib.Path("model/linear.json").read_text(encoding="utf-8")), load_file("model/linear.safetensors")
terms = TfidfVectorizer(analyzer=told["analyzer"], ngram_range=tuple(told["ngrams"]), vocabulary=told["vocabulary"], sublinear_tf=True)
terms.idf_ = tensors["idf"]
logits = terms.transform(["your text"]) @ tensors["weight"].T + tensors["bias"]
"""  # noqa: E501


def use(
    folder: Path, base: str, *, reads: str = "text", output: str = "label", rounded: bool = False
) -> str:
    """Return the card's section on use.

    Args:
        folder: The release; what it has decides which libraries are shown.
        base: The base model as the hub names it, for the adapter.
        reads: What an input is (`Task.reads`).
        output: What an answer is (`Task.output`).
        rounded: Whether the adapter learnt beside other weights than the hub has by that name:
            the same in four bits.
    """
    pieces = "\n\n".join(
        f"{title}{ROUNDED if rounded and title == BESIDE else ''}\n\n```python\n{code}```"
        for title, code in _pieces(folder, base, reads)
    )
    if (table := _table(folder)) is not None:
        return f"{table}\n\n{pieces}" if pieces else table
    asked = ASKED.get(reads, '"your text"')
    start = (
        "## Use\n\nWith Seedbed, from any folder it was copied to: "
        f"`seedbed predict ./FOLDER {asked}`."
    )
    if not pieces:
        return f"{start} Other libraries have no counterpart of what this model reads."
    means = _value(folder) if output == "value" else MEANS.get(output, MEANS["label"])
    return f"{start}\n\nWithout, in the release's folder ({means}):\n\n{pieces}"


BESIDE = "### peft\n\nThe adapter alone, beside the base model."
ROUNDED = (
    " It learnt beside weights of four bits, out of a package: beside the hub's, which are whole,"
    " it answers a little otherwise than the release."
)
ASKED = {"pair": "$'your text\\tanother text'", "image": "photo.png"}
"""What is asked on the command line, by what an input is, where that is no text."""
MEANS = {
    "label": "the labels stand in `answer.json`, in the order of the logits",
    "tags": "one row of logits a word; the tags stand in `answer.json`, in their order",
    "rank": "one logit for each answer of `collection/answers.jsonl`",
    "text": "the tokens' logits, and what the model writes",
}
"""What the logits stand for, by what an answer is."""


def _value(folder: Path) -> str:
    schema = read_json(folder / "answer.json")["schema"]
    return f"the answer is {schema['centre']:.6g} + {schema['width']:.6g} times the logit"


def _table(folder: Path) -> str | None:
    """Return the section of a release that reads the rows of a table, else None."""
    found = [folder / "model" / f"{name}.json" for name in ("boosted", "mlp", "linear")]
    found += sorted((folder / "model").glob("*/model/*.json"))  # the parts of a blend
    told: dict[str, Any] = next((read_json(path) for path in found if path.is_file()), {})
    if "columns" not in told:
        return None
    names = [one["name"] for one in told["columns"]["used"]]
    listed = ", ".join(f"`{name}`" for name in names[:40])
    more = f" and {len(names) - 40:,} more" if len(names) > 40 else ""
    return (
        "## Use\n\nFrom any folder it was copied to: `seedbed predict ./FOLDER --file rows.csv`, "
        "or one row as JSON: `seedbed predict ./FOLDER '{\"column\": 3.5}'`. It reads "
        f"{len(names):,} columns: {listed}{more}. An empty cell, or null, is a missing one."
    )


PICTURES = """\
import numpy as np, onnxruntime
from PIL import Image
from safetensors.numpy import load_file

side = ({side}, {side})
picture = Image.open("photo.png").convert("{mode}").resize(side, Image.Resampling.BILINEAR)
pixels = np.asarray(picture).reshape(1, *side, {channels}).transpose(0, 3, 1, 2)
features = onnxruntime.InferenceSession("{onnx}").run(None, {{"pixels": pixels}})[0]
head = load_file("model/head.safetensors")
logits = features @ head["weight"].T + head["bias"]
"""


def _pieces(folder: Path, base: str, reads: str) -> Iterator[Piece]:
    if (folder / "model" / "bm25.json").is_file():
        yield "### NumPy", BM25
        return
    if (folder / "model" / "boosted.json").is_file():
        yield from _trees(read_json(folder / "model" / "boosted.json"))
        return
    if not (folder / "model" / "head.json").is_file():
        plain = folder / "model" / "linear.json"
        if plain.is_file() and read_json(plain).get("reads", "text") == "text":
            yield "### scikit-learn", LINEAR
        return
    told = read_json(folder / "model" / "head.json")
    if told.get("reads") == "causal":
        yield from _writes(folder, base, told)
        return
    if told.get("reads") == "image":
        if (folder / ONNX).is_file():
            mode = "L" if told["channels"] == 1 else "RGB"
            yield "### onnxruntime", PICTURES.format(onnx=ONNX, mode=mode, **told)
        return
    if told.get("reads") == "words":
        yield from _tags(folder, base, told)
    elif told["pooling"] in POOLED:
        yield from _texts(folder, base, told, pair=reads == "pair")


def _texts(folder: Path, base: str, told: dict[str, Any], *, pair: bool) -> Iterator[Piece]:
    from seedbed.backbones import prefixed

    prefix = f"{told['prefix']!r} + " if told["prefix"] else ""
    asked = [f'{prefix}"your text"', *['"another text"'] * pair]
    named = {
        "prefix": prefix,
        "texts": ", ".join(f"[{one}]" for one in asked),
        "apart": ", ".join(asked),
        "max_tokens": told["max_tokens"],
        "pooled": POOLED[told["pooling"]],
    }
    if "answers" in told:
        yield "### transformers", RETRIEVE.format(**named)
        return
    twins = told.get("reads") == "twins"
    whole = prefixed.kept(folder / "model") is None
    if whole:  # or transformers alone would leave the prefix out
        yield "### transformers", (TWINS if twins else TRANSFORMERS).format(**named)
    if twins:
        return
    if (folder / ONNX).is_file() and not told.get("types"):
        yield "### onnxruntime", ONNX_RUNTIME.format(onnx=ONNX, **named)
    # Before a prefix peft does not tell a pair's two texts apart.
    if (folder / ADAPTER / "head.safetensors").is_file() and (whole or not told.get("types")):
        yield BESIDE, PEFT.format(base=base, adapter=ADAPTER, **named)


def _writes(folder: Path, base: str, told: dict[str, Any]) -> Iterator[Piece]:
    yield "### transformers", CAUSAL.format(written=told["answer_tokens"])
    if (folder / ADAPTER / "adapter_model.safetensors").is_file():
        named = {"base": base, "adapter": ADAPTER, "written": told["answer_tokens"]}
        yield BESIDE, CAUSAL_PEFT.format(**named)


def _tags(folder: Path, base: str, told: dict[str, Any]) -> Iterator[Piece]:
    """Yield how words are tagged: each is cut into pieces alone, a Chinese character into one."""
    from seedbed.backbones import prefixed

    tokens = Tokens(folder / "model", told["max_tokens"])
    first, last = tokens.specials()
    word, ends = '" " + word' if tokens.spaced else "word", {"first": first, "last": last}
    own = f're.fullmatch("{CHINESE}", word)'
    cut = f"tokenizer.encode({word}, add_special_tokens=False)"
    known = f"[tokenizer.get_vocab()[word]] if {own} and word in tokenizer.get_vocab() else "
    listed = f"[tokenizer.token_to_id(word)] if {own} and tokenizer.token_to_id(word) else "
    if prefixed.kept(folder / "model") is None:
        yield "### transformers", TAGS.format(cut=known + cut, **ends)
    if (folder / ONNX).is_file():
        yield "### onnxruntime", TAGS_ONNX.format(onnx=ONNX, cut=f"{listed}{cut}.ids", **ends)
    if (folder / ADAPTER / "head.safetensors").is_file():
        yield BESIDE, TAGS_PEFT.format(base=base, adapter=ADAPTER, cut=known + cut, **ends)


def _trees(told: dict[str, Any]) -> Iterator[Piece]:
    """Yield how trees answer a row; what a date is made into takes more than a line."""
    used = told["columns"]["used"]
    if any(one["kind"] == "date" for one in used):
        return
    row = {one["name"]: one["levels"][0] if one["levels"] else one["typical"] for one in used}
    title = "### LightGBM\n\nOf two labels it is the log-odds of the second."
    yield title, TREES.format(row=row)
