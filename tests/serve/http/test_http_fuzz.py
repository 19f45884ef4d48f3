"""Schemathesis over the OpenAPI document, with and without keys: no request makes a 500."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from running import Running

from seedbed.home import Home

EXAMPLES = int(os.environ.get("SEEDBED_FUZZ_EXAMPLES", "3"))
"""Of each route; every one is sent six times. Forty take five minutes."""
MEMBERS = {"type", "title", "status", "detail", "code", "expected", "got", "do", "request_id"}

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Target:
    """A server, those who ask it, and names of things that are there."""

    running: Running
    keys: dict[str, dict[str, str]]
    names: dict[str, str]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def target(
    request: pytest.FixtureRequest, releases: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    """Give a server that may be spoilt, on each kind of database."""
    where: Path | str = tmp_path_factory.mktemp("fuzzed")
    if request.param == "postgresql":
        where = request.getfixturevalue("postgres").replace("/postgres?", "/template1?")
    running = Running(releases, where)
    customer, victim = running.customer(), running.customer()
    keys = {"no key": {}, "a customer's key": {"x-api-key": customer.secret}}
    keys["an admin's key"] = {"x-api-key": running.admin_key}
    names = {"name": "demo", "version": "2", "customer": victim.id, "code": "SB717"}
    names |= {"call_id": customer.predict().json()["call_id"], "key_id": victim.key_id}
    yield Target(running, keys, names)
    running.stop()


def test_no_request_makes_a_500(target: Target) -> None:
    document = target.running.client().get("/openapi.json").json()
    operations = list(schemathesis.openapi.from_dict(document).get_all_operations())
    assert len(operations) > 80
    faults: dict[str, str] = {}
    for found in operations:
        _fuzz(found.ok(), target, faults)
    assert faults == {}


def _fuzz(operation: Any, target: Target, faults: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def attempt(case: Any) -> None:
        for headers in target.keys.values():
            _try(case, headers, target, faults)
        given = dict(case.path_parameters or {})
        case.path_parameters = {
            name: target.names.get(name, value) for name, value in given.items()
        }
        for headers in target.keys.values():
            _try(case, headers, target, faults)

    attempt()


def _try(case: Any, headers: dict[str, str], target: Target, faults: dict[str, str]) -> None:
    response = case.call(base_url=target.running.address, headers=headers)
    if response.status_code >= 500:
        faults[case.operation.label] = f"{case.as_curl_command()} {response.text}"
    if response.status_code >= 400:
        assert response.headers["content-type"] == ["application/problem+json"], response.text
        assert set(response.json()) >= MEMBERS
    elif not headers:
        assert "security" not in case.operation.definition.raw
