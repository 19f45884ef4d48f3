"""How formulas are written in Chinese: their words are translated, their symbols stay.

The models write each formula once, in the register's words. What is a sentence is translated by
pattern; what is left, word by word, the longest first. A word that is not here stays as it is: a
test looks for such words in a whole plan.
"""

from __future__ import annotations

import re
from functools import cache

PATTERNS: tuple[tuple[str, str], ...] = (
    (
        r"the P between price\.low and price\.high with the highest mean of (.+)",
        "最低价与最高价之间，使 {0} 的均值最大的 P",
    ),
    (r"mean over the draws of each one's best profit - (.+)", "各抽样最优利润的均值 - {0}"),
    (r"mean of (.+)", "{0}，取均值"),
    (r"the fewest c with (.+)", "满足 {0} 的最小 c"),
    (r"the most arrivals with (.+), c = 1", "c = 1 时满足 {0} 的最大到达率"),
    (r"the least n with (.+); ∞: never", "满足 {0} 的最小 n；∞ 表示永不"),
    (r"the same with (.+)", "同上，{0}"),
    (r"share of draws not paid back within (\d+) months", "{0} 个月内未收回的抽样占比"),
    (r"share of paths with (.+) at the end of a month", "某月末 {0} 的路径占比"),
    (r"share of paths with (.+)", "{0} 的路径占比"),
    (r"first month with that share of paths below (.+)", "低于 {0} 的路径首次达到该比例的月份"),
    (r"min over months of (.+)", "各月最小值：{0}"),
    (r"(.+), pays_after months later", "{0}，推迟付款月数后收到"),
    (r"the need's quantile at (.+) \(newsvendor\)", "需求在 {0} 处的分位数（报童模型）"),
    (
        r"customers\.growth, or the model's over its first three months",
        "增长率；未给出时取模型前三个月的增长率",
    ),
    (
        r"the month after which cash without new money is never lower again",
        "此月之后，不计新融资的现金不再更低",
    ),
    (r"(.+) ≥ 0 until break-even", "盈亏平衡之前 {0} ≥ 0"),
    (
        r"months with 5 % point ≤ truth ≤ 95 % point / months",
        "实际值落在 5% 与 95% 分位点之间的月数 / 月数",
    ),
)
"""Formulas that are sentences: what they say, and how it is said in Chinese."""

WORDS: dict[str, str] = {
    "hour": "机器时价",
    "answers_per_second": "每秒回答数",
    "peak.answers_per_second": "峰值每秒回答数",
    "tokens_per_answer": "每次回答 token 数",
    "utilisation": "利用率",
    "other_cost": "其他成本",
    "error_rate": "错误率",
    "error_cost": "错误代价",
    "cost_per_answer": "单位成本",
    "full_cost_per_answer": "完全单位成本",
    "full cost per answer": "完全单位成本",
    "price.now": "现价",
    "price.low": "最低价",
    "price.high": "最高价",
    "support_cost": "支持成本",
    "acquisition_cost": "获客成本",
    "customers.acquisition_cost": "获客成本",
    "pays_after": "付款月数",
    "invoice before tax": "税前账单",
    "margin": "毛利",
    "mean": "均值",
    "wait": "等待",
    "answers": "回答数",
    "churn": "流失率",
    "discount": "年折现率",
    "share": "份额",
    "population": "总体",
    "count": "家数",
    "sum over segments of": "各细分之和：",
    "sum of": "Σ",
    "≤ 1 - share": "≤ 1 - 承诺比例",
    "Σ over uses and months": "各用途、各月之和",
    "mean profit at the best price": "最优价下的平均利润",
    "mean profit at today's": "现价下的平均利润",
    "worth of the best split": "最优分配的价值",
    "worth of spending nothing on them": "完全不花的价值",
    "worth of today's": "维持现状的价值",
    "multipliers of least cash and of the budget": "最低现金与预算的乘子",
    "mean cash": "平均现金",
    "limits.least_cash": "最低现金",
    "share of draws": "抽样占比",
    "ceiling by the tangent": "切线上界",
    "value of the split": "该分配的价值",
    "best split of each draw alone": "各抽样单独的最优分配",
    "this split": "本分配",
    "capital": "本金",
    "received": "回款",
    "gains": "投入所得",
    "serving": "服务成本",
    "acquiring": "获客支出",
    "spending": "投入",
    "fixed": "固定支出",
    "rounds": "融资",
    "income": "收入",
    "growth": "增长率",
    "expenses": "支出",
    "cash": "现金",
    "shares": "股数",
    "all shares": "全部股数",
    "all shares, fully diluted": "全部股数（完全稀释）",
    "SAFEs converted": "SAFE 转换的股数",
    "options added": "新增期权",
    "pre-money": "投前估值",
    "worth of all at once": "全部一起做的价值",
    "cost": "成本",
    "money": "资金",
    "median of what all cost together": "合计成本的中位数",
    "what is earned after a ruin that the sum averts, on average": "这笔钱避免破产之后平均所得",
    "best worth": "最优价值",
    "best": "最优",
    "worth": "价值",
    "happens": "发生与否",
    "of": "：",
    "95 % point of": "95% 分位点：",
    "all but x": "除 x 外的全部",
    "reserved": "预留价",
    "need": "需求",
    "cost with the reserve": "预留后的成本",
    "left": "离开数",
    "stayed": "留下数",
    "truth": "实际值",
    "quantile": "分位数",
    "months": "月数",
}
"""Words of formulas, in Chinese."""

_ALONE = r"(?<![\w.]){}(?![\w])"


def shown(formula: str, language: str) -> str:
    """Return a formula as a reader of a language reads it."""
    return _chinese(formula) if language == "zh" and formula else formula


def _chinese(formula: str) -> str:
    for pattern, told in PATTERNS:
        found = re.fullmatch(pattern, formula)
        if found:
            return told.format(*map(_chinese, found.groups()))
    return re.sub(r"：\s+", "：", _words().sub(lambda found: WORDS[found[0]], formula))


@cache
def _words() -> re.Pattern[str]:
    words = sorted(WORDS, key=len, reverse=True)
    return re.compile("|".join(_ALONE.format(re.escape(one)) for one in words))
