"""Words in both languages, side by side in the page; the language switch hides one of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

_BACKTICKS = re.compile("`([^`]+)`")
_BOTH = Markup('<span lang="en">{}</span><span lang="zh-Hans">{}</span>')

TERMS: dict[str, dict[str, tuple[str, str]]] = {
    "metric": {
        "auc": ("Area under the ROC curve", "ROC 曲线下面积"),
        "accuracy": ("Accuracy", "准确率"),
        "macro_f1": ("Macro-F1", "宏平均 F1"),
        "micro_f1": ("Micro-F1", "微平均 F1"),
        "entity_f1": ("Entity F1", "实体 F1"),
        "entity_precision": ("Precision", "精确率"),
        "entity_recall": ("Recall", "召回率"),
        "r2": ("R²", "R²"),
        "mrr_10": ("MRR@10", "MRR@10"),
        "recall_1": ("Recall@1", "前 1 召回率"),
        "recall_5": ("Recall@5", "前 5 召回率"),
        "recall_10": ("Recall@10", "前 10 召回率"),
        "token_likelihood": ("Likelihood a token (1 / perplexity)", "每词元似然（1 / 困惑度）"),
        "token_accuracy": ("Tokens held likeliest", "词元准确率"),
        "pearson": ("Correlation", "相关系数"),
        "spearman": ("Rank correlation", "秩相关系数"),
    },
    "rung": {
        "baseline": ("counted features and a linear model", "计数特征加线性模型"),
        "boosted": ("gradient-boosted trees", "梯度提升树"),
        "blend": ("the mean of the rungs below", "前几级结果的平均"),
        "mlp": ("a small network with embedded categories", "带类别嵌入的小型网络"),
        "bm25": ("words in common, by BM25", "词语匹配（BM25）"),
        "prompted": ("the base model as it is, asked in its template", "按模板提问的未调基座模型"),
        "untuned": ("the base model as it is", "未调的基座模型"),
        "dual": ("questions and answers drawn together", "拉近问题与其答案"),
        "twin": ("a linear head on two texts compared", "两段文本分别编码，比较后接线性层"),
        "tagger": ("words, their shape and neighbours", "词、词形与上下文的线性模型"),
        "probe": ("a linear head on frozen features", "冻结特征，只训练线性输出层"),
        "contrast": ("contrastive tuning, then a head", "先对比微调，再训练输出层"),
        "top": ("the top layers and the head", "顶部几层连同输出层"),
        "adapter": ("a few weights beside frozen layers", "冻结各层，旁接少量权重"),
        "full": ("every layer", "全部各层"),
        "larger": ("the best rung with a larger base model", "以更大的基座模型再试最好的一级"),
        "pseudo": (
            "every layer, on rows that the best rung labelled",
            "全部各层，加上由最好一级标注的行",
        ),
        "distill": ("every layer, on what other releases say", "全部各层，学习其他发布的回答"),
    },
    "state": {
        "climbed": ("climbed", "已试"),
        "skipped": ("skipped", "跳过"),
        "failed": ("failed", "失败"),
        "not reached": ("not reached", "未到"),
    },
    "severity": {
        "error": ("error", "错误"),
        "warning": ("warning", "警告"),
        "note": ("note", "提示"),
    },
    "finding": {
        "missing_label": ("Rows without a label", "缺少标签"),
        "empty_text": ("Empty texts", "空文本"),
        "broken_row": ("Broken rows", "无法解析的行"),
        "repeated_text": ("Repeated unlabelled rows", "重复的未标注行"),
        "broken_unlabeled": ("Broken unlabelled rows", "无法解析的未标注行"),
        "learnt_before": ("Validation rows learnt before", "此前学过的验证行"),
        "learnt_train": ("Training rows learnt before", "此前学过的训练行"),
        "taught_before": ("Validation rows a teacher has learnt", "教师模型学过的验证行"),
        "known_text": ("Unlabelled rows that are labelled elsewhere", "与已标注行重复的未标注行"),
        "looks": ("Test rows read before", "测试行曾被使用"),
        "exact_duplicate": ("Exact duplicates", "完全重复"),
        "near_duplicate": ("Near duplicates", "近似重复"),
        "leak_exact": ("Leaks between splits", "数据泄漏（完全相同）"),
        "leak_near": ("Near leaks between splits", "数据泄漏（近似）"),
        "conflicting_label": ("Conflicting labels", "同文不同标签"),
        "label_error": ("Likely label errors", "疑似标错"),
        "small_class": ("Small classes", "样本过少的类别"),
        "imbalance": ("Imbalance", "类别不均衡"),
        "long_text": ("Long texts", "过长的文本"),
        "language": ("Languages", "语言"),
        "column_leak": ("Columns that give the answer away", "泄露答案的列"),
        "column_unused": ("Columns of no use", "无用的列"),
        "column_copy": ("Columns that repeat another", "重复的列"),
        "column_missing": ("Missing cells", "缺失值"),
        "column_mixed": ("Cells of another kind", "类型混杂的列"),
        "column_outliers": ("Outliers", "离群值"),
        "column_dates": ("Dates split at random", "日期数据被随机划分"),
        "personal_email": ("E-mail addresses", "电子邮箱"),
        "personal_iban": ("Bank accounts (IBAN)", "银行账号（IBAN）"),
        "personal_chinese_id": ("Chinese identity numbers", "居民身份证号"),
        "personal_card": ("Payment card numbers", "银行卡号"),
        "personal_ssn": ("US social security numbers", "美国社会保障号"),
        "personal_passport": ("Passport numbers", "护照号"),
        "personal_ip": ("Internet addresses", "IP 地址"),
        "personal_phone": ("Phone numbers", "电话号码"),
        "personal_plate": ("Chinese number plates", "车牌号"),
    },
    "rival": {
        "baseline": ("Against the baseline", "与基线相比"),
        "nothing": ("Against finding nothing", "与什么都不找相比"),
        "mean": ("Against always the mean", "与永远回答平均值相比"),
        "untuned model": ("Against the untuned model", "与未调的模型相比"),
        "silence": ("Against saying nothing", "与什么都不说相比"),
        "untuned": ("Against the untuned encoder", "与未调的编码器相比"),
        "commonest label": ("Against always the commonest label", "与永远回答最常见标签相比"),
    },
    "test": {
        "McNemar": ("McNemar", "McNemar 检验"),
        "paired bootstrap": ("paired bootstrap", "配对自助法"),
    },
    "script": {
        "latin": ("Latin", "拉丁字母"),
        "cjk": ("Chinese characters", "汉字"),
        "japanese": ("Japanese", "日文"),
        "hangul": ("Korean", "韩文"),
        "cyrillic": ("Cyrillic", "西里尔字母"),
        "arabic": ("Arabic", "阿拉伯文"),
        "devanagari": ("Devanagari", "天城文"),
        "thai": ("Thai", "泰文"),
        "greek": ("Greek", "希腊字母"),
        "hebrew": ("Hebrew", "希伯来文"),
        "other": ("other", "其他"),
    },
    "column": {
        "split": ("split", "数据集"),
        "row": ("row", "行号"),
        "text": ("text", "文本"),
        "label": ("label", "标签"),
        "labels": ("labels", "标签"),
        "other_split": ("other split", "另一数据集"),
        "other_row": ("other row", "另一行号"),
        "other_text": ("other text", "另一文本"),
        "other_label": ("other label", "另一标签"),
        "suggested": ("suggested", "建议标签"),
        "confidence": ("confidence", "置信度"),
        "reason": ("reason", "原因"),
        "rows": ("rows", "行数"),
        "count": ("count", "数量"),
        "similarity": ("similarity", "相似度"),
        "script": ("script", "文字"),
        "column": ("column", "列"),
        "other_column": ("other column", "另一列"),
        "kind": ("kind", "类型"),
        "examples": ("examples", "示例"),
        "share": ("share", "占比"),
        "train": ("train", "训练集"),
        "validation": ("validation", "验证集"),
        "test": ("test", "测试集"),
    },
    "split": {
        "train": ("train", "训练集"),
        "validation": ("validation", "验证集"),
        "test": ("test", "测试集"),
    },
}


def both(en: str, zh: str, **values: Any) -> Markup:
    """Return a text of the templates in both languages; `{name}` is filled in, escaped."""
    return _BOTH.format(*(Markup(text).format(**values) for text in (en, zh)))


def said(words: Mapping[str, str] | None) -> Markup:
    """Return a text of the report in both languages, escaped."""
    if not words:
        return Markup("")
    return _BOTH.format(*(_code(words[language]) for language in ("en", "zh")))


def _code(text: str) -> Markup:
    # Names of rungs and of keys stand between backticks, as in Markdown.
    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))


def term(kind: str, name: str) -> Markup:
    """Return a name of ours in both languages; a name that is not ours stays as it is."""
    known = TERMS[kind].get(name)
    return _BOTH.format(*known) if known else Markup("{}").format(name)
