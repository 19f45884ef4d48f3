"""What a check says of a table's columns, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from seedbed.data.sentences import Sentences, counted, percent

_MOST = 6


def leak(names: Sequence[str], share: float) -> Sentences:
    """Columns that give the answer away."""
    one = len(names) == 1
    return {
        "en": f"{counted(len(names), 'column')} {'tells' if one else 'tell'} the answer alone,"
        f" {percent(share)} of the way or more: {_listed(names)}. Such a column is often written"
        " after the answer was known, or is the answer in other words.",
        "zh": f"有 {len(names):,} 列单独就能给出答案（至少消除 {percent(share)} 的不确定性）："
        f"{_listed(names, '、')}。这样的列往往是答案已知之后才写下的，或者就是答案的另一种写法。",
    }, {
        "en": "Ask whether it is known when the model has to answer. If not, name it in"
        " data.leave_out: what the model seems worth with it, it will not be.",
        "zh": "请确认模型回答时是否已经知道这一列。若不知道，请写进 data.leave_out："
        "带着它测得的成绩，上线后不会兑现。",
    }


def unused(names: Sequence[str]) -> Sentences:
    """Columns that the model does not read."""
    return {
        "en": f"{counted(len(names), 'column')} {'tells' if len(names) == 1 else 'tell'} no row"
        f" from another, or each from all others: {_listed(names)}.",
        "zh": f"有 {len(names):,} 列要么处处相同，要么行行不同：{_listed(names, '、')}。",
    }, {
        "en": "The model does not read them: empty and constant ones, numbers of rows, and words"
        " that hardly repeat. Name its kind in data.columns to have one read all the same.",
        "zh": "模型不读取它们：空列、常数列、行号，以及几乎不重复的文字。"
        "若仍要读取，请在 data.columns 中写明它的类型。",
    }


def copies(names: Sequence[str]) -> Sentences:
    """Columns that say what another one says."""
    return {
        "en": f"{counted(len(names), 'column')} {'is' if len(names) == 1 else 'are'} the same as"
        f" another: {_listed(names)}.",
        "zh": f"有 {len(names):,} 列与另一列完全相同：{_listed(names, '、')}。",
    }, {
        "en": "Harmless to the answers, but their reasons are shared out; leave one of them out.",
        "zh": "对回答无害，但两列会分摊同一个理由；可去掉其中一列。",
    }


def missing(count: int, most: float, hollow: Sequence[str]) -> Sentences:
    """Columns with missing cells."""
    mostly = f" Mostly missing: {_listed(hollow)}." if hollow else ""
    mostly_zh = f"大半缺失的有：{_listed(hollow, '、')}。" if hollow else ""
    return {
        "en": f"{counted(count, 'column')} {'has' if count == 1 else 'have'} missing cells, up to"
        f" {percent(most)} of the rows.{mostly}",
        "zh": f"有 {count:,} 列存在缺失值，最多的缺 {percent(most)} 的行。{mostly_zh}",
    }, {
        "en": "Nothing is filled in: that a cell is missing is read as it is. See that it is"
        " missing for the same reason when the model is used.",
        "zh": "不会填补：缺失本身就是一种取值。请确认使用时缺失的原因与训练数据一致。",
    }


def mixed(names: Sequence[str]) -> Sentences:
    """Columns of numbers or dates with cells that are none."""
    return {
        "en": f"{counted(len(names), 'column')} of numbers or dates {_hold(names)} cells that are"
        f" none, or infinite: {_listed(names)}.",
        "zh": f"有 {len(names):,} 个数值或日期列含有无法读取（或无穷大）的单元格："
        f"{_listed(names, '、')}。",
    }, {
        "en": "They are read as missing in these files; a call with such a cell is refused. Mend"
        " them, or say in data.columns that the column is a category.",
        "zh": "在这些文件中按缺失处理；调用接口时则会被拒绝。"
        "请修正它们，或在 data.columns 中把该列声明为 category。",
    }


def outliers(names: Sequence[str]) -> Sentences:
    """Columns with numbers far from all others."""
    return {
        "en": f"{counted(len(names), 'column')} {_hold(names)} numbers far from all others, by ten"
        f" times the distance between the quartiles or more: {_listed(names)}.",
        "zh": f"有 {len(names):,} 列含有远离其余的数值（超过四分位距的十倍）："
        f"{_listed(names, '、')}。",
    }, {
        "en": "Look whether they are slips, another unit, or codes such as 9999 for missing. No"
        " rung lets them weigh more than other large numbers.",
        "zh": "请看它们是笔误、单位不同，还是像 9999 这样表示缺失的代码。"
        "各训练方式都不会让它们比其他大数更有分量。",
    }


def dates(names: Sequence[str]) -> Sentences:
    """Columns of dates where rows are not split by time."""
    return {
        "en": f"The rows have dates ({_listed(names)}), but are set aside at random: rows of the"
        " same days stand on both sides, and the model is judged on days that it knows.",
        "zh": f"数据带有日期（{_listed(names, '、')}），但按随机划分：同一时期的行会同时出现在"
        "两边，模型是在它已见过的日子上受评判的。",
    }, {
        "en": f"Set data.time to {names[0] if names else 'the column'} to be judged on the newest"
        " rows, as it will be used; the model then does not read the date itself.",
        "zh": f"把 data.time 设为 {names[0] if names else '该列'}，就会用最新的行来评判，"
        "与实际使用一致；模型此时不再读取日期本身。",
    }


def _hold(names: Sequence[str]) -> str:
    return "holds" if len(names) == 1 else "hold"


def _listed(names: Sequence[str], between: str = ", ") -> str:
    shown = between.join(f"`{name}`" for name in names[:_MOST])
    return shown + (" …" if len(names) > _MOST else "")
