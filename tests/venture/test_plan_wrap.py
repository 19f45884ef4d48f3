"""Chinese lines on a terminal are full, and never begin with a mark that closes."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from seedbed.cli.plan.wrap import wrapped

TEXT = (
    "建议定价每次回答 $0.001（现价 $0.003），预期每月多赚 $2,459。"
    "九成抽样中的最优价在 $0.001 与 $0.00228 之间。"
)


@pytest.mark.parametrize("width", [20, 40, 80])
def test_lines_are_full_and_keep_words_and_marks(width: int) -> None:
    lines = wrapped(TEXT, width).splitlines()
    assert "".join(lines).replace(" ", "") == TEXT.replace(" ", "")
    assert max(map(cell_len, lines)) <= width
    assert min(map(cell_len, lines[:-1]), default=width) > width - 12
    assert not any(line[0] in "，。）；" or line[-1] == "（" for line in lines)
    assert all("$0.00228" in line or "$0.0022" not in line for line in lines)


def test_a_short_text_is_one_line() -> None:
    assert wrapped("利润 $5", 80) == "利润 $5"
