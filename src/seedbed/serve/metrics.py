"""What Prometheus reads at `/metrics`.

Calls are counted in plain numbers, by the event loop alone, and put into Prometheus' form when they
are read: prometheus-client's own counters take a lock for each, and a call needs eight.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily as Count
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import HistogramMetricFamily as Spread
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from seedbed.serve.exchange import Exchange

MEDIA = "text/plain; version=0.0.4; charset=utf-8"

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

Gauges = Callable[[], Iterable[tuple[str, str, Mapping[str, str], float]]]
"""Gives (name, help, labels, value) of what is true at the moment it is asked."""


class Histogram:
    """Values counted by size.

    Args:
        bounds: The largest value of each bucket; one more takes what is larger.
    """

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Return the buckets as Prometheus has them: each counts the smaller ones too."""
        found, sofar = [], 0
        for bound, count in zip([*self.bounds, float("inf")], self.counts, strict=True):
            sofar += count
            found.append(("+Inf" if bound == float("inf") else str(bound), float(sofar)))
        return found


@dataclass(slots=True)
class _Answered:
    """The answered calls of one release."""

    seconds: Histogram = field(default_factory=lambda: Histogram(SECONDS))
    rows: Histogram = field(default_factory=lambda: Histogram(ROWS))
    tokens: int = 0
    charged: int = 0


class Metrics(Collector):
    """Counts of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests: Counter[int] = Counter()
        self._calls: Counter[tuple[str, str, str]] = Counter()
        self._copies: Counter[tuple[str, str]] = Counter()
        self._answered: dict[str, _Answered] = {}
        self._commits = Histogram(SECONDS)
        self._operations = 0
        self._gauges: Gauges = tuple
        self.registry.register(self)

    def count(self, exchange: Exchange) -> None:
        """Count a request that was answered."""
        self._requests[exchange.status] += 1
        release, ended = exchange.release, exchange.ended
        if not release:
            return
        self._calls[release, exchange.verb, ended] += 1
        if ended == "answered":
            answered = self._answered.get(release)
            if answered is None:
                answered = self._answered[release] = _Answered()
            answered.seconds.add(exchange.elapsed_us / 1e6)
            answered.rows.add(exchange.rows)
            answered.tokens += exchange.tokens
            answered.charged += exchange.charged

    def copied(self, release: str, ended: str) -> None:
        """Count a copy for a shadow: `compared`, `failed` or `dropped`."""
        self._copies[release, ended] += 1

    def committed(self, operations: int, seconds: float) -> None:
        """Count a commit of the ledger; called by its thread."""
        self._commits.add(seconds)
        self._operations += operations

    def look(self, gauges: Gauges) -> None:
        """Show what is true at the moment when `/metrics` is read, such as the queues."""
        self._gauges = gauges

    def page(self) -> bytes:
        """Return what Prometheus reads."""
        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        requests = Count("seedbed_requests", "Requests, by status code.", labels=["status"])
        for status, count in list(self._requests.items()):
            requests.add_metric([str(status)], count)
        yield requests
        labels = ["release", "verb", "ended"]
        calls = Count("seedbed_calls", "Calls of releases, by how they ended.", labels=labels)
        for key, count in list(self._calls.items()):
            calls.add_metric(list(key), count)
        yield calls
        copies = Count("seedbed_copies", "Copies for shadows.", labels=["release", "ended"])
        for copied, count in list(self._copies.items()):
            copies.add_metric(list(copied), count)
        yield copies
        yield from self._of_releases()
        commits = Spread("seedbed_ledger_commit_seconds", "The ledger's commits.")
        commits.add_metric([], self._commits.buckets(), self._commits.total)
        yield commits
        yield Count("seedbed_ledger_operations", "Committed by the ledger.", self._operations)
        yield from self._looked_up()

    def _of_releases(self) -> Iterator[Metric]:
        seconds = Spread("seedbed_call_seconds", "From request to answer.", labels=["release"])
        rows = Spread("seedbed_call_rows", "Rows of a call.", labels=["release"])
        tokens = Count("seedbed_tokens", "Tokens of answered calls.", labels=["release"])
        charged = Count("seedbed_charged_nanos", "Charged, in billionths.", labels=["release"])
        for release, one in list(self._answered.items()):
            seconds.add_metric([release], one.seconds.buckets(), one.seconds.total)
            rows.add_metric([release], one.rows.buckets(), one.rows.total)
            tokens.add_metric([release], one.tokens)
            charged.add_metric([release], one.charged)
        yield from (seconds, rows, tokens, charged)

    def _looked_up(self) -> Iterator[Metric]:
        families: dict[str, Gauge] = {}
        for name, about, labels, value in self._gauges():
            if name not in families:
                families[name] = Gauge(f"seedbed_{name}", about, labels=list(labels))
            families[name].add_metric(list(labels.values()), value)
        yield from families.values()
