"""Prometheus metrics of one process. No label may take a value that a client chooses (domains stay small)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

LATENCY_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
KINDS = frozenset({"query", "mutation", "subscription", "introspection", "export"})

disable_created_metrics()  # one more series for each, which nobody reads


class Metrics:
    """Counters and gauges, each with a method that costs about a microsecond."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "keqi_requests_total", "Requests by operation kind and outcome", ("kind", "outcome"), registry=self.registry
        )
        self._seconds = Histogram(
            "keqi_request_seconds", "Time to the last byte", ("kind",), buckets=LATENCY_BUCKETS, registry=self.registry
        )
        plans = Counter("keqi_plan_cache_total", "Plan cache look-ups", ("result",), registry=self.registry)
        self._plan_hit = plans.labels("hit")
        self._plan_miss = plans.labels("miss")
        self.pool_size = Gauge("keqi_pool_size", "Open database connections", registry=self.registry)
        self.pool_in_use = Gauge("keqi_pool_in_use", "Database connections in use", registry=self.registry)
        self.requests_running = Gauge("keqi_requests_running", "Requests being answered", registry=self.registry)
        self.export_rows = Counter("keqi_export_rows_total", "Rows exported", ("format",), registry=self.registry)
        self.export_bytes = Counter("keqi_export_bytes_total", "Bytes exported", ("format",), registry=self.registry)
        self.rollup_backlog = Gauge(
            "keqi_rollup_backlog", "Changes not folded into the roll-ups yet, up to 100000", registry=self.registry
        )
        self._children: dict[tuple[str, str], tuple[Counter, Histogram]] = {}

    def observe(self, kind: str, outcome: str, seconds: float) -> None:
        """Count one finished request."""
        children = self._children.get((kind, outcome))
        if children is None:
            label = kind if kind in KINDS else "other"
            children = (self._requests.labels(label, outcome), self._seconds.labels(label))
            self._children[kind, outcome] = children
        children[0].inc()
        children[1].observe(seconds)

    def plan_hit(self) -> None:
        """Count a plan found in the cache."""
        self._plan_hit.inc()

    def plan_miss(self) -> None:
        """Count a plan that had to be made."""
        self._plan_miss.inc()

    def exported(self, file_format: str, rows: int, size: int) -> None:
        """Count one finished export; ``size`` in bytes."""
        self.export_rows.labels(file_format).inc(rows)
        self.export_bytes.labels(file_format).inc(size)

    def render(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self.registry)
