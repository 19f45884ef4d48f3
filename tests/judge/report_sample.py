"""A complete `report.json` from made-up logits: figures computed, words invented."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.tune.forecast import more_rows

Logits = NDArray[np.float64]

_THINGS = (
    *("card", "transfer", "refund", "top-up", "exchange", "PIN", "cash"),
    *("balance", "fee", "payment", "limit", "account", "identity"),
)
_STATES = ("pending", "failed", "missing", "declined", "charged", "changed")
_ENGINES = (
    ("openvino-bf16", 863.0, 2.8, 7.9, 45_900_000, 0.0004),
    ("onnx-int8", 783.0, 1.7, 4.1, 23_100_000, -0.0182),
    ("torch-bf16", 547.0, 8.6, 14.2, 45_700_000, 0.0),
    ("onnx-float32", 419.0, 3.1, 6.6, 90_400_000, 0.0),
)
_NOISE = (
    (
        "typos",
        "one character in twenty mistyped, one at least",
        "每二十个字符打错一个（至少一个）",
        0.021,
    ),
    (
        "case",
        "punctuation and spaces as a careless writer leaves them, now and then",
        "标点和空格像粗心的人写的那样",
        0.004,
    ),
    ("drop", "One word in ten left out", "随机删去一成的词", 0.037),
    ("swap", "Neighbouring words swapped", "相邻的词互换", 0.012),
    ("space", "Spaces lost and doubled", "空格丢失或重复", 0.009),
)


def said(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


def wilson(share: float, n: int) -> dict[str, float]:
    z = 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return {"value": share, "low": float(middle - half), "high": float(middle + half)}


def softmax(logits: Logits) -> Logits:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def label_names(k: int) -> list[str]:
    if k == 3:
        return ["negative", "neutral", "positive"]
    return [f"{a}_{b}".lower() for a in _THINGS for b in _STATES][:k]


def text_of(label: str, draw: np.random.Generator) -> str:
    thing, _, state = label.partition("_")
    forms = (
        f"Hi, why is my {thing} {state or 'like this'}? I tried it twice since yesterday.",
        f"My {thing} seems to be {state or 'odd'} again, and nobody could tell me why so far.",
        f"Please help: {thing} {state}!!",
        f"我的{thing}为什么{state}了？昨天试了两次都不行。",
    )
    return forms[int(draw.integers(len(forms)))]


def bins(confidence: Logits, right: NDArray[np.bool_], n: int = 10) -> list[dict[str, float]]:
    place = np.minimum((confidence * n).astype(int), n - 1)
    return [
        {
            "confidence": float(confidence[place == b].mean()),
            "accuracy": float(right[place == b].mean()),
            "rows": int((place == b).sum()),
        }
        for b in range(n)
        if (place == b).any()
    ]


def ece(parts: list[dict[str, float]]) -> float:
    total = sum(p["rows"] for p in parts)
    return sum(p["rows"] * abs(p["accuracy"] - p["confidence"]) for p in parts) / total


def label_rows(
    names: list[str], truth: NDArray[np.int64], answers: NDArray[np.int64]
) -> list[dict[str, Any]]:
    rows = []
    for i, name in enumerate(names):
        hits = int(((truth == i) & (answers == i)).sum())
        has, gave = int((truth == i).sum()), int((answers == i).sum())
        f1 = 2 * hits / (has + gave)
        rows.append(
            {"label": name, "rows": has, "precision": hits / max(gave, 1), "recall": hits / has}
            | {"f1": f1, **{k: v for k, v in wilson(f1, has).items() if k != "value"}}
        )
    return rows


def confusion(
    names: list[str], truth: NDArray[np.int64], answers: NDArray[np.int64]
) -> dict[str, Any]:
    k = len(names)
    full = np.zeros((k, k), int)
    np.add.at(full, (truth, answers), 1)
    wrong = full - np.diag(np.diag(full))
    worst = np.sort(np.argsort(-(wrong.sum(0) + wrong.sum(1)), kind="stable")[:20])
    order = np.argsort(-wrong, axis=None, kind="stable")[:15]
    pairs = [np.unravel_index(at, wrong.shape) for at in order]
    return {
        "labels": [names[i] for i in worst],
        "matrix": full[np.ix_(worst, worst)].tolist(),
        "shown_of": k,
        "pairs": [
            {"truth": names[i], "answer": names[j], "rows": int(wrong[i, j])}
            for i, j in pairs
            if wrong[i, j]
        ],
    }


def ladder(value: dict[str, float], metric: str) -> list[dict[str, Any]]:
    plan = (
        ("baseline", -0.086, 2.4, None, 41_000.0),
        ("probe", -0.006, 19.8, 30, 655.0),
        ("top", 0.0, 31.5, 3, 960.0),
    )
    rungs = [
        {"rung": rung, "state": "climbed", "seconds": seconds, "money": seconds / 36000}
        | {"epochs": epochs, "rows_per_second": speed, "chosen": rung == "top"}
        | {key: figure + gain for key, figure in value.items()}
        | {"why": said("Climbed: the bar was not met for sure.", "继续：还不能确定达标。")}
        for rung, gain, seconds, epochs, speed in plan
    ]
    why = (
        (
            "adapter",
            "skipped",
            "Skipped: `top` costs less and learns the same.",
            "跳过：top 更便宜，学到的相同。",
        ),
        ("full", "not reached", "Not worth its price.", "不值这个价。"),
    )
    return rungs + [
        {"rung": rung, "state": state, "chosen": False, "why": said(en, zh)}
        | dict.fromkeys(
            ("value", "low", "high", "seconds", "money", "epochs", "rows_per_second"), None
        )
        for rung, state, en, zh in why
    ]


def reject(confidence: Logits, right: NDArray[np.bool_]) -> dict[str, Any]:
    order = np.argsort(-confidence, kind="stable")
    errors = np.cumsum(~right[order]) / np.arange(1, len(right) + 1)
    at = int(np.flatnonzero(errors <= 0.018).max())
    marks = np.unique(np.linspace(len(right) // 50, len(right) - 1, 60).astype(int))
    interval = wilson(float(errors[at]), at + 1)
    return {
        "threshold": float(confidence[order][at]),
        "promised_error": 0.02,
        "confidence": 0.95,
        "coverage": (at + 1) / len(right),
        "error": interval["value"],
        "error_low": interval["low"],
        "error_high": interval["high"],
        "curve": [
            {"coverage": float((m + 1) / len(right)), "error": float(errors[m])} for m in marks
        ],
        "said": said(
            "Answers surer than the threshold are wrong at most 2 times in 100; the rest say so.",
            "高于阈值的回答，每 100 个最多错 2 个；其余的会明说没有把握。",
        ),
    }


def wrongs(
    names: list[str],
    truth: NDArray[np.int64],
    answers: NDArray[np.int64],
    confidence: Logits,
    draw: np.random.Generator,
) -> list[dict[str, Any]]:
    wrong = np.flatnonzero(truth != answers)
    surest = wrong[np.argsort(-confidence[wrong], kind="stable")][:20]
    return [
        {"row": int(i) + 1, "text": text_of(names[truth[i]], draw), "truth": names[truth[i]]}
        | {"answer": names[answers[i]], "confidence": float(confidence[i])}
        for i in surest
    ]


def explained(
    names: list[str], truth: NDArray[np.int64], confidence: Logits, draw: np.random.Generator
) -> list[dict[str, Any]]:
    rows = []
    for i in range(16):
        text = text_of(names[truth[i]], draw)
        words = (
            text.split() if text.isascii() else [text[j : j + 2] for j in range(0, len(text), 2)]
        )
        weights = draw.normal(0.04, 0.12, len(words))
        rows.append(
            {"row": i + 1, "text": text, "truth": names[truth[i]], "answer": names[truth[i]]}
            | {"confidence": float(confidence[i])}
            | {
                "parts": [
                    {"text": w, "weight": float(x)} for w, x in zip(words, weights, strict=True)
                ]
            }
        )
    return rows


def findings(names: list[str], draw: np.random.Generator) -> list[dict[str, Any]]:
    return [
        {
            "kind": "leak_near",
            "severity": "error",
            "said": said(
                "7 test rows also stand in train, nearly word for word.",
                "7 行测试数据与训练数据几乎逐字相同。",
            ),
            "would": said("Take them out of train.", "从训练数据中移除。"),
            "count": 7,
            "rows": [
                {"split": "test", "row": 40 + i, "text": text_of(names[i % len(names)], draw)}
                | {"other_split": "train", "other_row": 900 + i}
                for i in range(7)
            ],
        },
        {
            "kind": "label_error",
            "severity": "warning",
            "said": said("38 rows look mislabelled.", "38 行的标签看来标错了。"),
            "would": said("Show them for review; change none.", "列出供人复核，不作改动。"),
            "count": 38,
            "rows": [
                {"split": "train", "row": 120 * i, "text": text_of(names[i % len(names)], draw)}
                | {"label": names[i % len(names)], "suggested": names[(i + 1) % len(names)]}
                for i in range(1, 21)
            ],
        },
        {
            "kind": "imbalance",
            "severity": "note",
            "said": said(
                "The largest label has 5.3 times the rows of the smallest.",
                "最大的类别行数是最小的 5.3 倍。",
            ),
            "would": said(
                "Nothing; set train.class_weights to balance.",
                "不作处理；可设 train.class_weights 来平衡。",
            ),
            "count": 1,
            "rows": [],
        },
    ]


def engines(value: float) -> list[dict[str, Any]]:
    rows = [
        {"engine": name, "kept": loss > -0.005, "value": value + loss, "difference": loss}
        | {"low": loss - 0.0021, "high": loss + 0.0024, "disagree": round(abs(loss) * 1600)}
        | {"rows_per_second": speed, "p50_ms": p50, "p99_ms": p99, "bytes": size}
        | {"load_seconds": 0.42, "latency": name == "openvino-bf16"}
        | {"throughput": name == "openvino-bf16"}
        | {
            "why": said("Not worse than float32.", "不逊于 float32。")
            if loss > -0.005
            else said(
                "Loses 1.8 points, more than the margin of 0.5.",
                "下降 1.8 个百分点，超过 0.5 的容限。",
            )
        }
        for name, speed, p50, p99, size, loss in _ENGINES
    ]
    empty = dict.fromkeys(key for key in rows[0] if key not in ("engine", "kept", "why"))
    failed = empty | {"engine": "tensorrt", "kept": False, "latency": False, "throughput": False}
    return [*rows, failed | {"why": said("Not installed.", "没有安装。")}]


def verdict(value: dict[str, float], bar: float, *, ship: bool) -> dict[str, Any]:
    shown = f"{100 * value['low']:.1f}%"
    reasons = [
        (
            "bar",
            ship,
            f"Even the low end of the interval, {shown}, against a bar of {100 * bar:.1f}%.",
            f"区间下端 {shown}，达标线 {100 * bar:.1f}%。",
        ),
        ("rows", True, "Enough test rows to know.", "测试数据够多，足以下结论。"),
        ("baseline", True, "Beats the words-only baseline beyond doubt.", "确定优于仅看词的基线。"),
        (
            "promise",
            True,
            "The promised error held on the test rows.",
            "承诺的错误率在测试数据上成立。",
        ),
        ("leaks", True, "Without the leaked rows the figure stands.", "去掉泄漏的行，结果依旧。"),
        ("engines", True, "3 engines keep the quality.", "3 个引擎保持了质量。"),
    ]
    return {
        "say": "ship" if ship else "hold",
        "reasons": [{"kind": k, "passed": p, "said": said(en, zh)} for k, p, en, zh in reasons],
    }


def report(k: int = 77, rows: int = 3080, *, ship: bool = True, seed: int = 7) -> dict[str, Any]:
    """Return a complete report over `k` labels."""
    draw = np.random.default_rng(seed)
    names = label_names(k)
    truth = np.arange(rows) % k
    ease = draw.uniform(4.2, 8.5, k) if k > 3 else np.array([2.0, 2.6, 3.0])
    logits = draw.normal(0, 1.25, (rows, k))
    logits[np.arange(rows), truth] += ease[truth]
    logits[np.arange(rows), (truth + 1) % k] += 1.8
    coldness = np.linspace(0.5, 6.0, 56)
    fits = [np.log(softmax(c * logits)[np.arange(rows), truth]).mean() for c in coldness]
    best = coldness[int(np.argmax(fits))]
    hot, cool = softmax(1.9 * best * logits), softmax(best * logits)
    answers = logits.argmax(axis=1)
    right = answers == truth
    value = wilson(float(right.mean()), rows)
    by_label = label_rows(names, truth, answers)
    macro = wilson(float(np.mean([row["f1"] for row in by_label])), rows)
    before, after = bins(hot.max(1), right), bins(cool.max(1), right)
    bar = round(value["low"] - 0.004 if ship else value["high"] + 0.01, 3)
    return {
        "format": 1,
        "name": "bank-intents",
        "number": 3,
        "task": "text-classification",
        "made": "2026-02-11T09:42:17Z",
        "seedbed": "0.1.0",
        "base": "minilm",
        "rung": "top",
        "seconds": 54.3,
        "budget_minutes": 10.0,
        "machine": {
            "cpu": "Intel Xeon Gold 6426Y",
            "cores": 2,
            "memory_gb": 24.0,
            "bfloat16": True,
        },
        "data": {
            "train": 9003,
            "validation": 1000,
            "test": rows,
            "labels": names,
            "left_out": 4,
            "train_file": "train.csv",
            "test_file": "test.csv",
        },
        "metric": "accuracy",
        "bar": bar,
        "currency": "USD",
        "ladder": ladder(value, "accuracy"),
        "stop": said(
            "Stopped at `top`: the bar is met with 95% confidence. `full` would cost $0.0042 and "
            "could gain at most 0.4 points, worth $0.0031 over the horizon.",
            "停在 top：已有 95% 的把握达标。full 要花 $0.0042，最多再提高 0.4 个百分点，"
            "在规划期内只值 $0.0031。",
        ),
        "metrics": {"accuracy": value, "macro_f1": macro, "micro_f1": value},
        "metrics_without_leaks": {"rows": rows - 7, "accuracy": wilson(value["value"], rows - 7)},
        "compared": [
            {"with": "baseline", "metric": "accuracy", "value": value["value"] - 0.086}
            | {"difference": 0.086, "low": 0.074, "high": 0.098, "p": 1.3e-41, "test": "McNemar"}
            | {"won": 320, "lost": 55},
            {"with": "release 2", "metric": "accuracy", "value": value["value"] - 0.003}
            | {"difference": 0.003, "low": -0.002, "high": 0.008, "p": 0.241, "test": "McNemar"}
            | {"won": 41, "lost": 32},
        ],
        "seeds": {"values": [0.931, 0.934, 0.929], "seeds": [0, 1, 2], "spread": 0.0025},
        "calibration": {
            "temperature": 1.9,
            "ece_before": ece(before),
            "ece_after": ece(after),
            "bins_before": before,
            "bins_after": after,
        },
        "reject": reject(cool.max(1), right),
        "confusion": confusion(names, truth, answers),
        "labels": by_label,
        "worst": wrongs(names, truth, answers, cool.max(1), draw),
        "robustness": [
            {"kind": kind, "said": said(en, zh), "rows": 500, "difference": -loss}
            | {"difference_low": -loss - 0.012, "difference_high": -loss + 0.012}
            | wilson(value["value"] - loss, 500)
            for kind, en, zh, loss in _NOISE
        ],
        "groups": [
            {"group": group, "rows": n, "worse": gap < -0.04} | wilson(value["value"] + gap, n)
            for group, n, gap in (("app", 1700, 0.006), ("web", 1100, 0.001), ("电话", 280, -0.052))
        ],
        "explained": explained(names, truth, cool.max(1), draw),
        "learning_curve": curve(value["value"]),
        "more_rows": more_rows(curve(value["value"]), "accuracy"),
        "check": {
            "profile": {
                "characters": {"min": 3, "p50": 57, "p95": 123, "max": 433},
                "scripts": {"latin": 0.8712, "cjk": 0.1288},
            },
            "findings": findings(names, draw),
        },
        "engines": engines(value["value"]),
        "cost": {
            "compute_hour": 0.10,
            "currency": "USD",
            "per_1000": 0.0000322,
            "per_1000_latency": 0.0000778,
            "rows_per_second": 863.0,
            "training_money": 0.0015,
        },
        "verdict": verdict(value, bar, ship=ship),
    }


def curve(value: float) -> list[dict[str, Any]]:
    """Return a learning curve that ends in a value."""
    gaps = ((1125, 0.121), (2250, 0.066), (4500, 0.024), (9003, 0.0))
    return [{"rows": n, "sd": 0.01} | wilson(value - gap, 1000) for n, gap in gaps]


def minimal() -> dict[str, Any]:
    """Return a report in which everything that may be missing is missing."""
    whole = report(k=3, rows=300, ship=False)
    gone = dict.fromkeys(("metrics_without_leaks", "seeds", "bar", "budget_minutes", "more_rows"))
    lists = (
        *("compared", "labels", "worst", "robustness", "groups"),
        *("explained", "learning_curve", "engines", "ladder"),
    )
    empty: dict[str, Any] = {key: [] for key in lists}
    return (
        whole
        | gone
        | empty
        | {"confusion": None, "calibration": None, "reject": None, "cost": None}
        | {"check": {"profile": {}, "findings": []}, "machine": None}
    )


if __name__ == "__main__":
    labels = int(sys.argv[1]) if len(sys.argv) > 1 else 77
    made = report(k=labels, ship="hold" not in sys.argv)
    json.dump(made, sys.stdout, ensure_ascii=False, indent=2)
