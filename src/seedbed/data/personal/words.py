"""The sentences about personal data, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedbed.data.personal.kinds import PLACEHOLDERS

Said = dict[str, str]

KINDS: dict[str, tuple[str, str, str]] = {
    "email": ("an e-mail address", "e-mail addresses", "电子邮箱"),
    "iban": ("a bank account (IBAN)", "bank accounts (IBAN)", "银行账号（IBAN）"),
    "chinese_id": ("a Chinese identity number", "Chinese identity numbers", "居民身份证号"),
    "card": ("a payment card number", "payment card numbers", "银行卡号"),
    "ssn": ("a US social security number", "US social security numbers", "美国社会保障号"),
    "passport": ("a passport number", "passport numbers", "护照号"),
    "ip": ("an internet address", "internet addresses", "IP 地址"),
    "phone": ("a phone number", "phone numbers", "电话号码"),
    "plate": ("a Chinese number plate", "Chinese number plates", "车牌号"),
}
"""Kind → one of it, several of it, its name in Chinese."""


FILES: dict[str, tuple[str, str]] = {
    "train": ("training", "训练集"),
    "validation": ("validation", "验证集"),
    "unlabeled": ("data.unlabeled", "data.unlabeled"),
    "collection": ("data.collection", "data.collection"),
    "pretrain": ("pretrain.rows", "pretrain.rows"),
}
"""What is searched → how it is called."""


def personal(kind: str, pieces: int, rows: Mapping[str, int]) -> tuple[Said, Said]:
    """Say that some rows, counted by what they stand in, hold personal data of a kind."""
    one, several, chinese = KINDS[kind]
    count = sum(rows.values())
    places, places_zh = zip(*(names for file, names in FILES.items() if file in rows), strict=True)
    said_rows = f"1 row of {places[0]} holds"
    if count > 1:
        said_rows = f"{count:,} rows of {_listed(places)} hold"
    what = one if pieces == 1 else f"{pieces:,} {several}"
    place = PLACEHOLDERS[kind]
    return {
        "en": f"{said_rows} {what}. The test rows are sealed and were not searched.",
        "zh": f"{'、'.join(places_zh)}中有 {count:,} 行含{chinese}，共 {pieces:,} 处。"
        "测试集是封存的，未作搜索。",
    }, {
        "en": "A model can learn them by heart, and a report shows rows. Use --fix --redact for"
        f" copies of all files in which {place} stands instead.",
        "zh": "模型可能会记住它们，报告也会展示原文。"
        f"用 --fix --redact 得到全部文件的副本，其中以 {place} 代替。",
    }


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
