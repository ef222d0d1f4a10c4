"""One row a protocol: what it is, which brands speak it, how its line is set, where its code is."""

from dataclasses import dataclass, replace
from typing import Any

from .driver import Driver, Options
from .errors import Unsupported
from .links.base import LineSettings, LinkKind
from .loading import load

type AnyDriver = Driver[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something the user may tell about a unit that the protocol does not say.

    A choice has ``choices``; a number has a unit, a minimum and a maximum.
    """

    name: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    minimum: float = 0
    maximum: float = 0
    step: float = 1

    def check(self, value: float | str) -> float | str:
        """Return the value in its own type. Raises Unsupported where it cannot be."""
        if self.choices:
            if value not in self.choices:
                raise Unsupported(f"{self.name} must be one of {', '.join(self.choices)}")
            return value
        try:
            number = float(value)
        except ValueError as error:
            raise Unsupported(f"{self.name} must be a number") from error
        if not self.minimum <= number <= self.maximum:
            raise Unsupported(f"{self.name} must lie between {self.minimum} and {self.maximum}")
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolInfo:
    """One protocol, described without importing its code."""

    id: str
    title: str
    document: str
    """The document that the protocol is read from."""
    brands: tuple[str, ...]
    link: LinkKind
    line: LineSettings | None = None
    module: str
    """The module below ``protocols`` with ``driver``, a Driver class."""
    checked: bool
    """Whether its frames carry a check value; without one the session doubts changes."""
    status_interval: float = 2
    shortest_status_interval: float = 1
    longest_status_interval: float | None = None
    """Above it the unit would stop listening between two reads; None for no such limit."""
    full_interval: float = 30
    shortest_full_interval: float = 5
    options: tuple[Option, ...] = ()

    def line_for(self, options: Options) -> LineSettings | None:
        """Return the line settings with what the user says of the cable."""
        if self.line is None or (power := options.get("cable_power")) is None:
            return self.line
        dtr, rts = CABLE_POWER[str(power)]
        return replace(self.line, dtr=dtr, rts=rts)

    def check_options(self, options: Options) -> Options:
        """Return the options in their own types. Raises Unsupported."""
        known = {option.name: option for option in self.options}
        for name in options:
            if name not in known:
                raise Unsupported(
                    f"{self.id} has no option {name}; it has {', '.join(known) or 'none'}"
                )
        return {name: known[name].check(value) for name, value in options.items()}

    async def driver(self) -> type[AnyDriver]:
        """Return the driver's class; its module is imported when first asked for."""
        module = await load(f"{__package__}.protocols.{self.module}")
        driver: type[AnyDriver] = module.driver
        return driver


# which modem lines power the UPS's interface: (DTR, RTS)
CABLE_POWER = {
    "normal": (True, False),
    "reverse": (False, True),
    "both": (True, True),
    "none": (False, False),
}

MEGATEC_DIALECTS = (
    "megatec",
    "megatec-old",
    "mustek",
    "zinto",
    "mecer",
    "hunnox",
    "bestups",
    "ablerex",
    "gtec",
    "q2",
    "q6",
    "innova-rt-3-3",
    "innova-rt-3-1",
    "innova-tae",
    "masterguard",
    "omron",
    "powercom",
    "axpert",
    "q1",
)

# the bridges that carry a Megatec UPS over USB; a device's ids tell which it is, but not for all
MEGATEC_BRIDGES = (
    "cypress",
    "phoenix",
    "ippon",
    "omron",
    "gtec",
    "krauler",
    "fabula",
    "hunnox",
    "snr",
    "fuji",
    "phoenixtec",
    "sgs",
    "ablerex",
    "armac",
)

# whether an APC unit is sent back to dumb mode when it is let go
LEAVE_SMART_MODE = ("no", "yes")

XCP_BAUDRATES = ("19200", "9600", "4800", "2400", "1200")

# how Powercom's units read the delay of a shutdown (card powercom-usb, section 6)
SHUTDOWN_ENCODINGS = ("seconds_first", "minutes_first", "one_byte")
# what a unit means that discharges its battery with the mains there (usb-hid-power-device, §F(5))
ONLINE_DISCHARGE = ("as_reported", "calibration", "on_battery")


def _snmp(mib: str, title: str, document: str, *brands: str) -> ProtocolInfo:
    """Describe a MIB: all have one driver, which finds out by itself which of them a card has."""
    return ProtocolInfo(
        id=mib,
        title=title,
        document=document,
        brands=brands,
        link=LinkKind.SNMP_AGENT,
        module="snmp",
        # BER and UDP tell garbled answers
        checked=True,
        status_interval=5,
        shortest_status_interval=2,
        full_interval=30,
        shortest_full_interval=10,
    )


# a row for each module of mibs/identify.MODULES that exists
SNMP_MIBS = (
    _snmp(
        "apc-powernet",
        "APC PowerNet (UPS)",
        "PowerNet-MIB, 3.4.4 of 2002 and the newest, UPS and environment parts",
        "APC",
        "Gutor",
        "Schneider Electric",
    ),
    _snmp(
        "apc-ats",
        "APC PowerNet (transfer switch)",
        "PowerNet-MIB, 3.4.4 of 2002 and the newest, ATS part",
        "APC",
        "Schneider Electric",
    ),
    _snmp(
        "apc-pdu",
        "APC PowerNet (rack PDU)",
        "PowerNet-MIB, 3.4.4 of 2002 and the newest: sPDU, rPDU, rPDU2 and ePDU parts",
        "APC",
        "Schneider Electric",
    ),
    _snmp("eaton-ats16", "Eaton ATS16 (ATS2)", "EATON-ATS2-MIB and the newest", "Eaton"),
    _snmp("eaton-ats30", "Eaton ATS30", "Eaton ATS MIB", "Eaton"),
    _snmp(
        "eaton-epdu",
        "Eaton ePDU G2 and G3",
        "EATON-EPDU-MIB, 2011 and the newest",
        "Eaton",
    ),
    _snmp(
        "eaton-xups",
        "Eaton and Powerware XUPS-MIB",
        "Xups.mib, XUPS-MIB (newest), EATON-PXG-MIB, EATON-EMP-MIB, EATON-SENSOR-MIB",
        "Eaton",
        "Powerware",
    ),
    _snmp(
        "mge",
        "MGE UPS MIB",
        "MG-SNMP-UPS-MIB: mgeups, Pulsar 1.7 and the newest",
        "Eaton",
        "MGE",
    ),
    _snmp(
        "cpqpower",
        "HP and Compaq CPQPOWER-MIB",
        "CPQPOWER-MIB, 2005 and 1.84: UPS, PDU and power distribution rack",
        "Compaq",
        "HP",
        "HPE",
    ),
    _snmp("hpe-pdu", "HPE rack PDU", "CPQPOWER-MIB 1.84: PDU2, PDU3, mPDU, hPDU", "HPE"),
    _snmp("cpqups", "HP and Compaq CPQUPS-MIB", "CPQUPS-MIB", "Compaq", "HP", "HPE"),
    _snmp("dell-ups", "Dell UPS MIB", "DELL-SNMP-UPS-MIB, beside RFC 1628", "Dell"),
    _snmp("delta", "Delta UPSv4", "DeltaUPS-MIB, UPSv4", "Delta"),
    _snmp(
        "liebert-gp",
        "Liebert GP (UPS, rack PDU, transfer switch)",
        "LIEBERT-GP MIBs: agent, power, conditions, flexible, PDU, environment",
        "Emerson",
        "Liebert",
        "Vertiv",
    ),
    _snmp("cyberpower", "CyberPower CPS-MIB (UPS)", "CPS-MIB 2.11, UPS part", "CyberPower"),
    _snmp(
        "cyberpower-ats",
        "CyberPower CPS-MIB (transfer switch)",
        "CPS-MIB 2.11, ATS part",
        "CyberPower",
    ),
    _snmp(
        "cyberpower-pdu",
        "CyberPower CPS-MIB (rack PDU)",
        "CPS-MIB 2.11, ePDU and ePDU2 parts",
        "CyberPower",
    ),
    _snmp(
        "eaton-revelation",
        "Eaton ePDU Managed (Revelation)",
        "PDU-MIB of Aphel, 2007",
        "Aphel",
        "Eaton",
    ),
    _snmp(
        "eaton-pulizzi",
        "Eaton ePDU (Pulizzi)",
        "IPC36xx, EATON-EPDU-PU-SW-MIB, EATON-EPDU-PU-MI-MIB",
        "Eaton",
        "Pulizzi",
    ),
    _snmp(
        "eaton-genesis2",
        "Eaton ePDU Monitored (Aphel Genesis II)",
        "EATON-GENESIS-II-MIB",
        "Aphel",
        "Eaton",
    ),
    _snmp(
        "eaton-nlogic",
        "Eaton PDU (nLogic)",
        "none: the objects that others have read, with the units of HPE's PDU3",
        "Eaton",
    ),
    _snmp("bestpower", "Best Power", "none: the objects that others have read", "Best Power"),
    _snmp(
        "rfc1628",
        "RFC 1628 UPS-MIB",
        "RFC 1628 UPS Management Information Base, 1994 and 2005",
        "ABB",
        "Generex",
        "Riello",
        "Salicru",
        "Socomec",
        "Tripp Lite",
    ),
)

PROTOCOLS: tuple[ProtocolInfo, ...] = (
    ProtocolInfo(
        id="megatec",
        title="Megatec / Q1",
        document="Megatec Protocol Information v2.7, with the dialects of its cousins",
        brands=(
            "Ablerex",
            "Best Power",
            "FSP",
            "Green Cell",
            "Hunnox",
            "Ippon",
            "Masterguard",
            "Mecer",
            "Mustek",
            "Omron",
            "Powercom",
            "PowerWalker",
            "Sola",
            "SVEN",
            "Trust",
            "Zinto",
        ),
        link=LinkKind.QUERY_LINE,
        # the interface of many units is powered from DTR high and RTS low and takes 1.1 s to
        # wake (card megatec, section 1)
        line=LineSettings(baudrate=2400, dtr=True, rts=False, settle=1.1),
        module="megatec",
        checked=False,
        options=(
            Option(name="dialect", choices=MEGATEC_DIALECTS),
            Option(name="bridge", choices=MEGATEC_BRIDGES),
            Option(name="battery_packs", unit="", minimum=0.5, maximum=240, step=0.5),
            Option(name="battery_voltage_nominal", unit="V", minimum=1, maximum=1000, step=0.1),
            Option(name="battery_voltage_low", unit="V", minimum=1, maximum=1000, step=0.1),
            Option(name="battery_voltage_high", unit="V", minimum=1, maximum=1000, step=0.1),
            Option(name="runtime_full_load", unit="s", minimum=1, maximum=864000),
            Option(name="runtime_half_load", unit="s", minimum=1, maximum=864000),
            Option(name="ignore_bit", choices=("none", "shutdown", "fault")),
            Option(name="cable_power", choices=tuple(CABLE_POWER)),
        ),
    ),
    ProtocolInfo(
        id="apc-smart",
        title="APC Smart (serial)",
        document="APC's smart protocol, as known from watching it, with the SPM series",
        brands=("APC",),
        link=LinkKind.BYTE_LINE,
        # cable 940-0024C does not use these lines, 940-0095B needs them so (card, section 1)
        line=LineSettings(baudrate=2400, dtr=True, rts=False),
        module="apc_smart",
        checked=False,
        options=(
            Option(name="leave_smart_mode", choices=LEAVE_SMART_MODE),
            Option(name="cable_power", choices=tuple(CABLE_POWER)),
        ),
    ),
    ProtocolInfo(
        id="usb-hid-power-device",
        title="USB HID Power Device",
        document="Universal Serial Bus Usage Tables for HID Power Devices 1.0",
        brands=(
            "AEG",
            "APC",
            "Arduino",
            "Belkin",
            "CyberPower",
            "Cyber Energy",
            "Dell",
            "Delta",
            "Eaton",
            "EcoFlow",
            "EVER",
            "GoldenMate",
            "HP",
            "IBM",
            "iDowell",
            "KSTAR",
            "Legrand",
            "Liebert",
            "MGE",
            "Mini-Box",
            "Minuteman",
            "Powercom",
            "Powervar",
            "Powerware",
            "Salicru",
            "Tripp Lite",
        ),
        link=LinkKind.HID_DEVICE,
        module="usb_hid",
        # USB and SHUT check every packet
        checked=True,
        options=(
            Option(name="shutdown_encoding", choices=SHUTDOWN_ENCODINGS),
            Option(name="online_discharge", choices=ONLINE_DISCHARGE),
        ),
    ),
    ProtocolInfo(
        id="shut",
        title="MGE SHUT",
        document="MGE 51029473ZA, Simplified SHUT and HID specification for UPS, index AC",
        brands=("Dell", "Eaton", "HP", "IBM", "MGE"),
        link=LinkKind.HID_DEVICE,
        # the interface of many units is powered from RTS high and DTR low; the edges make some say
        # their Plug and Play text (cards shut, 3.1, and 00-hazards)
        line=LineSettings(baudrate=2400, dtr=False, rts=True, settle=0.5),
        module="shut",
        # every packet has a checksum, and is acknowledged
        checked=True,
        # a report is a tenth of a second of the line, and changes of the status come by themselves
        status_interval=3,
        shortest_full_interval=10,
        options=(
            Option(name="online_discharge", choices=ONLINE_DISCHARGE),
            Option(name="cable_power", choices=tuple(CABLE_POWER)),
        ),
    ),
    ProtocolInfo(
        id="xcp",
        title="Powerware XCP (BCM)",
        document="XCP Protocol Specification Rev C1, with its meter and alarm maps, 2009",
        brands=("Compaq", "Eaton", "Exide", "HP", "IBM", "Powerware"),
        link=LinkKind.BYTE_LINE,
        # a pulse of DTR is Plug and Play to it: it must be high, and what it has set off be over
        line=LineSettings(baudrate=9600, dtr=True, rts=True, settle=0.6),
        module="xcp",
        # every packet has a checksum
        checked=True,
        # a unit may leave its communication mode after 30 s without a command (3.1)
        longest_status_interval=25,
        options=(
            Option(name="baudrate", choices=("auto", *XCP_BAUDRATES)),
            Option(name="auth_pause", unit="s", minimum=0.25, maximum=5, step=0.25),
        ),
    ),
    ProtocolInfo(
        id="tripplite",
        title="Tripp Lite USB (old)",
        document="Card usb-other, H1: USB id 09ae:0001, known from NUT and from owners' reports",
        brands=("Tripp Lite",),
        link=LinkKind.REPORT_PIPE,
        module="tripplite",
        # commands have a checksum, replies have none
        checked=False,
    ),
    ProtocolInfo(
        id="richcomm",
        title="Richcomm dry contact (USB)",
        document="Card usb-other, H2: USB id 0925:1234, known from NUT",
        brands=("Richcomm",),
        link=LinkKind.REPORT_PIPE,
        module="richcomm",
        checked=False,
    ),
    ProtocolInfo(
        id="atcl",
        title="ATCL FOR UPS (USB)",
        document="Card usb-other, H3: USB id 0001:0000, known from NUT",
        brands=("ATCL",),
        link=LinkKind.REPORT_PIPE,
        module="atcl",
        checked=False,
    ),
    *SNMP_MIBS,
)

_BY_ID = {info.id: info for info in PROTOCOLS}


def protocol(protocol_id: str) -> ProtocolInfo:
    """Return a protocol's row. Raises Unsupported for an id that is not there."""
    try:
        return _BY_ID[protocol_id]
    except KeyError as error:
        raise Unsupported(
            f"there is no protocol {protocol_id}; there are {', '.join(_BY_ID)}"
        ) from error
