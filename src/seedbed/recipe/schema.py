"""The recipe's parts and their keys.

Each field's description is what `docs/reference/recipe.md` shows.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _slug(name: str) -> str:
    if not name or not all(c.isascii() and (c.isalnum() or c in "-_.") for c in name):
        raise ValueError("only letters, digits, '-', '_' and '.' may stand in a name")
    if not name[0].isalnum():
        raise ValueError("a name begins with a letter or a digit")
    return name


Name = Annotated[str, AfterValidator(_slug)]
Share = Annotated[float, Field(gt=0, lt=1)]


class Part(BaseModel):
    """A part of the recipe: unknown keys are errors, nothing is converted, values never change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )


class Data(Part):
    """Where the rows are and what their columns mean."""

    train: str = Field(description="File of labelled rows, or `hub:NAME`; relative to the recipe.")
    validation: str | None = Field(
        None, description="Rows to choose by. Left out: a share of `train` is set aside."
    )
    test: str | None = Field(
        None, description="Rows to judge by, read once. Left out: a share of `train` is set aside."
    )
    unlabeled: str | None = Field(
        None,
        description="File of rows without labels, such as what customers asked. The best rung so"
        " far labels them, and the rung `pseudo` learns from its answers too; `distill` learns what"
        " its teachers say of them.",
    )
    text: str = Field("text", description="Column that holds the text.")
    text_b: str = Field(
        "text_b",
        description="`text-matching`: column that holds the second text of a pair, or the answer.",
    )
    image: str = Field(
        "image", description="Column that holds the picture: a file's path, or a data URL."
    )
    label: str = Field("label", description="Column that holds the label.")
    answer: str = Field(
        "answer",
        description="`text-generation`: column that holds the answer to the prompt `text`.",
    )
    messages: str | None = Field(
        None,
        description="`text-generation`: column of whole conversations, in the place of `text` and"
        " `answer`: a list of messages with `role` and `content`; the last one is learnt.",
    )
    system: str | None = Field(
        None, description="`text-generation`: system prompt of every conversation without its own."
    )
    match: Literal["label", "score", "answer"] = Field(
        "label",
        description="`text-matching`: what the rows are. `label`: two texts and whether (or how)"
        " they belong together; `score`: two texts and a number; `answer`: a question (`text`) and"
        " its right answer (`text_b`), to be found among all answers.",
    )
    collection: str | None = Field(
        None,
        description="File of answers (column `text_b`) to search beside those of the rows, where"
        " `match` is `answer`.",
    )
    label_separator: str | None = Field(
        None,
        min_length=1,
        description="What stands between labels where a row may have several (multi-label); a list "
        "of labels in JSON lines or parquet is read as it stands.",
    )
    columns: dict[str, Literal["number", "category", "date"]] = Field(
        default_factory=dict,
        description="Tables: columns that are to be read as a `number`, a `category` or a `date`."
        " Left out: told by the training rows.",
    )
    leave_out: tuple[str, ...] = Field(
        (), strict=False, description="Tables: columns that the model is not to read."
    )
    sensitive: tuple[str, ...] = Field(
        (),
        strict=False,
        description="Columns such as sex or age that the judge compares answers by: who is given"
        " the label that is wished for, or where answers are no labels how well each group is"
        " answered. A table's model does not read them.",
    )
    positive: str | None = Field(
        None,
        description="The label that is wished for, such as `good`: points rise with it, and"
        " fairness counts who is given it. Left out: the commonest.",
    )
    encoding: str | None = Field(
        None,
        description="Encoding of csv and jsonl files where it is none of those found by themselves"
        " (UTF-8, UTF-16, GB18030), such as `cp1252`.",
    )
    group: str | None = Field(
        None,
        description="Column whose rows stay on one side of a split; the judge shows quality by it.",
    )
    time: str | None = Field(
        None, description="Column to split by: the newest rows are set aside to choose and judge."
    )
    validation_share: Share = Field(0.1, description="Share of rows set aside to choose by.")
    test_share: Share = Field(0.2, description="Share of rows set aside to judge by.")
    limit: int | None = Field(
        None, gt=0, description="Use only so many training rows, drawn by label, by the seed."
    )


class Quality(Part):
    """The bar: which measure, and how high."""

    metric: str = Field(
        "",
        description="What is measured, such as `accuracy`, `macro_f1` or `r2`. Left out: the"
        " task's first, and written back.",
    )
    bar: float | None = Field(
        None, gt=0, lt=1, description="What must be reached. Left out: as good as pays."
    )


class Budget(Part):
    """What the run may cost, from the first row to the release."""

    minutes: float = Field(10.0, gt=0, le=60 * 24 * 30, description="Wall-clock minutes.")
    money: float | None = Field(
        None, gt=0, description="Most to spend, at `value.compute_hour` an hour."
    )


class Value(Part):
    """What the model is worth: turns points of quality into money."""

    monthly_requests: int = Field(100_000, gt=0, description="Answers a month.")
    error_cost: float | None = Field(
        None, ge=0, description="What one wrong answer costs, in your currency."
    )
    compute_hour: float = Field(0.10, ge=0, description="What an hour of this machine costs.")
    horizon_months: float = Field(12.0, gt=0, description="Months that the model will serve.")
    currency: str = Field("USD", min_length=1, max_length=8, description="Name of the currency.")


class Settings(Part):
    """How one rung learns, in the place of what `train` says; left out: as that says."""

    learning_rate: float | None = Field(
        None, gt=0, lt=1, description="Peak learning rate; the head's moves along with it."
    )
    weight_decay: float | None = Field(None, ge=0, lt=1, description="As `train.weight_decay`.")
    warmup: float | None = Field(None, ge=0, lt=1, description="As `train.warmup`.")
    label_smoothing: float | None = Field(
        None, ge=0, lt=1, description="As `train.label_smoothing`."
    )
    optimism: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="What the score on validation rows is too high by, for these settings were"
        " chosen by it.",
    )


class Ladder(Part):
    """Which rungs to try, and how long each learns."""

    rungs: tuple[str, ...] | None = Field(
        None,
        min_length=1,
        strict=False,
        description="Rungs, cheapest first. Left out: the task's own, and written back.",
    )
    only: str | None = Field(None, description="Climb this rung alone, stop rule or not.")
    upto: str | None = Field(None, description="Climb no rung above this one.")
    stop: bool = Field(
        default=True,
        description="Whether the stop rule may end the climb; `false` climbs every rung.",
    )
    epochs: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict,
        description="Passes over the rows, by rung; a part of one where rows are many. Left out:"
        " chosen from the budget and written back.",
    )
    settings: dict[str, Settings] = Field(
        default_factory=dict,
        description="How single rungs learn, such as `full: {learning_rate: 0.0003}`: keys"
        " `learning_rate`, `weight_decay`, `warmup`, `label_smoothing`, and `optimism`, what the"
        " validation score is too high by. What `search` found is written back here. For `larger`"
        " only those under its own name hold.",
    )

    @property
    def order(self) -> tuple[str, ...]:
        """The rungs, cheapest first, once the task has filled them in (`tasks.settle`)."""
        return self.rungs or ()


LONGEST_CHOSEN = 512
"""The most word pieces that are kept of a text where the recipe leaves it open."""


class Train(Part):
    """How the rungs that tune the encoder learn."""

    max_tokens: int | None = Field(
        None,
        ge=8,
        le=8192,
        description="Word pieces kept of a text; the rest is cut. Left out: as many as 97 of 100"
        " training rows fit in, from 128 to 512, and written back.",
    )
    answer_tokens: int | None = Field(
        None,
        ge=8,
        le=8192,
        description="Word pieces kept of an answer that is searched (`data.match: answer`). Left"
        " out: as many as 97 of 100 fit in, from 128 to 256, and written back. Of"
        " `text-generation`: tokens that are written at most; from 64 to 512.",
    )
    image_side: int | None = Field(
        None,
        ge=8,
        le=512,
        description="Pixels a side that pictures are stretched to. Left out: chosen by the rows and"
        " the base model, and written back.",
    )
    move: float = Field(
        0.08,
        ge=0,
        lt=0.5,
        description="Pictures: how far training copies are shifted, as a share of the side; they"
        " are turned and stretched along with it (8° at 0.08). 0: not at all.",
    )
    flip: Literal["none", "horizontal", "both"] = Field(
        "none", description="Pictures: ways in which turning one over leaves its label true."
    )
    light: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Pictures: how far training copies differ in brightness and in contrast, as a"
        " share, such as 0.2 for other cameras and other light. 0: not at all.",
    )
    batch_rows: int = Field(32, gt=0, description="Rows to a step.")
    batch_tokens: int = Field(1024, ge=8, description="Most word pieces to a step, padding too.")
    learning_rate: float | None = Field(
        None, gt=0, lt=1, description="Peak learning rate. Left out: the rung's own."
    )
    weight_decay: float = Field(0.01, ge=0, lt=1, description="λ of θ ← θ − η∇L − ηλθ.")
    warmup: float = Field(0.1, ge=0, lt=1, description="Share of the steps that warm up.")
    clip: float = Field(1.0, gt=0, description="Largest norm of a gradient.")
    dropout: float = Field(0.0, ge=0, lt=1, description="Dropout inside the encoder.")
    loss: Literal["cross_entropy", "focal"] = Field(
        "cross_entropy", description="`focal` weighs down the rows already learnt."
    )
    focal_gamma: float = Field(2.0, gt=0, description="How hard `focal` weighs down.")
    label_smoothing: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Share of a target given away; 0.1 by default, none where a row may have"
        " several labels.",
    )
    class_weights: Literal["none", "balanced"] = Field(
        "none", description="`balanced` counts each class the same."
    )
    adversarial: Literal["none", "fgm"] = Field(
        "none",
        description="`fgm`: the rungs `top`, `adapter` and `full` go through each batch once more,"
        " moved to where its loss rises fastest; twice the work.",
    )
    adversarial_size: float = Field(
        0.05, gt=0, lt=1, description="How far `fgm` moves a row, as a share of its length."
    )
    augment: Literal["none", "words"] = Field(
        "none",
        description="`words`: the rungs `adapter` and `full` read each training text with some word"
        " pieces left out, others each time. The other rungs read them whole: what `top` tunes over"
        " is computed once.",
    )
    augment_share: float = Field(
        0.1, gt=0, lt=1, description="Share of the word pieces that `augment: words` leaves out."
    )
    temperature: float = Field(
        0.05, gt=0, le=1, description="The `dual` rung divides likeness by it: lower is stricter."
    )
    patience: int = Field(2, gt=0, description="Epochs without gain before stopping early.")
    top_layers: int | None = Field(
        None, gt=0, description="Layers that the `top` rung tunes; a third of them by default."
    )
    adapter: Literal["lora", "adalora", "ia3", "prefix"] = Field(
        "lora",
        description="What the `adapter` rung tunes beside every linear layer: `lora`, two matrices"
        " of low rank; `adalora`, the same with more rank where it matters, the rest struck out on"
        " the way; `ia3`, a factor for each number that comes out of the layer. Or `prefix`: keys"
        " and values that every layer sees before those of the text; for encoders of BERT's and"
        " RoBERTa's kinds.",
    )
    lora_rank: int = Field(
        16,
        gt=0,
        description="Rank of the `adapter` rung's matrices; for `adalora` what is left of it on"
        " average, from one and a half times as much; for `ia3` and `prefix`, which have none,"
        " nothing.",
    )
    prefix_length: int = Field(
        16, gt=0, le=512, description="Keys and values that `adapter: prefix` learns of each layer."
    )
    precision: Literal["auto", "bfloat16", "float32"] = Field(
        "auto", description="`auto`: bfloat16 where the processor multiplies it fast."
    )


class Search(Part):
    """Whether rungs look for better settings than their own."""

    trials: int = Field(
        0,
        ge=0,
        le=1000,
        description="Trainings of a rung with other learning rates, weight decays, warmups and"
        " label smoothings, the first with its own; bad ones are cut short, and the best by"
        " validation rows is kept, its score corrected for the choice. Fewer where time is short;"
        " 0: no search.",
    )
    rungs: tuple[str, ...] | None = Field(
        None,
        min_length=1,
        strict=False,
        description="Rungs that search. Left out: all that can, `top`, `adapter` and `full`.",
    )


class Pretrain(Part):
    """Reading on in texts without labels, before the ladder; left out, there is none."""

    rows: str = Field(
        description="File of texts without labels: as `train`, of which the column `data.text` is"
        " read, or `.txt`, a text a line; relative to the recipe. An encoder guesses word pieces"
        " that are hidden from it, a causal model each next one; what comes of it is kept where"
        " `probe`, or `prompted`, answers better on it."
    )
    passes: float | None = Field(
        None,
        gt=0,
        le=100,
        description="Passes over the texts; a part of one where they are many. Left out: as many as"
        " there is time for, three at most, and written back.",
    )
    minutes: float | None = Field(
        None,
        gt=0,
        description="Most minutes. Left out: a third of the budget, or none where `passes` is"
        " given.",
    )


class Judge(Part):
    """How the verdict is reached."""

    reject_error: Share = Field(
        0.02, description="Error rate promised for the answers that are not rejected."
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Of every interval and promise.")
    coverage: float = Field(
        0.9,
        gt=0,
        lt=1,
        description="Where answers are numbers: the share of truths that are to lie between an"
        " answer's `low` and `high`.",
    )
    bootstrap: int = Field(2000, ge=100, description="Resamples behind an interval.")
    robustness_rows: int = Field(300, gt=0, description="Test rows that are spoilt on purpose.")
    written_rows: int = Field(
        40,
        ge=0,
        description="`text-generation`: test rows whose answers are written and compared with the"
        " truth; to write takes seconds a row.",
    )
    explained_rows: int = Field(20, ge=0, description="Test rows whose answers are explained.")


class Gate(Part):
    """Which engines may serve."""

    engines: tuple[str, ...] | None = Field(
        None, strict=False, description="Engines to try. Left out: all that are installed."
    )
    index: Literal["float16", "int8"] = Field(
        "float16", description="How a release keeps the answers that it searches."
    )
    margin: float = Field(
        0.005,
        ge=0,
        lt=1,
        description="Most of the metric that an engine may lose (0.005: half a point). One that the"
        " validation rows show to lose no more is kept, one that lost more is refused; where rows"
        " are too few to say, one that answers at most about 2 in 100 otherwise is kept, and its"
        " line in the report says so.",
    )
    prune: float = Field(
        0.0,
        ge=0,
        lt=0.9,
        description="Share of each layer's feed-forward neurons, the weakest, that pruned engines"
        " do without. Where it is more than 0 they are tried beside the others, and kept by the"
        " same margin.",
    )


class Recipe(Part):
    """The whole recipe."""

    name: Name = Field(description="Name of the releases this recipe makes.")
    task: str = Field("text-classification", description="What the rows teach.")
    data: Data
    base: str = Field("minilm", description="Alias, folder or hub name of the pretrained model.")
    transfer: str | None = Field(
        None,
        description="Release whose tuned encoder to start from, in the base model's place: `name`,"
        " `name/3`, or its folder; such as one of the same language and another subject. `base` is"
        " then what that release began with.",
    )
    larger: str | None = Field(
        None,
        description="A larger base model, named as `base` is: the rung `larger` climbs the best"
        " rung so far once more with it, of those that learn from the rows' own labels alone.",
    )
    distill: tuple[str, ...] = Field(
        (),
        strict=False,
        description="Releases with the same labels, each as `name`, `name/3` or a folder: the rung"
        " `distill` has `base` learn what they say together, at the price of one small model.",
    )
    pretrain: Pretrain | None = None
    license: str | None = Field(
        None,
        description="Licence that the model card names, as the hub writes it, such as `apache-2.0`."
        " Left out: `other`, for rows and base model have theirs.",
    )
    quality: Quality = Field(default_factory=Quality)
    budget: Budget = Field(default_factory=Budget)
    value: Value = Field(default_factory=Value)
    ladder: Ladder = Field(default_factory=Ladder)
    train: Train = Field(default_factory=Train)
    search: Search = Field(default_factory=Search)
    judge: Judge = Field(default_factory=Judge)
    gate: Gate = Field(default_factory=Gate)
    seed: int = Field(0, ge=0, lt=2**31, description="Behind every draw.")
