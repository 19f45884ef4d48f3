"""Makes `invest_sample.py` importable, and weighs its venture once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from invest_sample import plan

from seedbed.venture.invest.study import Study, study


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give what the sample's venture finds to do with 5,000."""
    folder: Path = tmp_path_factory.mktemp("invest")
    return study(plan(folder), Decimal(5000))
