"""The sentences about personal data, in English and Chinese."""

from __future__ import annotations

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


def personal(kind: str, pieces: int, rows: int) -> tuple[Said, Said]:
    """Say that some rows hold personal data of a kind."""
    one, several, chinese = KINDS[kind]
    said_rows = (
        "1 row of training or validation holds"
        if rows == 1
        else (f"{rows:,} rows of training or validation hold")
    )
    what = one if pieces == 1 else f"{pieces:,} {several}"
    place = PLACEHOLDERS[kind]
    return {
        "en": f"{said_rows} {what}. The test rows are sealed and were not searched.",
        "zh": f"训练集或验证集中有 {rows:,} 行含{chinese}，共 {pieces:,} 处。"
        "测试集是封存的，未作搜索。",
    }, {
        "en": "A model can learn them by heart, and a report shows rows. Use --fix --redact for"
        f" copies of all files in which {place} stands instead.",
        "zh": "模型可能会记住它们，报告也会展示原文。"
        f"用 --fix --redact 得到全部文件的副本，其中以 {place} 代替。",
    }
