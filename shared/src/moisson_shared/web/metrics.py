"""What a service counts, in the Prometheus text format; each app has a registry of its own."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.responses import Response

from moisson_shared.ports.work_queue import WorkReceiver

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _WorkFailures(Collector):
    """Read from the receiver each time, because it counts by itself."""

    def __init__(self, receiver: WorkReceiver) -> None:
        self._receiver = receiver

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily("moisson_work_failures", "Handlers of work that raised", labels=["topic"])
        for topic, count in sorted(self._receiver.failures.items()):
            family.add_metric([topic], count)
        yield family


class Metrics:
    """Requests by route template (never by raw path: that would be a series per project). Services add their own."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self._requests = Counter("moisson_http_requests", "Requests answered", names, registry=self.registry)
        self._seconds = Histogram(
            "moisson_http_request_seconds",
            "Time to answer",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._histograms: dict[tuple[str, str], Histogram] = {}
        info = Counter("moisson_starts", "Starts of this app", ("service",), registry=self.registry)
        info.labels(service).inc()

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answered request."""
        counter = self._counters.get((method, route, status))
        if counter is None:
            counter = self._counters[method, route, status] = self._requests.labels(method, route, str(status))
        counter.inc()
        histogram = self._histograms.get((method, route))
        if histogram is None:
            histogram = self._histograms[method, route] = self._seconds.labels(method, route)
        histogram.observe(seconds)

    def watch_work(self, receiver: WorkReceiver) -> None:
        """Shows how often the handlers of a work queue raised, by topic; call it once."""
        self.registry.register(_WorkFailures(receiver))

    def response(self) -> Response:
        """All of it as text."""
        return Response(generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
