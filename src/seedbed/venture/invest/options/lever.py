"""Levers of the recipe that the ladder does not climb by itself: rows without labels, other
releases as teachers, reading on in texts, a search for settings, another release's encoder.

What they gain hangs on rows that nobody has tried them on, so no figure is made up for them. Where
the release has tried one, its report says what came of it. Where the file believes something
(`invest.levers`), that is weighed, and said to be a belief. Else the list says how to find out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seedbed.venture.invest.evidence import Evidence
from seedbed.venture.invest.option import Left, Option
from seedbed.venture.invest.options.quality import better, climbed, lacks
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said


@dataclass(frozen=True, slots=True)
class Lever:
    """A lever.

    Attributes:
        name: As `invest.levers` has it.
        key: Of the recipe; also what a task may have no use for.
        title: What is done.
        line: What to write into the recipe.
        needs: What has to be there first.
        rung: The rung that the key adds to the ladder; empty where it adds none.
    """

    name: str
    key: str
    title: Said
    line: str
    needs: Said
    rung: str = ""


LEVERS = (
    Lever(
        "unlabeled",
        "data.unlabeled",
        Said("learn from rows without labels", "利用没有标签的数据"),
        "data: {unlabeled: FILE}",
        Said("a file of rows without labels", "一个没有标签的数据文件"),
        "pseudo",
    ),
    Lever(
        "distill",
        "distill",
        Said("learn from other releases", "向其他版本学习（蒸馏）"),
        "distill: [NAME]",
        Said("a release with the same labels, such as one of a larger base",
             "一个标签相同的版本，例如用更大基座调出的"),
        "distill",
    ),
    Lever(
        "pretrain",
        "pretrain",
        Said("read on in texts without labels", "在无标签文本上继续预训练"),
        "pretrain: {rows: FILE}",
        Said("a file of texts of the same kind", "一个同类文本的文件"),
    ),
    Lever(
        "search",
        "search",
        Said("search for settings", "搜索训练设置"),
        "search: {trials: 12}",
        Said("time for several trainings", "够训练数次的时间"),
    ),
    Lever(
        "transfer",
        "transfer",
        Said("start from another release's encoder", "从另一版本的编码器出发"),
        "transfer: NAME",
        Said("a release of the same language with a tuned encoder",
             "一个同语言、编码器已调优的版本"),
    ),
)  # fmt: skip


def weigh(setting: Setting) -> Iterator[Option | Left]:
    """Yield an option for each lever that the file believes in; else what is known of it."""
    evidence = setting.evidence
    for lever in LEVERS:
        believed = lever.name in setting.plan.venture.invest.levers
        if evidence is None:
            if believed and (left := lacks(setting, _key(lever), lever.title)):
                yield left
        elif evidence.takes(lever.key):
            yield _weighed(setting, evidence, lever, believed=believed)


def _weighed(
    setting: Setting, evidence: Evidence, lever: Lever, *, believed: bool
) -> Option | Left:
    tried = _tried(evidence, lever)
    if not believed:
        return Left(_key(lever), lever.title, tried or _untried(evidence, lever))
    if left := lacks(setting, _key(lever), lever.title):
        return left
    path = f"invest.levers.{lever.name}"
    gain, cost = setting.draws[f"{path}.gain"], setting.draws[f"{path}.cost"]
    where = setting.plan.register[f"{path}.gain"].where
    return better(
        setting,
        key=_key(lever),
        group=_key(lever),
        title=lever.title,
        cost=cost,
        work="rung",
        factors={"unit.error_rate": 1 - gain},
        delay=0,
        rests=(f"{path}.gain", f"{path}.cost"),
        command=f"seedbed tune {evidence.recipe}",
        notes=(
            Said(
                f"its gain is an assumption of the venture file ({where}), not a measurement; "
                f"write `{lever.line}` into the recipe before it is tuned",
                f"增益是文件中的假设（{where}），并非实测；调优前请在配方中写 `{lever.line}`",
            ),
            *((tried,) if tried else ()),
        ),
    )


def _key(lever: Lever) -> str:
    return f"lever-{lever.name}"


def _tried(evidence: Evidence, lever: Lever) -> Said | None:
    """Return what the release's own report says of a lever; None where it was not tried."""
    if lever.rung and (value := evidence.climbed(lever.rung)) is not None:
        return climbed(evidence, lever.rung, value)
    if lever.name == "pretrain" and (told := evidence.report.get("pretrain")):
        said = told["said"]
        return Said(
            f"{evidence.name} has tried it. {said['en']}", f"{evidence.name} 已试过。{said['zh']}"
        )
    if lever.name == "search" and (row := evidence.searched()):
        many, rung = row["search"]["trials"], row["rung"]
        return Said(
            f"{evidence.name} has tried it: `{rung}` made {many} trials, and its report says what "
            "they gained",
            f"{evidence.name} 已试过：`{rung}` 做了 {many} 次试验，收益见其报告",
        )
    if lever.name == "transfer" and evidence.transfer:
        return Said(
            f"{evidence.name} began with the encoder of {evidence.transfer} already",
            f"{evidence.name} 已经从 {evidence.transfer} 的编码器出发",
        )
    return None


def _untried(evidence: Evidence, lever: Lever) -> Said:
    return Said(
        f"not measured on these rows yet. It takes {lever.needs.en}; to find out, write "
        f"`{lever.line}` into the recipe, then: seedbed tune {evidence.recipe}. Or write what you "
        f"believe: invest.levers.{lever.name}: {{gain: LOW..HIGH, cost: LOW..HIGH}}",
        f"尚未在这些数据上实测。需要{lever.needs.zh}；在配方中写 `{lever.line}`，再运行 "
        f"seedbed tune {evidence.recipe} 即可得知。或写下你的估计："
        f"invest.levers.{lever.name}: {{gain: 低..高, cost: 低..高}}",
    )
