"""Captures of real devices are read as their owners' programs read them."""

import json
from pathlib import Path
from typing import Any

import pytest

from .lines import TableLine
from custom_components.ups_protocols.ups.protocols.megatec.driver import Megatec

FIXTURES = Path(__file__).parents[1] / "fixtures" / "serial"


def captures() -> list[Any]:
    """Return the captures, each under its device's name."""
    return [
        pytest.param(json.loads(file.read_text()), id=file.stem)
        for file in sorted(FIXTURES.glob("*.json"))
    ]


def same(ours: object, theirs: str) -> bool:
    """Compare a value with a text: numbers as numbers."""
    try:
        return ours is not None and float(str(ours)) == float(theirs)
    except ValueError:
        return ours == theirs


@pytest.mark.parametrize("capture", captures())
@pytest.mark.parametrize("named", [True, False], ids=["named", "detected"])
async def test_capture(capture: dict[str, Any], named: bool) -> None:
    """Every value that the owner's program read is read, whether the dialect is named or not."""
    assert capture["source"].startswith("https://")
    line = TableLine(
        {
            request.encode("latin-1"): reply.encode("latin-1")
            for request, reply in capture["exchange"].items()
        }
    )
    # a unit of which not all replies were captured is recognised as the nearest dialect
    options = {"dialect": capture["dialect"]} if named else {}
    driver = Megatec(line, options, {})
    identity = await driver.open()
    snapshot = await driver.read()
    variables = dict(snapshot.variables)
    variables["ups.status"] = " ".join(sorted(snapshot.status.flags))
    variables["device.serial"] = variables["ups.serial"] = identity.serial or ""
    wrong = {
        name: (variables.get(name), theirs)
        for name, theirs in capture["expected"].items()
        if not same(variables.get(name), theirs)
    }
    assert wrong == {}
