"""What NUT 2.8.0 and we say differently of the simulated USB devices, and who is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import override

from .usb import TESTING, Visit
from .usb_reader import Answer
from custom_components.ups_protocols.ups.names import Quantity, parse

# NUT's own affairs
_NOT_COMPARED = ("driver.", "device.type", "ups.status", "ups.alarm")
# old names of NUT's for what it has under the new ones as well
_ALIASES = {"ups.mfr": "device.mfr", "ups.model": "device.model", "ups.serial": "device.serial"}
# a battery in use loses this much between two reads: %, V (as a share of the value), s
_CHARGE, _VOLTS, _SECONDS = 2.5, 0.02, 30
# Words of ours that NUT does not have.
_OUR_FLAGS = frozenset({"TEST", "ECO"})
# Words of NUT's that are no flags, or mean another one: it shows a test as a calibration.
_ALARM, _CALIBRATING = "ALARM", "CAL"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that NUT and we do not say alike."""

    device: str
    driver: str
    state: str
    name: str
    theirs: str
    ours: object

    @override
    def __str__(self) -> str:
        return (
            f"{self.device} ({self.driver}), {self.state}: "
            f"{self.name} is {self.theirs!r} there, {self.ours!r} here"
        )


@dataclass(frozen=True, slots=True)
class Known:
    """A difference with its reason; names may be patterns, nothing stands for anything."""

    names: tuple[str, ...]
    reason: str
    devices: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    theirs: str | None = None
    """What NUT says, a pattern."""
    ours: str | None = None

    def covers(self, found: Difference) -> bool:
        """Tell whether a difference is this one."""
        return (
            any(fnmatchcase(found.name, each) for each in self.names)
            and _matches(found.device, self.devices)
            and _matches(found.state, self.states)
            and _matches(found.driver, self.drivers)
            and (self.theirs is None or fnmatchcase(found.theirs, self.theirs))
            and (self.ours is None or self.ours == found.ours)
        )


def _matches(found: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(found, each) for each in patterns)


def alike(name: str, theirs: str, ours: object) -> bool:
    """Compare a text of NUT's with a value of ours: numbers as far as NUT shows them."""
    try:
        number, wanted = float(str(ours)), float(theirs)
    except ValueError:
        return str(ours) == theirs.strip()
    parsed = parse(name)
    # we show tenths where NUT shows hundredths, or the other way round
    decimals = min(len(theirs.partition(".")[2]), max(len(str(ours).partition(".")[2]), 1))
    allowed = 0.51 * float(f"1e-{decimals}")
    if name == "battery.charge":
        allowed = _CHARGE
    elif name == "battery.voltage":
        allowed += _VOLTS * number
    elif parsed is not None and parsed.variable.quantity is Quantity.DURATION:
        allowed = _SECONDS if name == "battery.runtime" else allowed
    return abs(number - wanted) <= allowed


def differences(visit: Visit) -> Iterator[Difference]:
    """Yield all differences of a device."""
    for state, theirs in visit.theirs.reports.items():
        yield from in_state(visit.device, visit.driver, state, visit.ours.reports[state], theirs)
    for order, said in visit.theirs.orders.items():
        ours = visit.ours.orders.get(order)
        if said != ours:
            shown = " ".join(str(each[-1]) for each in said)
            here = None if ours is None else " ".join(str(each[-1]) for each in ours)
            yield Difference(visit.device, visit.driver, "", f"order {order}", shown, here)


def in_state(
    device: str, driver: str, state: str, ours: Answer, theirs: Answer
) -> Iterator[Difference]:
    """Yield the differences of two reports."""

    def differ(name: str, there: str, here: object) -> Difference:
        return Difference(device, driver, state, name, there, here)

    variables = ours["variables"]
    for name, value in sorted(theirs["variables"].items()):
        if name.startswith(_NOT_COMPARED):
            continue
        here = variables.get(_ALIASES.get(name, name))
        if here is None or not alike(name, value, here):
            yield differ(name, value, here)
    words = frozenset(theirs["variables"].get("ups.status", "").split()) - {_ALARM}
    flags = frozenset(ours["status"])
    if state == TESTING and "TEST" in flags:
        words -= {_CALIBRATING}
    if words != flags - _OUR_FLAGS:
        yield differ("flags", " ".join(sorted(words)), " ".join(sorted(flags)))
    text = theirs["variables"].get("ups.alarm", "").strip()
    alarms = ours["alarms"]
    if driver != "usbhid-ups":
        # the texts are NUT's for the HID class only
        if bool(text) != bool(alarms):
            yield differ("alarm", text, " ".join(alarms))
        return
    left = text
    for alarm in alarms:
        if alarm not in left:
            yield differ("alarm", "", alarm)
        left = left.replace(alarm, "", 1).strip()
    if left:
        yield differ("alarm", left, "")


_BATTERY = ("on battery", "battery low", TESTING)
_POWERCOM = ("powercom-[!os]*", "powercom-skp")
_OLD_MGE = ("mge-*",)

DIFFERENCES: tuple[Known, ...] = (
    # ------------------------------------------------------------ how things are written
    Known(("*.date",), "NUT writes 2022/10/22, we write ISO's 2022-10-22", theirs="????/??/??"),
    Known(("ups.timer.*",), "nothing counts down: no value here, -1 there", theirs="-1"),
    Known(
        ("ups.timer.start",),
        "-1 of a field in tens of seconds is still no countdown",
        theirs="-10",
    ),
    Known(("ups.timer.*",), "Powercom counts to 0: none runs", devices=_POWERCOM, theirs="0"),
    Known(("outlet.*.delay.*",), "nothing counts down", theirs="-1"),
    Known(
        ("outlet.desc", "outlet.?.desc"),
        "words of NUT's own, which the device does not say",
    ),
    Known(
        ("ups.vendorid", "ups.productid"),
        "drivers of ours that are not for USB alone do not know them",
        drivers=("nutdrv_qx", "blazer_usb", "nutdrv_atcl_usb", "richcomm_usb"),
    ),
    Known(("device.serial", "ups.serial"), "none is none, not unknown", theirs="unknown"),
    Known(
        ("device.serial", "ups.serial"),
        "what every unit has is no serial number",
        devices=("powercom-*",),
        theirs="0A6-0000-0001",
    ),
    Known(
        ("device.serial", "ups.serial"),
        "the string index of the chemistry",
        devices=("openups*",),
        theirs="LI-ION",
    ),
    Known(
        ("device.serial", "ups.serial"),
        "one character is no serial number",
        devices=("liebert-phoenixtec",),
        theirs="1",
    ),
    Known(("battery.type", "ups.firmware", "experimental.*"), "nothing is no value", theirs=""),
    Known(
        ("battery.mfr.date",),
        "the maker's name stands where others have the day",
        devices=("*cyberpower*",),
        theirs="CPS",
    ),
    # ------------------------------------------------------------ APC
    Known(
        ("flags",),
        "NUT 2.8.0 takes a bit that the unit never sets for its output (card F, 5)",
        devices=("apc-old",),
        theirs="*OFF*",
    ),
    Known(
        ("order load.off", "order load.off.delay", "order shutdown.*"),
        "NUT takes PowerSummary's shutdown and the start-up of APC's page: we take both of one",
        devices=("apc",),
    ),
    Known(
        ("order shutdown.reboot",),
        "the field holds no more than 1, NUT writes 10",
        devices=("recorded-apc-back-ups-500",),
    ),
    # ------------------------------------------------------------ CyberPower
    Known(
        ("ups.delay.shutdown", "ups.delay.start"),
        "its delays are minutes: 60 s and 120 s by default (G2)",
        devices=("cyberpower*",),
    ),
    Known(
        ("ups.realpower.nominal",),
        "NUT 2.8.0 keeps the descriptor's maximum of 800 W (G2 raises it)",
        devices=("cyberpower*",),
    ),
    Known(
        ("*put.frequency",),
        "NUT 2.8.0 leaves tenfold frequencies (G2)",
        devices=("cyberpower-wrong-scales",),
    ),
    Known(
        ("order load.*.delay", "order shutdown.return", "order shutdown.stayoff"),
        "delays are rounded up to whole minutes (G2), NUT 2.8.0 writes seconds",
        devices=("cyberpower*",),
    ),
    Known(
        ("order shutdown.*", "order load.*", "ups.delay.*"),
        "the device STALLs the reports of its delays; NUT writes to report 0",
        devices=("recorded-cyberpower-cp1500",),
    ),
    # ------------------------------------------------------------ MGE and Eaton
    Known(
        ("device.model", "ups.model"),
        "NUT has a table of MGE's model names; we show what the unit says",
        devices=("dell", "mge-*"),
    ),
    Known(
        ("device.model", "ups.model"),
        "NUT says 700 twice",
        devices=("recorded-eaton-3s-700",),
    ),
    Known(
        ("flags",),
        "NUT 2.8.0 tells neither CHRG nor DISCHRG of units without ABM (G5)",
        devices=("mge-*", "recorded-eaton-3s-700"),
    ),
    Known(
        ("order shutdown.return",),
        "AutomaticRestart is on already: we do not write what is there",
        devices=("aeg*", "dell", "eaton", "powerware-9140", "mge-*"),
    ),
    Known(
        ("order shutdown.stayoff",),
        "NUT 2.8.0 divides the -1 of none by ten, and the unit comes back at once",
        devices=("mge-*",),
    ),
    Known(
        ("order beeper.*",),
        "NUT takes the beeper of the battery, we that of PowerSummary, which is the same",
        devices=("recorded-eaton-3s-700",),
    ),
    Known(
        ("outlet.1.status",),
        "without such an outlet NUT takes ACPresent for it",
        devices=("mge-esprit",),
    ),
    # ------------------------------------------------------------ Tripp Lite and HP
    Known(
        ("ups.watchdog.status",), "NUT 2.8.0 shows the bare number", devices=("tripplite*", "hp")
    ),
    Known(
        ("order test.battery.start.deep", "order test.battery.stop"),
        "owners report that they do not work (G3): not offered here",
        devices=("tripplite*", "hp"),
    ),
    Known(
        ("ups.power",),
        "ActivePower is ups.realpower here",
        devices=("tripplite*", "hp"),
        drivers=("usbhid-ups",),
    ),
    Known(
        ("order load.on.delay", "order shutdown.return"),
        "start-up delays of these are minutes (G3); NUT writes 30 of them for 30 s",
        devices=("tripplite-minutes", "tripplite-su3000"),
    ),
    # ------------------------------------------------------------ Belkin and Liebert
    Known(
        ("order load.on.delay", "order shutdown.return"),
        "start-up delays of these are minutes (G4); NUT writes 30 of them for 30 s",
        devices=("belkin",),
    ),
    Known(
        ("flags",),
        "NUT 2.8.0 does not look at BatteryStatus' bits for charging and discharging (G4)",
        devices=("belkin",),
    ),
    Known(
        ("battery.voltage", "input.voltage", "output.voltage"),
        "NUT 2.8.0 mends the exponent of the nominal voltage only (G4)",
        devices=("liebert",),
    ),
    Known(
        ("battery.voltage.nominal",),
        "one count whatever the battery: no nominal voltage",
        devices=("liebert",),
        theirs="10.0",
    ),
    # ------------------------------------------------------------ Powercom
    Known(
        ("device.model", "ups.model"),
        "what follows FW in the model is its firmware (powercom-usb)",
        devices=("powercom-*",),
        theirs="* FW*",
    ),
    Known(
        ("battery.date", "ups.date"),
        "days of manufacture: battery.mfr.date and ups.mfr.date here",
        devices=_POWERCOM,
    ),
    Known(
        ("ups.beeper.status",),
        "NUT takes the words the other way round (powercom-usb)",
        devices=("powercom-skp",),
    ),
    Known(
        ("order beeper.*",),
        "disabling has no effect and the states are unsure: only SKP has what its document says",
        devices=_POWERCOM,
    ),
    Known(
        ("order test.battery.start.quick", "ups.test.result"),
        "BNT tests at 2 only, NUT writes 1 (powercom-usb)",
        devices=("powercom-bnt*",),
    ),
    Known(
        ("flags",),
        "BNT does not test at NUT's 1",
        devices=("powercom-bnt*",),
        states=(TESTING,),
    ),
    Known(
        ("order shutdown.return", "order shutdown.stayoff"),
        "NUT 2.8.0 writes the document's order of bytes, units of today want the other (section 6)",
        devices=_POWERCOM,
    ),
    Known(
        ("order load.on",),
        "report 22 switches on now (section 4), NUT sets a delay of 0 for the next start",
        devices=_POWERCOM,
    ),
    Known(
        ("order load.on.delay",),
        "SKP stores minutes, the low byte first (section 6)",
        devices=("powercom-skp",),
    ),
    # ------------------------------------------------------------ others on HID
    Known(
        ("device.model", "ups.model"),
        "the model stands in PowerSummary (G6), NUT shows USB's product",
        devices=("delta",),
    ),
    Known(
        ("order shutdown.return",),
        "AutoStart is on already; NUT takes 10 s from the unit's own start delay",
        devices=("delta",),
    ),
    Known(("battery.type",), "NUT 2.8.0 shows the index of the text", devices=("ever",)),
    Known(("outlet.1.status",), "NUT 2.8.0 shows the bare number", devices=("ever",)),
    Known(
        ("experimental.*",),
        "versions of its parts, and in words what the flags and alarms tell here",
        devices=("ever",),
    ),
    Known(("battery.capacity",), "100 is a percentage, and no capacity", devices=("ever",)),
    Known(
        ("order load.*",),
        "it has no start-up delay and comes back with the mains (G6): not off for good",
        devices=("ever",),
    ),
    Known(
        ("battery.capacity",),
        "NUT shows ampere-seconds, the variable's unit is Ah",
        devices=("openups*",),
    ),
    Known(
        ("alarm",),
        "BatteryPresent is 1: the battery is there",
        devices=("openups*",),
        theirs="No battery installed!",
    ),
    Known(
        ("alarm",),
        "InternalFailure is told by these devices, and NUT 2.8.0 does not look at it",
        devices=(
            *("delta", "ever", "goldenmate", "hp", "liebert-phoenixtec", "powercom-*"),
            *("tripplite*", "idowell", "mge-esprit", "belkin", "openups*"),
        ),
        states=("in trouble",),
        ours="Internal UPS fault!",
    ),
    Known(
        ("flags", "alarm"),
        "NUT 2.8.0 does not look at NeedReplacement of these",
        devices=("goldenmate", "salicru"),
        states=("in trouble",),
    ),
    Known(
        ("output.transfer.low", "output.transfer.high"),
        "NUT 2.8.0 takes it for a Liebert, by its ids alone",
        devices=("goldenmate",),
    ),
    Known(
        ("flags",),
        "NUT 2.8.0 does not look at Boost of this one",
        devices=("liebert-phoenixtec",),
        states=("boosting",),
    ),
    Known(
        ("flags",),
        "in a test the battery feeds the load, says DeltaOutputSource: OB, with the mains there",
        devices=("delta",),
        states=(TESTING,),
    ),
    Known(
        ("output.voltage",),
        "NUT 2.8.0 reads it once",
        devices=("ever",),
    ),
    # ------------------------------------------------------------ the Megatec family
    Known(
        ("battery.voltage", "battery.charge", "battery.voltage.low", "battery.voltage.high"),
        "the ablerex tells the volts of a cell, and NUT 2.8.0 does not know it",
        devices=("ablerex",),
    ),
    Known(
        ("order *",),
        "NUT says it up to ten times: the reply to an order is no answer to it",
        devices=("krauler*",),
        theirs="[0-9]* *",
    ),
    Known(
        ("battery.voltage.low", "battery.voltage.high", "battery.voltage"),
        "it has not read the nominal voltage and guesses from -1; in a test it is behind",
        devices=("krauler",),
        drivers=("blazer_usb",),
    ),
    Known(
        ("order *",),
        "the bridge cannot say it: NUT takes its own echo for success",
        devices=("krauler*", "fabula", "fuji", "hunnox", "snr"),
        theirs="",
    ),
    Known(
        ("order *",),
        "NUT sends what its stack holds behind the CR, we send NUL",
        devices=("ippon",),
    ),
    # ------------------------------------------------------------ Tripp Lite 09ae:0001
    Known(
        ("input.voltage", "input.voltage.*"),
        "NUT 2.8.0 takes input class 2 for 230 V everywhere (card usb-other, H1)",
        devices=("tripplite-0004", "tripplite-3003", "tripplite-3005"),
    ),
    Known(
        ("battery.voltage",),
        "OMNIVS tells the volts of one block, we show the battery's (H1)",
        devices=("tripplite-1001", "tripplite-2001"),
    ),
    Known(
        ("ups.firmware",),
        "NUT keeps the letter of the reply and guesses a point",
        drivers=("tripplite_usb",),
    ),
    Known(("outlet.?.switchable",), "NUT 2.8.0 shows the bare number", drivers=("tripplite_usb",)),
    Known(
        ("outlet.?.id", "outlet.?.switch"),
        "numbers of NUT's own; what it ordered last, not what is",
        drivers=("tripplite_usb",),
    ),
    Known(("ups.debug.*",), "NUT's own affair", drivers=("tripplite_usb",)),
    Known(("battery.test.status",), "its word for flags that we have", drivers=("tripplite_usb",)),
    Known(
        ("input.frequency",),
        "no mains has no frequency",
        drivers=("tripplite_usb",),
        theirs="0.0",
    ),
    Known(
        ("order load.off", "order load.on"),
        "NUT 2.8.0 makes 3005's bytes as text, and loses those that are 0 (H1)",
        devices=("tripplite-3005",),
    ),
    Known(
        ("ups.temperature",),
        "the card guesses one hex digit: we leave out what no owner has seen",
        devices=("tripplite-3005",),
    ),
    # ------------------------------------------------------------ XCP
    Known(
        ("device.mfr", "ups.mfr"),
        "the protocol names no maker: NUT says Eaton, we say whose protocol it is",
        drivers=("bcmxcp_usb",),
        theirs="Eaton",
    ),
    Known(
        ("device.model", "ups.model"),
        "NUT puts the rating behind the name",
        devices=("xcp-hp-t500", "xcp-hp-t750"),
    ),
    Known(
        ("device.model", "ups.model"),
        "the name is filled up with blanks inside, of which we keep one",
        devices=("xcp-powerware",),
    ),
    Known(
        ("ups.description",),
        "we say it as ups.type, and the phases as output.phases",
        drivers=("bcmxcp_usb",),
    ),
    Known(
        ("ambient.temperature.low",),
        "a signed byte: -5 and not 251 (card xcp, section 2.4)",
        drivers=("bcmxcp_usb",),
        theirs="251",
    ),
    Known(
        ("battery.runtime.low", "battery.energysave.delay"),
        "NUT shows minutes, the variable's unit is s",
        drivers=("bcmxcp_usb",),
    ),
    Known(
        ("battery.charge.low",),
        "meter 44 is a voltage: battery.voltage.warning here",
        devices=("xcp-hp-t750", "xcp-powerware"),
        theirs="32.4",
    ),
    Known(
        ("input.transfer.boost.high", "input.transfer.trim.low"),
        "on an on-line unit these are the limits of the bypass: input.transfer.bypass.* here",
        devices=("xcp-hp-t750", "xcp-powerware"),
    ),
    Known(("ups.date",), "NUT writes 16/03/2026", devices=("xcp-powerware",)),
    Known(("ups.time",), "it runs on, and NUT shows hundredths", devices=("xcp-powerware",)),
    Known(
        ("outlet.?.status",),
        "NUT has words of its own for on and off",
        devices=("xcp-hp-t750",),
        theirs="on/closed",
    ),
    Known(
        ("outlet.1.delay.shutdown",),
        "-1, which is never, as 16 bits without a sign",
        devices=("xcp-hp-t750",),
        theirs="65535",
    ),
    Known(
        ("flags",),
        "NUT has no DISCHRG and no TEST of this protocol",
        states=_BATTERY,
        drivers=("bcmxcp_usb",),
    ),
    Known(
        ("flags",),
        "NUT 2.8.0 does not take RB back once it has said it",
        states=("boosting",),
        devices=("xcp-hp-t500", "xcp-hp-t750"),
        theirs="*RB*",
    ),
    Known(
        ("alarm",),
        "alarm 197 is of the type of a status, and no alarm (appendix 2A of the card)",
        states=("boosting",),
        devices=("xcp-hp-t500",),
        theirs="ON_BOOST",
    ),
    Known(
        ("alarm", "flags"),
        "NUT 2.8.0 does not get the second packet of a long ID block over USB, and takes the alarm "
        "map from what its buffer held",
        devices=("xcp-powerware", "xcp-phoenixtec"),
    ),
    Known(
        ("order outlet.?.shutdown.return",),
        "NUT takes the outlet's own delay on battery, where never is 65535 s; we our default",
        devices=("xcp-hp-t750",),
    ),
    # ------------------------------------------------------------ the contacts
    Known(
        ("device.mfr", "ups.mfr"),
        "NUT shows its own name for the device",
        drivers=("richcomm_usb",),
    ),
)


def unknown(found: Difference) -> bool:
    """Tell that a difference has no reason yet."""
    return not any(known.covers(found) for known in DIFFERENCES)


def agree(device: str, driver: str, state: str, ours: Answer, theirs: Answer) -> bool:
    """Tell that all differences of two reports are known."""
    return not any(unknown(each) for each in in_state(device, driver, state, ours, theirs))
