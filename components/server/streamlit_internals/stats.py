"""The numbers that Streamlit counts itself, in the form of Prometheus's client.

Read in Streamlit 1.67.0: `Runtime.stats_mgr` and `streamlit.runtime.stats`. `cache_memory_bytes` is left out: to count
it, Streamlit walks through every cached object, and models are among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from streamlit.runtime import get_instance
from streamlit.runtime.stats import CACHE_MEMORY_FAMILY, CounterStat, GaugeStat, HistogramStat, Stat

if TYPE_CHECKING:
    from prometheus_client import Metric


def read_stats() -> Iterator[Metric]:
    """Give each family of numbers that has some, named `streamlit_…`."""
    manager = get_instance().stats_mgr
    families = [family for family in manager.registered_families() if family != CACHE_MEMORY_FAMILY]
    for family, stats in manager.get_stats(families).items():
        if stats:
            yield _metric(f"streamlit_{family}", stats)


def _metric(name: str, stats: Sequence[Stat]) -> Metric:
    from prometheus_client import Metric
    from prometheus_client.utils import floatToGoString

    family = Metric(name, stats[0].help, stats[0].type)
    for stat in stats:
        match stat:
            case CounterStat(value=value, labels=labels):
                family.add_sample(f"{name}_total", labels or {}, value)
            case GaugeStat(value=value, labels=labels):
                family.add_sample(name, labels or {}, value)
            case HistogramStat(labels=labels):
                for bound, number in stat.buckets:
                    le = floatToGoString(bound)  # type: ignore[no-untyped-call]
                    family.add_sample(f"{name}_bucket", {**(labels or {}), "le": le}, number)
                family.add_sample(f"{name}_sum", labels or {}, stat.observation_sum)
                family.add_sample(f"{name}_count", labels or {}, stat.observation_count)
    return family
