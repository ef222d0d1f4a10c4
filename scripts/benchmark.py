"""Measures the integration on this machine and prints what was found as a table.

Every row runs in an interpreter of its own, against simulated UPSes in other processes. A figure
that misses its aim is marked and nothing else: the exit code is 1 only where a row could not be
measured.
"""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from importlib import import_module
import json
import os
import platform
import subprocess
import sys
import time
from typing import Any

from scripts.benchmarks.figures import Figure, Row, Scale, table


def _in(module: str, **how: object) -> Callable[[Scale], list[Figure]]:
    """Return a measurement of ``scripts.benchmarks``; its module is imported when it runs."""

    def measure(scale: Scale) -> list[Figure]:
        found: Callable[..., list[Figure]] = import_module(f"scripts.benchmarks.{module}").measure
        return partial(found, **how)(scale)

    return measure


# A protocol with another wire adds its rows here.
ROWS = (
    Row(
        id="latency",
        title="From the power failure to the entity's state in Home Assistant",
        measure=_in("latency"),
    ),
    Row(
        id="latency-2400",
        title="The same on a line of 2400 baud, as a real one",
        measure=_in("latency", baud=2400),
        in_quick=False,
    ),
    Row(
        id="latency-apc-smart",
        title="From an APC Smart-UPS's alert, at 2400 baud, to the entity's state",
        measure=_in(
            "latency", protocol="apc-smart", baud=2400, tiers=(2,), upses=1, pushed_within=0.25
        ),
    ),
    Row(
        id="latency-shut",
        title="From the notification of an MGE UPS (SHUT), at 2400 baud, to the entity's state",
        measure=_in("latency", protocol="shut", baud=2400, tiers=(2,), upses=1, pushed_within=0.25),
    ),
    Row(
        id="latency-xcp",
        title="The same for a Powerware UPS (XCP), at 9600 baud, which tells nothing by itself",
        measure=_in("latency", protocol="xcp", baud=9600, tiers=(2,), upses=1),
        in_quick=False,
    ),
    Row(
        id="cost",
        title="What a poll costs, beside NUT's drivers on the same simulated UPS",
        measure=_in("cost"),
    ),
    *(
        Row(
            id=f"{protocol}-cost",
            title=f"The same, and how long it takes, for {name} at the speed of its line",
            measure=_in("cost", protocol=protocol),
        )
        for protocol, name in (
            ("apc-smart", "APC Smart"),
            ("xcp", "XCP"),
            ("shut", "SHUT"),
        )
    ),
    Row(
        id="usb-latency",
        title="From the interrupt report of a USB UPS to the entity's state in Home Assistant",
        measure=_in("usb_latency"),
    ),
    Row(
        id="usb-cost",
        title="What a poll over USB costs, beside NUT's usbhid-ups on the same simulated device",
        measure=_in("usb_cost"),
    ),
    Row(
        id="usb-open",
        title="How long a USB UPS of sixty reports takes to open",
        measure=_in("usb_open"),
    ),
    Row(
        id="snmp-cost",
        title="What a poll over SNMP costs, beside NUT's snmp-ups on the same simulated agent",
        measure=_in("snmp_cost"),
    ),
    Row(
        id="snmp-many",
        title="Two hundred network cards in one Home Assistant (fifty in a quick run)",
        measure=_in("snmp_many"),
    ),
    Row(
        id="mixed-1",
        title="One UPS in one Home Assistant: loop, states written, outage to entity",
        measure=_in("mixed", count=1),
        in_quick=False,
    ),
    Row(
        id="mixed-50",
        title="Fifty UPSes of mixed kinds in one Home Assistant: the same",
        measure=_in("mixed", count=50),
    ),
    Row(
        id="soak",
        title="An hour of outages and disconnects by chance",
        measure=_in("soak"),
        in_quick=False,
    ),
    Row(id="imports", title="Import of the integration", measure=_in("imports")),
    Row(id="loop", title="How long the event loop is held up", measure=_in("loop")),
    Row(id="clock", title="Whether the polling drifts", measure=_in("clock")),
)
_BY_ID = {row.id: row for row in ROWS}


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("rows", metavar="ROW", nargs="*", help=f"of: {', '.join(_BY_ID)}")
    parser.add_argument("--quick", action="store_true", help="fewer repeats: about five minutes")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--list", action="store_true", help="name the rows")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.rows if name not in _BY_ID]:
        parser.error(f"no row {', '.join(unknown)}; there are: {', '.join(_BY_ID)}")
    return chosen


def _measure(row: Row, *, quick: bool) -> list[Figure] | str:
    """Measure a row in an interpreter of its own; returns why where it could not be."""
    command = [sys.executable, __file__, "--child", row.id, *(["--quick"] if quick else [])]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        output, complaints = child.communicate()
    except BaseException:
        child.terminate()
        child.wait()
        raise
    if child.returncode == 0:
        return [Figure(**figure) for figure in json.loads(output.splitlines()[-1])]
    return complaints[-4000:].strip() or f"ended with {child.returncode}"


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def main() -> int:
    """Run what the command line asks for."""
    chosen = _parse()
    if chosen.list:
        for row in ROWS:
            print(f"{row.id:13} {row.title}")
        return 0
    rows = [_BY_ID[name] for name in dict.fromkeys(chosen.rows)] or [
        row for row in ROWS if row.in_quick or not chosen.quick
    ]
    if chosen.child:
        figures = rows[0].measure(Scale(quick=chosen.quick))
        print(json.dumps([asdict(figure) for figure in figures]))
        return 0
    return _report(rows, quick=chosen.quick, as_json=chosen.json)


def _report(rows: list[Row], *, quick: bool, as_json: bool) -> int:
    """Measure rows, print each as it is done; returns the exit code."""
    machine = _machine()
    report: dict[str, Any] = {**machine, "quick": quick, "rows": {}}
    unmeasured = []
    if not as_json:
        print(
            f"Python {machine['python']}, {machine['machine']}, {machine['processors']} "
            f"processors, load {machine['load']}{', quick run' if quick else ''}",
            flush=True,
        )
    for row in rows:
        start = time.monotonic()
        result = _measure(row, quick=quick)
        took = time.monotonic() - start
        if isinstance(result, str):
            unmeasured.append(row.id)
            report["rows"][row.id] = {"error": result}
            text = f"  could not be measured:\n{result}"
        else:
            report["rows"][row.id] = [
                {**asdict(figure), "ratio": figure.ratio, "met": figure.met} for figure in result
            ]
            text = table(result)
        if not as_json:
            print(f"\n{row.title} ({row.id}, {took:.0f} s)\n{text}", flush=True)
    if as_json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    for name in unmeasured:
        print(f"benchmark: {name} could not be measured", file=sys.stderr)
    return 1 if unmeasured else 0


if __name__ == "__main__":
    sys.exit(main())
