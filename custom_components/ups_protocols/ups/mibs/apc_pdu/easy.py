"""Easy rack PDUs, ePDU (30)."""

from ...links.base import Oid
from ...names import BeeperStatus, OutletStatus
from ..table import Look, Role, Table, Total, When, Words, Write, enum, number, text
from .common import (
    EASY,
    HUNDREDTH,
    NOT_THERE,
    OUTLET,
    PROBE,
    RATING,
    TENTH,
    THOUSANDTH,
    chained,
    orders,
)

OUTLETS: Words = {1: OutletStatus.OFF, 2: OutletStatus.ON}
"""How an outlet stands."""
COMMANDED: Words = {1: OutletStatus.ON, 2: OutletStatus.OFF}
"""What the object of the commands says of the same outlet: the other way round."""


def _has_sensor(look: Look, instance: Oid) -> bool:
    """Tell whether a sensor is there: no air has 0 %, and 0 % with 0 °C is none."""
    said = {look.number(f"30.8.2.1.{column}", instance) for column in (3, 4)}
    return bool(said - {None, -1, 0})


_VOLTS = Write(minimum=0, maximum=500, step=TENTH)
_AMPERES = Write(minimum=0, maximum=100, step=HUNDREDTH)
_TEMPERATURE = Write(minimum=-40, maximum=100, step=TENTH)
_HUMIDITY = Write(minimum=0, maximum=100, step=TENTH)
_SENSOR = chained(EASY, "30.8.2.1.2", "30.8.2.1.1", "probe")

TABLES: tuple[Table, ...] = (
    Table(
        rows=(
            number("30.1", "device.count", role=Role.COUNT, absent=RATING),
            *(number(each, role=Role.COUNT) for each in ("30.3", "30.5", "30.7")),
        )
    ),
    Table(
        index=chained(EASY, "30.2.1.1.2"),
        rows=(
            text("30.2.1.1.3", "ups.firmware"),
            text("30.2.1.1.4", "device.model"),
            text("30.2.1.1.5", "device.serial"),
            number("30.2.1.1.6", "input.phases", absent=RATING, when=When.ONCE),
            number("30.2.1.1.7", "ups.realpower"),
            number("30.2.1.1.8", "output.reactivepower"),
            number("30.2.1.1.9", "ups.power"),
            number("30.2.1.1.10", "input.powerfactor", scale=THOUSANDTH),
            number("30.2.1.1.11", "output.energy", scale=THOUSANDTH),
            number("30.2.1.1.12", "input.frequency", scale=THOUSANDTH, absent=RATING),
        ),
    ),
    Table(
        index=chained(EASY, "30.4.2.1.2", "30.4.2.1.3", "phase"),
        phases="",
        rows=(
            number("30.4.2.1.4", "input.voltage", "input.L{phase}-N.voltage", scale=TENTH),
            number("30.4.2.1.5", "input.current", "input.L{phase}.current", scale=HUNDREDTH),
            number("30.4.2.1.6", "input.realpower", "input.L{phase}.realpower", total=Total.SUM),
            number("30.4.2.1.8", "input.power", "input.L{phase}.power", total=Total.SUM),
            number(
                "30.4.2.1.9",
                "input.powerfactor",
                "input.L{phase}.powerfactor",
                scale=THOUSANDTH,
            ),
            number(
                "30.4.2.1.10",
                "input.energy",
                "input.L{phase}.energy",
                scale=THOUSANDTH,
                total=Total.SUM,
            ),
        ),
    ),
    Table(
        index=chained(EASY, "30.4.1.1.2", "30.4.1.1.3", "phase", unless=("30.4.1.1.6", NOT_THERE)),
        phases="",
        rows=(
            *(
                number(
                    f"30.4.1.1.{column}",
                    f"input.voltage.{limit}.critical",
                    f"input.L{{phase}}-N.voltage.{limit}.critical",
                    scale=TENTH,
                    write=_VOLTS,
                )
                for column, limit in ((4, "high"), (5, "low"))
            ),
            *(
                number(
                    f"30.4.1.1.{column}",
                    f"input.current.{limit}.critical",
                    f"input.L{{phase}}.current.{limit}.critical",
                    scale=HUNDREDTH,
                    write=_AMPERES,
                )
                for column, limit in ((6, "high"), (7, "low"))
            ),
        ),
    ),
    Table(
        index=chained(EASY, "30.6.1.1.2", "30.6.1.1.3", "outlet"),
        rows=(enum("30.6.1.1.4", OUTLETS, f"{OUTLET}.status"),),
    ),
    Table(
        index=chained(EASY, "30.6.2.1.2", "30.6.2.1.3", "outlet", unless=("30.6.2.1.4", NOT_THERE)),
        rows=(enum("30.6.2.1.4", COMMANDED, f"{OUTLET}.status"),),
    ),
    Table(
        index=_SENSOR,
        is_alive=_has_sensor,
        rows=(
            number("30.8.2.1.3", f"{PROBE}.temperature", scale=TENTH, absent=set()),
            number("30.8.2.1.4", f"{PROBE}.humidity", scale=TENTH, absent=RATING),
        ),
    ),
    Table(
        index=chained(EASY, "30.8.1.1.2", "30.8.1.1.1", "probe"),
        is_alive=_has_sensor,
        rows=(
            number("30.8.1.1.3", f"{PROBE}.temperature.high", scale=TENTH, write=_TEMPERATURE),
            number("30.8.1.1.4", f"{PROBE}.temperature.low", scale=TENTH, write=_TEMPERATURE),
            number("30.8.1.1.5", f"{PROBE}.humidity.high", scale=TENTH, write=_HUMIDITY),
            number("30.8.1.1.6", f"{PROBE}.humidity.low", scale=TENTH, write=_HUMIDITY),
        ),
    ),
    Table(
        index=chained(EASY, "30.2.2.1.2", unless=("30.2.2.1.5", NOT_THERE)),
        rows=(
            enum(
                "30.2.2.1.5",
                {1: BeeperStatus.DISABLED, 2: BeeperStatus.ENABLED},
                "ups.beeper.status",
            ),
        ),
    ),
)

ORDERS = (
    *orders("30.6.2.1.4", {"load.on": 1, "load.off": 2}, OUTLET),
    *orders("30.2.2.1.5", {"beeper.disable": 1, "beeper.enable": 2}),
)
