"""What the document says of itself, in both languages; no word of it holds a number."""

from __future__ import annotations

from seedbed.venture.result import Said

WORDS: dict[str, Said] = {
    "plan": Said("Business plan", "商业计划书"),
    "summary": Said("Summary", "摘要"),
    "contents": Said("Contents", "目录"),
    "beware": Said("Where the plan is weak", "本计划的薄弱之处"),
    "cautions_in": Said("Cautions stand in these chapters", "以下各章附有注意事项"),
    "appendix": Said("Appendix", "附录"),
    "figure": Said("Figure", "指标"),
    "value": Said("Value", "数值"),
    "between": Said("Nine times in ten between", "九成可能落在"),
    "chart": Said("Chart", "图"),
    "table": Said("Table", "表"),
    "not_computed": Said("Not computed", "未能计算"),
    "needs": Said("It needs", "需要"),
    "there_is": Said("There is", "现状"),
    "do": Said("What to do", "处理办法"),
    "lacks": Said("No value for", "缺少取值："),
    "unknown": Said(
        "Not known yet: the chapter says what is missing.", "尚不可知，所缺内容见该章。"
    ),
    "about": Said("About", "涉及"),
    "more": Said("more", "详见"),
    "made": Said("Made", "生成日期"),
    "made_by": Said(
        "Every figure and chart was computed by Seedbed from the inputs named here; no number was"
        " typed.",
        "所有数字与图表均由苗床（Seedbed）根据下列输入计算得出，没有任何手工填写的数字。",
    ),
    "inputs": Said("Made of (SHA-256)", "输入及其 SHA-256"),
    "content": Said("Content of this file (SHA-256)", "本文件内容的 SHA-256"),
    "notes": Said("What to know of it", "说明"),
    "page": Said("Page", "第"),
    "caution": Said("Caution", "注意"),
    "money_in": Said("All money in", "金额单位"),
    "update": Said(
        "Right-click here and choose Update Field to fill in the contents.",
        "在此处单击右键并选择“更新域”，即可生成目录。",
    ),
    "none": Said("none", "无"),
}


def say(key: str, language: str) -> str:
    """Return a word in `en` or `zh`."""
    return WORDS[key](language)


def capital(text: str) -> str:
    """Begin a title with a capital; a word of one letter is a name of a formula's, and stays."""
    word = text.partition(" ")[0]
    return text[0].upper() + text[1:] if len(word) > 1 and word.isalpha() else text
