"""What Prometheus scrapes: the figures of one responder, read when they are asked for."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from responder.control.metrics_loop_lag import LoopLag
from responder.control.metrics_moment import Moment, Sockets
from responder.control.metrics_rows import PREFIX, ROWS, Row, Sample, Steps
from responder.stack import Stack


class Metrics:
    """The figures of one responder, with a registry of their own.

    Args:
        stack: what answers.
        clock: its clock, in seconds.
        sockets: returns what the shell knows.

    Attributes:
        lag: how late the event loop is, once it was started.
    """

    def __init__(
        self,
        stack: Stack,
        clock: Callable[[], float],
        sockets: Callable[[], Sockets] = Sockets,
    ) -> None:
        self.lag = LoopLag()
        self._registry = CollectorRegistry()
        self._registry.register(_Reading(lambda: Moment(stack, sockets(), self.lag, clock())))
        ProcessCollector(registry=self._registry)

    def expose(self, accept: str = "") -> tuple[bytes, str]:
        """Return all figures, and the content type of what is returned.

        Args:
            accept: the Accept of who asks: OpenMetrics or the text format of Prometheus.
        """
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _Reading(Collector):
    """Makes of each row what the library writes out."""

    def __init__(self, look: Callable[[], Moment]) -> None:
        self._look = look

    def describe(self) -> Iterator[Metric]:
        """Name the metrics without reading them."""
        for row in ROWS:
            yield _family(row, ())

    def collect(self) -> Iterator[Metric]:
        """Read every metric."""
        moment = self._look()
        for row in ROWS:
            yield _family(row, tuple(row.read(moment)))


def _family(row: Row, samples: tuple[Sample, ...]) -> Metric:
    name = PREFIX + row.name
    if row.kind == "histogram":
        histogram = HistogramMetricFamily(name, row.about, labels=row.labels, unit=row.unit)
        for labels, value in samples:
            assert isinstance(value, Steps)
            histogram.add_metric(labels, _buckets(value), value.total)
        return histogram
    if row.kind == "info":
        info = InfoMetricFamily(name.removesuffix("_info"), row.about, labels=row.labels)
        for labels, _ in samples:
            info.add_metric(labels, {})
        return info
    made = CounterMetricFamily if row.kind == "counter" else GaugeMetricFamily
    family = made(name, row.about, labels=row.labels, unit=row.unit)
    for labels, value in samples:
        assert not isinstance(value, Steps)
        family.add_metric(labels, value)
    return family


def _buckets(steps: Steps) -> list[tuple[str, float]]:
    buckets: list[tuple[str, float]] = []
    so_far = 0
    for bound, count in zip((*map(str, steps.bounds), "+Inf"), steps.counts, strict=True):
        so_far += count
        buckets.append((bound, so_far))
    return buckets
