"""Commands, limits of settings and traps of APC UPSes: card snmp-apc-powernet.md."""

from collections.abc import Mapping
from dataclasses import replace

from ...links.base import WriteRefused
from ...model import Command, Danger, Setting, Value
from ..apc_environment import EVENTS as ENVIRONMENT_EVENTS
from ..table import Asking, Look, Order, Put, Steps, Traps, oid
from .objects import numeric_settings

ROOT = "E.318.1.1"
_BELOW_ROOT = len(oid(ROOT))
_ON_BATTERY = 3
_REBOOT_GRACEFULLY = Put("1.6.2.2", 3)
_CONSERVE = Put("1.6.1.1", 2)


async def _shut_down_and_return(asking: Asking) -> Steps:
    """Shut down so that the output comes back with mains.

    On battery the UPS sleeps until then. On mains that is refused with badValue, and so it is when
    mains has just come back: then the output goes off and on again.
    """
    await asking.ask("1.4.1.1")
    if asking.number("1.4.1.1") != _ON_BATTERY or asking.value("1.6.1.1") is None:
        return ((_REBOOT_GRACEFULLY,),)
    try:
        await asking.put(_CONSERVE)
    except WriteRefused as error:
        if error.reason not in {"badValue", "wrongValue", "inconsistentValue"}:
            raise
        return ((_REBOOT_GRACEFULLY,),)
    return ()


def _order(name: str, where: str, value: int, danger: Danger = Danger.HARMLESS) -> Order:
    return Order(command=Command(name=name, danger=danger), steps=((Put(where, value),),))


_CUTS, _USES_BATTERY = Danger.CUTS_POWER, Danger.USES_BATTERY
_GROUP = "1.12.3.2.1.3"

ORDERS = (
    _order("load.off", "1.6.2.1", 2, _CUTS),
    _order("load.on", "1.6.2.6", 2),
    # after the delay that the UPS keeps, ups.delay.shutdown
    _order("shutdown.stayoff", "1.6.2.1", 3, _CUTS),
    Order(
        command=Command(name="shutdown.return", danger=_CUTS),
        plan=_shut_down_and_return,
        needs="1.6.2.2",
    ),
    _order("shutdown.reboot", "1.6.2.2", 2, _CUTS),
    _order("shutdown.reboot.graceful", "1.6.2.2", 3, _CUTS),
    _order("test.battery.start", "1.7.2.2", 2, _USES_BATTERY),
    _order("test.failure.start", "1.6.2.4", 2, _USES_BATTERY),
    _order("test.panel.start", "1.6.2.5", 2),
    _order("calibrate.start", "1.7.2.5", 2, _USES_BATTERY),
    _order("calibrate.stop", "1.7.2.5", 3),
    _order("bypass.start", "1.6.2.7", 2, Danger.UNPROTECTS),
    _order("bypass.stop", "1.6.2.7", 3),
    _order("reset.input.minmax", "1.9.1.1", 2),
    _order("beeper.enable", "1.5.2.4", 1),
    _order("beeper.disable", "1.5.2.4", 3),
    _order("beeper.mute", "1.5.2.4", 4),
    # with and without mains; "delay" is what the group keeps
    _order("outlet.group.{group}.load.on", _GROUP, 1),
    _order("outlet.group.{group}.load.off", _GROUP, 2, _CUTS),
    _order("outlet.group.{group}.load.cycle", _GROUP, 3, _CUTS),
    _order("outlet.group.{group}.load.on.delay", _GROUP, 4),
    _order("outlet.group.{group}.load.off.delay", _GROUP, 5, _CUTS),
    _order("outlet.group.{group}.load.cycle.delay", _GROUP, 6, _CUTS),
    # off after the delay, on again when mains is there
    _order("outlet.group.{group}.shutdown.return", _GROUP, 10, _CUTS),
)

# limits


def limit(settings: dict[str, Setting], look: Look) -> None:
    """Narrow the settings to what the UPS lists as allowed (5.2.16), and the length of its name.

    Whether such a list is in seconds or in hundredths of them the MIB does not say: the present
    value is in it in one way only.
    """
    rows = numeric_settings()
    for instance, said in look.column("1.5.2.16.1.2").items():
        if not isinstance(said, tuple):
            continue
        where = ".".join(map(str, said[_BELOW_ROOT:])).removesuffix(".0")
        row = rows.get(where)
        allowed = _numbers(look.text("1.5.2.16.1.3", instance) or "")
        present = look.number(where)
        if row is None or not row.names or not allowed or present is None:
            continue
        if round(present * row.scale, 6) not in allowed:
            if present not in allowed:
                continue
            allowed = [round(each * row.scale, 6) for each in allowed]
        if (setting := settings.get(row.names[0])) is not None:
            settings[row.names[0]] = replace(setting, minimum=min(allowed), maximum=max(allowed))
    if (name := settings.get("ups.id")) is not None:
        family = look.text("1.1.1.3") or ""
        if family.startswith("Galaxy") or len(look.text("1.1.1.2") or "") > name.length:
            settings["ups.id"] = replace(name, length=32)


def _numbers(text: str) -> list[float]:
    """Return a list of numbers, nothing where one of it is none."""
    try:
        return [float(each) for each in text.split(",")]
    except ValueError:
        return []


_OF_ONE_PHASE = ("voltage", "voltage.maximum", "voltage.minimum", "current")


def mend(values: dict[str, Value], _: Look) -> None:
    """Leave the scalars of one phase out on a unit with three: they are those of its first."""
    for place in ("input", "input.bypass", "output"):
        if any(f"{place}.L2-{other}.voltage" in values for other in ("N", "L3")):
            for name in _OF_ONE_PHASE:
                values.pop(f"{place}.{name}", None)


# traps

EVENTS: Mapping[int, str] = {
    1: "communication_lost",
    2: "overload",
    3: "test_failed",
    4: "battery_discharged",
    5: "on_battery",
    6: "boost_on",
    7: "low_battery",
    8: "communication_found",
    9: "power_restored",
    10: "test_passed",
    11: "low_battery_cleared",
    12: "turned_off",
    13: "sleeping",
    14: "woke_up",
    15: "reboot_started",
    17: "replace_battery",
    20: "bypass_by_failure",
    21: "bypass_by_software",
    22: "bypass_by_switch",
    23: "bypass_ended",
    24: "bypass_supply_failed",
    25: "fan_failed",
    26: "battery_pack_lost",
    27: "battery_pack_found",
    28: "calibration_started",
    30: "turned_on",
    31: "trim_on",
    33: "overload_cleared",
    34: "boost_off",
    35: "trim_off",
    36: "battery_replaced",
    37: "calibration_ended",
    38: "battery_discharged_cleared",
    39: "graceful_shutdown",
    49: "output_voltage_bad",
    50: "output_voltage_good",
    51: "charger_failed",
    52: "charger_failed_cleared",
    53: "battery_hot",
    54: "battery_hot_cleared",
    55: "relay_failed",
    56: "relay_failed_cleared",
    77: "abnormal_condition",
    78: "abnormal_condition_cleared",
    80: "no_batteries",
    81: "no_batteries_cleared",
    298: "outlet_group_on",
    299: "outlet_group_off",
    636: "test_trap",
    **ENVIRONMENT_EVENTS,
}
TRAPS = (Traps(roots=("E.318",), events=EVENTS),)
