"""Liebert and Vertiv GP: card snmp-liebert.md.

Documents: LIEBERT_GP_*.MIB. Everything that Liebert makes has one sysObjectID; the device id tells
what it is. Cards answer one, two or all of three models: the tables of points and the objects of
the power (L.3.5), conditions (L.3.2), and the flexible tables (L.3.9); of a value the first counts.
"""

from collections.abc import Iterator

from ...errors import Unsupported
from ...model import Command, Danger, DeviceKind, Parameter, Setting, Status, StatusFlag, Value
from ...names import UpsType
from ..status import POWER_FLAGS, judge as weigh
from ..table import Facts, Given, HostSide, Look, Mib, Order, Put, Signs, Traps
from . import flexible, objects, pdu
from .conditions import CONDITIONS, ROOT
from .objects import ABNORMAL, DEVICE_ID, DEVICES, GENERAL_ALARM, POINTS, family, is_ats

# who it is

_KINDS = {
    2: DeviceKind.UPS,
    # power conditioning and combined power distribution: cabinets that distribute
    4: DeviceKind.PDU,
    5: DeviceKind.ATS,
    8: DeviceKind.PDU,
    10: DeviceKind.PDU,
}
# an object of each that no UPS with the power model can do without, and of the flexible table
_OF_POWER = ("3.5.3.55", "3.5.3.31", "3.5.1.19", "3.5.1.18", "3.5.3.5")
_OF_FLEXIBLE = frozenset({4096, 4150, 4153, 4872, 5861})


def _kind(look: Look) -> DeviceKind:
    """Tell by the device id what answers, else by what it answers."""
    families = [family(said) for _, said in sorted(look.column(DEVICE_ID).items())]
    for each in families:
        if each in _KINDS:
            return _KINDS[each]
    for each in families:
        if each is not None:
            what = DEVICES.get(each, f"a Liebert device of a kind not known here ({each})")
            raise Unsupported(f"this is {what}, no UPS, PDU or transfer switch")
    if look.column("3.8.20.1.45") or look.column("3.8.50.20.1.95"):
        return DeviceKind.PDU
    if any(look.value(each) is not None for each in _OF_POWER) or look.column("3.5.2.2.1.2"):
        return DeviceKind.UPS
    if any(flexible.data_id(each) in _OF_FLEXIBLE for each in look.column(flexible.VALUE)):
        return DeviceKind.UPS
    raise Unsupported(
        "this Liebert card does not say what it stands in, and has no values of a UPS, PDU or "
        "transfer switch"
    )


def _learn(look: Look) -> Facts:
    facts: dict[str, Value] = {"kind": _kind(look)}
    for fact, ratings in (
        (pdu.LINE_SHARE, pdu.LINE_RATING),
        (pdu.OUTLET_SHARE, pdu.BRANCH_RATING),
    ):
        if (share := pdu.share(look, ratings)) is not None:
            facts[fact] = share
    return facts


# status

_OF_INPUT = ("input.L", "input.voltage", "input.current", "input.frequency", "input.power")


def _judge(signs: Signs) -> Status:
    """Weigh the signs.

    In economy mode the bypass is wanted; a UPS whose card says nothing of its output, and has no
    condition of battery, bypass or output, is on line; the general alarm is for when nothing
    better is known.
    """
    status = weigh(signs)
    flags = set(status.flags)
    if StatusFlag.ECO in flags and StatusFlag.BYPASS in flags:
        flags = flags - {StatusFlag.BYPASS} | {StatusFlag.ON_LINE}
    look = signs.look
    if (
        not flags & POWER_FLAGS
        and look.facts.get("kind") == DeviceKind.UPS
        and any(look.value(each) is not None for each in ("3.2.2", "3.7.2.2", "3.5.3.7"))
    ):
        flags.add(StatusFlag.ON_LINE)
    better = tuple(each for each in status.alarms if each not in {GENERAL_ALARM, ABNORMAL})
    return Status(
        flags=frozenset(flags),
        alarms=better or status.alarms,
        input_present=status.input_present,
    )


def _mend(values: dict[str, Value], look: Look) -> None:
    """Tell the topology, and of a transfer switch the sources in place of an input."""
    tops = [look.number(f"3.5.7.{each}") for each in (1, 2, 3)]
    if tops[:2] == [2, 2]:
        values["ups.type"] = UpsType.ONLINE_DUAL_INPUT if tops[2] == 1 else UpsType.ONLINE
    if not is_ats(look):
        return
    for name in tuple(values):
        if name.startswith(_OF_INPUT) and not name.endswith(".nominal"):
            del values[name]
    for name, object_ in (("input.source", "3.5.4.2"), ("input.source.preferred", "3.5.4.1")):
        said = look.value(object_)
        if isinstance(said, tuple) and said[:-1] == POINTS and said[-1] in {1, 2}:
            values[name] = str(said[-1])


# commands

_SHUTDOWN_DELAY = "ups.delay.shutdown"
_CUTS, _USES = Danger.CUTS_POWER, Danger.USES_BATTERY
# objects of commands need not let themselves be read: then a card that tells its state has them
_STATES = ("3.5.3.55", "3.5.3.31")


def _delay(default: float, setting: str | None = None) -> Parameter:
    return Parameter(
        # whole tens of seconds, by the document
        name="delay",
        minimum=0,
        maximum=86400,
        step=10,
        default=default,
        setting=setting,
    )


def _orders(
    name: str,
    object_: str,
    value: int | Given,
    danger: Danger = Danger.HARMLESS,
    *parameters: Parameter,
    needs: tuple[str, ...] = _STATES,
) -> Iterator[Order]:
    command = Command(name=name, danger=danger, parameters=parameters)
    for each in (object_, *needs):
        yield Order(command=command, steps=((Put(object_, value),),), needs=each)


def _switch(column: str, name: str, value: int, danger: Danger = Danger.HARMLESS) -> Order:
    return Order(
        command=Command(name=f"outlet.{{outlet}}.load.{name}", danger=danger),
        steps=((Put(column, value),),),
    )


_GIVEN = Given("delay")
_LATER = _delay(20, _SHUTDOWN_DELAY)
ORDERS = (
    *_orders("beeper.mute", "3.5.6.3", 1),
    # without that object
    Order(command=Command(name="beeper.mute"), steps=((Put("3.7.3.1", 2),),)),
    Order(command=Command(name="beeper.enable"), steps=((Put("3.7.3.1", 1),),)),
    *_orders("test.battery.start", "3.5.6.4", 1, _USES),
    *_orders("test.battery.stop", "3.5.6.4", 2),
    *_orders("test.system.start", "3.7.4.1", 1, _USES, needs=("3.7.2.1",)),
    *_orders("shutdown.stop", "3.5.6.5", 1),
    *_orders("bypass.start", "3.5.6.6", 1, Danger.UNPROTECTS),
    *_orders("bypass.stop", "3.5.6.7", 1),
    *_orders("load.on", "3.5.6.8", _GIVEN, Danger.HARMLESS, _delay(0)),
    *_orders("shutdown.reboot", "3.5.6.9", _GIVEN, _CUTS, _LATER),
    *_orders("shutdown.stayoff", "3.5.6.10", _GIVEN, _CUTS, _LATER),
    _switch(objects.CIRCUIT, "on", 1),
    _switch(objects.CIRCUIT, "off", 0, _CUTS),
    _switch(objects.CIRCUIT, "cycle", 2, _CUTS),
    # 2 is off here: no cycle
    _switch(objects.OLD_CIRCUIT, "on", 1),
    _switch(objects.OLD_CIRCUIT, "off", 2, _CUTS),
    *pdu.ORDERS,
)

# traps

_EVENTS = {
    1: "alarm_added",
    2: "alarm_removed",
    3: "low_battery",
    4: "bypass_started",
    5: "internal_fault",
    6: "test_failed",
    7: "overload",
    8: "redundancy_regained",
    9: "redundancy_lost",
    10: "power_module_failed",
    11: "battery_module_failed",
    12: "control_module_failed",
    13: "power_module_warning",
    14: "battery_module_warning",
    15: "control_module_warning",
    18: "configuration_changed",
    19: "module_added",
    20: "module_removed",
    21: "outlet_on",
    22: "outlet_off",
    23: "outlet_load_added",
    24: "outlet_load_removed",
}

mib = Mib(
    id="liebert-gp",
    title="Liebert GP",
    root=ROOT,
    manufacturer="Liebert",
    tables=(pdu.IDENTITY, *objects.TABLES, *pdu.TABLES, *flexible.TABLES, objects.CARD),
    alarms=(CONDITIONS,),
    orders=ORDERS,
    host_side=(
        HostSide(
            Setting(name=_SHUTDOWN_DELAY, minimum=0, maximum=86400, step=10, host_side=True),
            default=20,
        ),
    ),
    traps=(
        Traps(roots=(f"{ROOT}.3.3",), events=_EVENTS, ignored=frozenset({16, 17})),
        Traps(
            roots=(f"{ROOT}.2.3",),
            # 7 is a heartbeat
            events={1: "communication_lost", 7: ""},
            ignored=frozenset({5, 6, 8}),
        ),
    ),
    judge=_judge,
    learn=_learn,
    mend=_mend,
    settings=pdu.settings,
)
