"""The sentences of a check, in English and Chinese: what was found, and what is to be done.

Each function returns both; every number in them is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seedbed.data.findings import Said

Sentences = tuple[Said, Said]


def counted(count: int, noun: str) -> str:
    """Return "1 row" or "1,200 rows"."""
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def percent(share: float) -> str:
    """Return a share as a percentage; what would round to nothing is said to be less than 0.1 %."""
    return "< 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def broken_row(count: int) -> Sentences:
    """Rows that cannot be read."""
    return {
        "en": f"{counted(count, 'row')} cannot be read: broken quotes, too many or too few cells,"
        " an oversized cell, or no valid JSON.",
        "zh": f"有 {count:,} 行无法读取：引号不成对、单元格数目不符、单元格过大，"
        "或不是合法的 JSON。",
    }, {
        "en": "`seedbed tune` refuses the file as it is. Mend the rows by hand, or use --fix for a"
        " copy without them.",
        "zh": "`seedbed tune` 会拒绝这样的文件。请手工修复，或用 --fix 得到去掉这些行的副本。",
    }


def missing_label(count: int) -> Sentences:
    """Rows without a label."""
    return {
        "en": f"{counted(count, 'row')} {_has(count)} no label.",
        "zh": f"有 {count:,} 行没有标签。",
    }, {
        "en": "`seedbed tune` refuses the file as it is. Label the rows, or use --fix for a copy"
        " without them.",
        "zh": "`seedbed tune` 会拒绝这样的文件。请补上标签，或用 --fix 得到去掉这些行的副本。",
    }


def empty_text(count: int) -> Sentences:
    """Rows with nothing to read."""
    return {
        "en": f"{counted(count, 'row')} of training or validation {_has(count)} an empty text.",
        "zh": f"训练集或验证集中有 {count:,} 行文本为空。",
    }, {
        "en": "Training and validation pass over them in any case; --fix takes them out of the"
        " copy. Empty texts among the test rows stay and are judged.",
        "zh": "训练和验证一律跳过这些行，--fix 会在副本中去掉它们。"
        "测试集中的空文本保留，照样评判。",
    }


def known_text(count: int) -> Sentences:
    """Rows without labels whose text a labelled row has."""
    return {
        "en": f"{counted(count, 'row')} of data.unlabeled {_has(count)} the text of a labelled"
        " row.",
        "zh": f"data.unlabeled 中有 {count:,} 行与已标注的行文本相同。",
    }, {
        "en": "Nothing: they are left out, so that no test row is learnt from.",
        "zh": "无需处理：这些行不参与训练，以免从测试行中学习。",
    }


def other_looks(count: int) -> Sentences:
    """Other models that were judged on the same test rows in this home."""
    were = "was" if count == 1 else "were"
    return {
        "en": f"{counted(count, 'other model')} {were} judged on these test rows before, in this"
        " home: whoever picks the best of several by them finds it better than it is.",
        "zh": f"此前已有 {count:,} 个其他模型在同一批测试行上评估过（同一工作目录内）："
        "若据此从中挑选最好的一个，其得分会偏高。",
    }, {
        "en": "Before you promise a figure to others, take it from rows that no model was judged"
        " on: seedbed judge NAME --data FRESH.csv.",
        "zh": "对外承诺指标之前，请用从未评估过的新数据再测一次："
        "seedbed judge NAME --data FRESH.csv。",
    }


def repeated_text(count: int) -> Sentences:
    """Rows without labels whose text an earlier one has."""
    return {
        "en": f"{counted(count, 'row')} of data.unlabeled {_has(count)} the text of an earlier"
        " one.",
        "zh": f"data.unlabeled 中有 {count:,} 行与前面的行文本相同。",
    }, {
        "en": "Nothing: each text is learnt from once.",
        "zh": "无需处理：每条文本只学一次。",
    }


def broken_unlabeled(count: int) -> Sentences:
    """Rows without labels that cannot be read."""
    return {
        "en": f"{counted(count, 'row')} of data.unlabeled cannot be read.",
        "zh": f"data.unlabeled 中有 {count:,} 行无法读取。",
    }, {
        "en": "They are passed over. Where they are many, look at the first of them.",
        "zh": "这些行会被跳过。若数量很多，请看其中的第一行。",
    }


def learnt_before(count: int) -> Sentences:
    """Validation rows that a release learnt from has learnt."""
    return {
        "en": f"{counted(count, 'validation row')} {_is(count)} among the rows that a release"
        " named in transfer: or distill: has learnt.",
        "zh": f"有 {count:,} 条验证行是 transfer 或 distill 所指版本学过的。",
    }, {
        "en": "They are left out: nothing is chosen by rows that were learnt. Give other validation"
        " rows (data.validation) where few are left.",
        "zh": "这些行不用于选择，以免按学过的行来挑选。若所剩不多，"
        "请另给验证数据（data.validation）。",
    }


def learnt_train(count: int) -> Sentences:
    """Training rows that the release started from has learnt."""
    return {
        "en": f"{counted(count, 'training row')} {_is(count)} among the rows that the release named"
        " in transfer: has learnt.",
        "zh": f"有 {count:,} 条训练行是 transfer 所指版本学过的。",
    }, {
        "en": "They are learnt from again. What is measured by answers to training rows (the score"
        " of some rungs, calibration, the reject threshold, label errors) is measured without them:"
        " those answers show memory.",
        "zh": "这些行仍参与训练；但凡以训练行的答案来衡量的（部分级别的得分、校准、拒答阈值、"
        "疑似标错）都不计入它们，因为对它们的答案来自记忆。",
    }


def taught_before(count: int) -> Sentences:
    """Validation rows that a teacher has learnt, and that stay."""
    return {
        "en": f"{counted(count, 'validation row')} {_is(count)} among the rows that a release named"
        " in distill: has learnt.",
        "zh": f"有 {count:,} 条验证行是 distill 所指版本学过的。",
    }, {
        "en": "They stay, for without them too few are left; so the score of distill on validation"
        " rows may be too high. Give other validation rows (data.validation).",
        "zh": "去掉它们所剩太少，故予保留；distill 在验证行上的得分可能偏高。"
        "请另给验证数据（data.validation）。",
    }


def leak_exact(test: int, validation: int) -> Sentences:
    """Rows of the judging side that stand word for word on the learning side."""
    return {
        "en": f"{_sides(test, validation)} also {_stands(test + validation)}, word for word, among"
        " the rows that the model learns from or is chosen by: there its score shows memory, not"
        " skill.",
        "zh": f"{_sides_zh(test, validation)}原样出现在用于学习或选择模型的数据中："
        "在这些行上，得分反映的是记忆，不是能力。",
    }, _leak_would()


def leak_near(test: int, validation: int) -> Sentences:
    """Rows of the judging side that are nearly the same as one on the learning side."""
    return {
        "en": f"{_sides(test, validation)} {_is(test + validation)} nearly the same as a row that"
        " the model learns from or is chosen by.",
        "zh": f"{_sides_zh(test, validation)}与用于学习或选择模型的某一行几乎相同。",
    }, _leak_would()


def exact_duplicate(count: int, share: float) -> Sentences:
    """Training rows that repeat an earlier one."""
    return {
        "en": f"{counted(count, 'training row')} ({percent(share)})"
        f" {'repeats' if count == 1 else 'repeat'} the text of an earlier one, letter case and"
        " white space aside.",
        "zh": f"训练集中有 {count:,} 行（{percent(share)}）的文本与前面某行相同"
        "（不计大小写与空白）。",
    }, {
        "en": "A split made by Seedbed keeps them on one side. Where their labels or answers agree,"
        " --fix keeps the first.",
        "zh": "由 Seedbed 划分数据时，相同的行留在同一侧。标签或答案一致的，--fix 只保留第一行。",
    }


def near_duplicate(count: int, share: float, similarity: float) -> Sentences:
    """Training rows that are nearly the same as another one."""
    return {
        "en": f"{counted(count, 'training row')} ({percent(share)}) {_is(count)} nearly the same as"
        f" an earlier one: at least {percent(similarity)} of their words and word pairs (characters"
        " in Chinese) are common to both.",
        "zh": f"训练集中有 {count:,} 行（{percent(share)}）与前面某行几乎相同："
        f"两者的词及相邻词对（中文按字计）至少有 {percent(similarity)} 相同。",
    }, {
        "en": "Nothing is taken out. A split made by Seedbed keeps them on one side.",
        "zh": "不会删除。由 Seedbed 划分数据时，它们留在同一侧。",
    }


def conflicting_label(texts: int, rows: int) -> Sentences:
    """Equal texts with different labels."""
    return {
        "en": f"{counted(texts, 'text')} ({counted(rows, 'row')}) {_has(texts)} more than one"
        " label: some of these labels are wrong, or the text deserves several.",
        "zh": f"有 {texts:,} 条文本（共 {rows:,} 行）带有互不相同的标签："
        "要么其中有错，要么这条文本本就该有多个标签。",
    }, {
        "en": "Best decided by a person. --fix keeps the label that more than half of a text's rows"
        " have; where there is none, it takes the text out.",
        "zh": "最好由人来判断。--fix 保留同一文本过半数的行所用的标签；没有过半数的，去掉该文本。",
    }


def small_class(few: Sequence[str], learn: int, thin: Sequence[str], judge: int) -> Sentences:
    """Labels too small to learn or to judge; the names carry their number of rows."""
    en, zh = [], []
    if few:
        en.append(
            f"{counted(len(few), 'label')} {_has(len(few))} fewer than {learn} training rows, too"
            f" few to learn well: {_listed(few)}."
        )
        zh.append(f"{len(few):,} 个标签的训练数据不足 {learn} 行，难以学好：{_listed_zh(few)}。")
    if thin:
        en.append(
            f"{counted(len(thin), 'label')} {_has(len(thin))} fewer than {judge} test rows, too few"
            f" for a figure of {'its' if len(thin) == 1 else 'their'} own: {_listed(thin)}."
        )
        zh.append(
            f"{len(thin):,} 个标签的测试数据不足 {judge} 行，难以单独给出可靠指标："
            f"{_listed_zh(thin)}。"
        )
    return {"en": " ".join(en), "zh": "".join(zh)}, {
        "en": "Nothing is changed. Collect more rows of these labels, or join them with a"
        " neighbour.",
        "zh": "不会改动数据。请为这些标签补充数据，或把它们并入相近的标签。",
    }


def imbalance(most: str, rows: int, least: str, fewest: int, share: float) -> Sentences:
    """One label with many times the rows of another."""
    ratio = rows / fewest
    return {
        "en": f"'{most}' has {counted(rows, 'training row')}, '{least}' has {fewest:,}: {ratio:.0f}"
        f" times as many. Always answering '{most}' would be right on {percent(share)} of them.",
        "zh": f"训练集中“{most}”有 {rows:,} 行，“{least}”只有 {fewest:,} 行，相差 {ratio:.0f} 倍。"
        f"一律回答“{most}”就能答对 {percent(share)}。",
    }, {
        "en": "Nothing is changed. Look at macro_f1 beside the accuracy; `train.class_weights:"
        " balanced` makes every label count the same.",
        "zh": "不会改动数据。除准确率外请同时看 macro_f1；设 `train.class_weights: balanced`"
        " 可让各标签同等重要。",
    }


def long_text(count: int, share: float, limit: int, longest: int) -> Sentences:
    """Texts of which the model will not read the end."""
    return {
        "en": f"{counted(count, 'text')} ({percent(share)}) {_has(count)} more than about {limit:,}"
        f" word pieces; the longest has about {longest:,}.",
        "zh": f"有 {count:,} 条文本（{percent(share)}）估计超过 {limit:,} 个词元，"
        f"最长的约有 {longest:,} 个。",
    }, {
        "en": f"The model reads the first {limit:,} and no more. Raise `train.max_tokens` if what"
        " matters comes later.",
        "zh": f"模型只读前 {limit:,} 个词元。若要紧的内容在后面，请调高 `train.max_tokens`。",
    }


def language(
    share: float, scripts: Iterable[tuple[str, float]], base: str | None = None
) -> Sentences:
    """Letters that are not Latin; scripts with their shares; the base model, if it is for Latin."""
    told = [f"{name} {percent(part)}" for name, part in scripts]
    told_zh = [f"{_SCRIPTS_ZH.get(name, name)} {percent(part)}" for name, part in scripts]
    return {
        "en": f"{percent(share)} of the letters are not Latin. By script: {', '.join(told)}."
        + (f" The base model `{base}` knows English only: set `base: e5-small`." if base else ""),
        "zh": f"有 {percent(share)} 的文字不是拉丁字母。各文字所占比例：{'、'.join(told_zh)}。"
        + (f"基础模型 `{base}` 只懂英语：请设 `base: e5-small`。" if base else ""),
    }, {
        "en": "Choose a base model that knows the language: `minilm` knows English only,"
        " `e5-small` knows a hundred languages.",
        "zh": "请选用懂这种语言的基础模型：`minilm` 只懂英语，`e5-small` 懂一百种语言。",
    }


def label_error(count: int, share: float, model: str) -> Sentences:
    """Rows whose label a model contradicts: that of a rung, by its name."""
    return {
        "en": f"{counted(count, 'row')} ({percent(share)}) {_has(count)} a label that is probably"
        f" wrong: a model that learnt from the other rows ({model}) firmly says otherwise.",
        "zh": f"有 {count:,} 行（{percent(share)}）的标签很可能有误："
        f"用其余数据训练出的模型（{model}）明确给出了不同的答案。",
    }, {
        "en": "Nothing is changed. Look at these rows, the most doubtful first, and correct those"
        " that are wrong.",
        "zh": "不会改动数据。请从最可疑的开始逐行查看，改正确有错误的标签。",
    }


_SCRIPTS_ZH = {
    "latin": "拉丁字母",
    "cjk": "汉字",
    "japanese": "假名",
    "hangul": "谚文",
    "cyrillic": "西里尔字母",
    "arabic": "阿拉伯字母",
    "devanagari": "天城文",
    "thai": "泰文",
    "greek": "希腊字母",
    "hebrew": "希伯来字母",
    "other": "其他",
}


def _leak_would() -> Said:
    return {
        "en": "--fix takes the row out of the side that learns and leaves the side that judges as"
        " it is. The report also gives the test's figures without these rows.",
        "zh": "--fix 从用于学习的一侧去掉该行，用于评判的一侧保持不变。"
        "报告会另外给出去掉这些行之后的测试指标。",
    }


def _sides(test: int, validation: int) -> str:
    parts = [(test, "test row"), (validation, "validation row")]
    return " and ".join(counted(count, noun) for count, noun in parts if count)


def _sides_zh(test: int, validation: int) -> str:
    parts = [(test, "测试数据"), (validation, "验证数据")]
    return "有 " + "和 ".join(f"{count:,} 行{noun}" for count, noun in parts if count)


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _stands(count: int) -> str:
    return "stands" if count == 1 else "stand"


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def _listed_zh(names: Sequence[str], most: int = 5) -> str:
    return "、".join(names[:most]) + (f" 等 {len(names):,} 个" if len(names) > most else "")
