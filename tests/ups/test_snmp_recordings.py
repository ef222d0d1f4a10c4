"""Recorded cards (``shared/recordings/snmp``, from LibreNMS; GPL, so never copied here).

The values were worked out by hand from the raw objects, which stand behind each.
"""

from collections.abc import Mapping

import pytest

from .snmp import VERSIONS, opened
from custom_components.ups_protocols.ups.model import StatusFlag, Value
from tests.simulators.snmp import recording

pytestmark = pytest.mark.usefixtures("loopback")


type Expected = tuple[set[StatusFlag], str | None, Mapping[str, Value], set[str]]

RECORDINGS: Mapping[str, Expected] = {
    # name: flags, model, values, names that must not be there
    "generex-ups_cs141-v22036": (
        {StatusFlag.ON_LINE},  # 4.1 = 3
        "Upscale",
        {
            "device.mfr": "ABB",
            "ups.firmware.aux": "2.20.36 240626",
            "battery.runtime": 43680,  # 2.3 = 728 minutes
            "battery.charge": 100,  # 2.4
            "battery.voltage": 272.8,  # 2.5 = 2728
            "battery.temperature": 22,  # 2.7
            "input.L1-N.voltage": 235,  # 3.3.1.3
            "input.L3.frequency": 49.9,  # 3.3.1.2.3 = 499
            "output.L2.current": 3.2,  # 4.4.1.3.2 = 32
            "output.L2.realpower": 666,
            "ups.realpower": 1394,  # 432 + 666 + 296
            "ups.load": 5,  # the largest of 3, 5, 2
            "input.bypass.frequency": 49.9,
            "ups.test.result": "No test initiated",  # 7.3 = 6
        },
        {"input.voltage", "output.voltage"},
    ),
    "netmanplus_204": (
        {StatusFlag.ON_LINE},
        None,
        {
            "device.mfr": "RPS SpA",
            "battery.runtime": 8100,  # 135 minutes
            "battery.voltage": 122.5,  # 1225
            "battery.temperature": 37,
            "input.voltage": 242,
            "input.frequency": 50.1,  # 501
            "output.voltage": 231,
            "output.current": 1.1,  # 11
            "ups.realpower": 184,
            "ups.load": 8,
        },
        # -1 is not measured; rows 2 and 3 of a single-phase unit are zeros
        {"battery.current", "input.current", "input.L1-N.voltage", "input.L2-N.voltage"},
    ),
    "deltaups_rfc1628string": (
        {StatusFlag.ON_LINE},
        None,
        {
            "battery.runtime": 20280,  # 338 minutes
            "battery.charge": 29,
            "battery.voltage": 55.4,
            "battery.temperature": 14,
            "input.voltage": 236,  # 2360: this agent's volts are tenths
            "output.voltage": 230,
            "input.bypass.voltage": 235,
            "ups.realpower": 122,
            "ups.load": 8,
        },
        # NULL is nothing
        {"battery.current", "input.current", "input.realpower"},
    ),
    "poweralert_2": (
        # 4.1 = 3, and two rows of R.6.3.1
        {StatusFlag.ON_LINE, StatusFlag.REPLACE_BATTERY},
        "SMART1500RMXL2UA",
        {
            "device.mfr": "TRIPP LITE",  # padded
            "ups.firmware": "12.06.0069",
            "battery.runtime": 1440,  # 24 minutes
            "battery.charge": 100,
            "input.voltage": 122,
            "input.frequency": 59.7,
            "output.current": 3,
            "ups.realpower": 357,
            "ups.load": 27,
            "input.voltage.nominal": 120,
            "input.transfer.low": 83,
            "ups.beeper.status": "enabled",
        },
        set(),
    ),
}


@VERSIONS
@pytest.mark.parametrize("name", RECORDINGS)
async def test_recording(name: str, version: str) -> None:
    """Status, identity and values of a real card."""
    agent = recording(name)
    if agent is None:
        pytest.skip("the folder with the recordings is not here")
    flags, model, values, absent = RECORDINGS[name]
    async with opened(agent, version=version, community="public") as unit:
        snapshot = await unit.driver.read()
        assert unit.identity.model == model
        assert snapshot.status.flags == flags
        assert {each: snapshot.variables.get(each) for each in values} == values
        assert not snapshot.variables.keys() & absent
        assert not snapshot.left_out
        assert snapshot.status == await unit.driver.read_status()
