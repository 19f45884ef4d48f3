"""Numbers and names as the report's sentences write them, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

Said = dict[str, str]
"""A sentence in English ("en") and in Chinese ("zh")."""

_METRICS: Mapping[str, Said] = {
    "auc": {"en": "AUC", "zh": " AUC "},
    "accuracy": {"en": "accuracy", "zh": "准确率"},
    "macro_f1": {"en": "macro-F1", "zh": "宏平均 F1 "},
    "micro_f1": {"en": "micro-F1", "zh": "微平均 F1 "},
    "entity_f1": {"en": "entity F1", "zh": "实体 F1 "},
    "entity_precision": {"en": "entity precision", "zh": "实体精确率"},
    "entity_recall": {"en": "entity recall", "zh": "实体召回率"},
    "r2": {"en": "R²", "zh": " R² "},
    "pearson": {"en": "correlation", "zh": "相关系数"},
    "token_likelihood": {
        "en": "likelihood a token (1 / perplexity)",
        "zh": "每词元似然（1 / 困惑度）",
    },
    "token_accuracy": {"en": "token accuracy", "zh": "词元准确率"},
    "mrr_10": {"en": "MRR@10", "zh": " MRR@10 "},
    "recall_1": {"en": "recall@1", "zh": "前 1 召回率"},
    "recall_5": {"en": "recall@5", "zh": "前 5 召回率"},
    "recall_10": {"en": "recall@10", "zh": "前 10 召回率"},
    "spearman": {"en": "rank correlation", "zh": "秩相关系数"},
}


def metric_name(metric: str) -> Said:
    """Return a metric's name in running text; a Chinese one is followed by Chinese."""
    return _METRICS.get(metric, {"en": metric, "zh": f" {metric} "})


def count(number: float) -> str:
    """Return a count: 3,080."""
    return f"{round(number):,}"


def plural(number: int, one: str, many: str) -> str:
    """Return a count with its noun: 1 test row, 3,080 test rows."""
    return f"{count(number)} {one if number == 1 else many}"


def about(number: float) -> str:
    """Return a count to two digits: 5,400."""
    digits = len(str(round(number)))
    return count(round(number, 2 - digits))


def number(value: float) -> str:
    """Return a metric, or a difference of metrics, to three places: 0.942, −0.006."""
    return f"{value:.3f}".replace("-", "−")


def percent(share: float, places: int = 1) -> str:
    """Return a share in percent: 1.4%."""
    return f"{100 * share:.{places}f}%"


def p_value(p: float) -> str:
    """Return p as it is written: p = 0.041, p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def sentence(text: str) -> str:
    """Return an English text with its first letter a capital."""
    return text[:1].upper() + text[1:]
