"""Processor time of processes and of the whole machine, as Linux counts it."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)  # of the columns of /proc/stat: idle, and waiting for input or output
_COUNTED = 8  # the columns after these are parts of the first two


@dataclass(frozen=True)
class ProcessorTime:
    """Seconds of processor time since some beginning."""

    daemon: float
    node: float
    load_tool: float  # children of this process that have ended
    here: float  # this process
    machine: float  # everything

    def since(self, before: "ProcessorTime", seconds: float) -> dict[str, float]:
        """Cores that each took on average in the seconds since; `others` is what none of ours took.

        Args:
            before: Read then.
            seconds: That passed.
        """
        used = {name: (getattr(self, name) - getattr(before, name)) / seconds for name in self.__annotations__}
        ours = sum(value for name, value in used.items() if name != "machine")
        used["others"] = max(0.0, used.pop("machine") - ours)
        return {name: round(value, 3) for name, value in used.items()}


def processor_time(daemon: int, node: int) -> ProcessorTime:
    """The time so far of two processes, by id, of this one and its children, and of the machine."""
    return ProcessorTime(
        daemon=_of_process(daemon),
        node=_of_process(node),
        load_tool=_of(resource.RUSAGE_CHILDREN),
        here=_of(resource.RUSAGE_SELF),
        machine=_of_machine(Path("/proc/stat").read_text()),
    )


def _of_process(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _of(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def _of_machine(stat: str) -> float:
    counts = [int(each) for each in stat.splitlines()[0].split()[1 : 1 + _COUNTED]]
    return sum(count for column, count in enumerate(counts) if column not in _IDLE) / _TICKS


def niceness(autogroup: Path = Path("/proc/self/autogroup")) -> int:
    """How much less than others this process gets; that of its session where the kernel shares out by sessions.

    A kernel that shares out by sessions, and has none for this process, leaves the file empty.
    """
    words = autogroup.read_text().split() if autogroup.exists() else []
    return int(words[-1]) if words else os.getpriority(os.PRIO_PROCESS, 0)


def machine() -> dict[str, str | int | float]:
    """What the figures are of: processors, how many, how many processes wanted one before, and our priority."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else "unknown",
        "cores": len(os.sched_getaffinity(0)),
        "load_before": round(os.getloadavg()[0], 1),
        "niceness": niceness(),  # of this process, which those it starts take over
    }
