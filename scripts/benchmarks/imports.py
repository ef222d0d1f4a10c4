"""What it takes to import the integration, in fresh interpreters."""

import json
import os
from pathlib import Path
from statistics import median
import subprocess
import sys
from typing import Any

from .figures import Figure, Scale

MOST_MILLISECONDS = 100
_PROBE = Path(__file__).with_name("import_probe.py")


def _probe(*state: str) -> dict[str, Any]:
    # compiled code is kept, as in every Home Assistant; the first probe makes it
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    result = subprocess.run(
        [sys.executable, str(_PROBE), *state],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told


def measure(scale: Scale) -> list[Figure]:
    """Import everything that Home Assistant imports of us, several times."""
    figures = []
    for state, most in (("running", MOST_MILLISECONDS), ("core", None)):
        if state == "core" and scale.quick:
            continue
        _probe(state)
        runs = [_probe(state) for _ in range(scale.pick(15, 3))]
        walls = [run["wall"] for run in runs]
        best = min(runs, key=lambda run: run["wall"])
        longest = sorted(best["times"].items(), key=lambda item: -item[1])[:3]
        told = ", ".join(f"{name or '__init__'} {time:.0f}" for name, time in longest)
        before = "a running Home Assistant" if state == "running" else "homeassistant.core alone"
        foreign = len(best["foreign"])
        figures.append(
            Figure(
                name=f"entry modules, after {before}: median of {len(walls)}",
                value=median(walls),
                unit="ms",
                most=most,
                note=f"{min(walls):.0f} to {max(walls):.0f} ms; {told} ms; "
                f"brings {foreign} modules that are not ours",
            )
        )
        if state == "core":
            continue
        figures.append(
            Figure(
                name="protocol and wire modules that no entry uses yet",
                value=len(best["too_early"]),
                unit="modules",
                most=0,
                note=" ".join(best["too_early"]),
            )
        )
        for protocol in best["protocols"]:
            probe = _probe(state, protocol)
            figures.append(
                Figure(
                    name=f"modules of other protocols that an entry of {protocol} brings",
                    value=len(probe["others"]),
                    unit="modules",
                    most=0,
                    note=f"{' '.join(probe['others'])} its driver is imported in a thread, "
                    f"{probe['driver']:.0f} ms".lstrip(),
                )
            )
    return figures
