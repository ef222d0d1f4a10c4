"""Best Power UPSes: card snmp-cyberpower-bestpower.md, 4.

There is no document: these are the objects that others have read. No command, setting or trap is
known.
"""

from ..model import StatusFlag
from .table import Mib, Role, Table, When, enum, number, text

mib = Mib(
    id="bestpower",
    title="Best Power",
    root="E.2947.1",
    manufacturer="Best Power",
    tables=(
        Table(
            rows=(
                text("1.2", "device.model"),
                number("1.3", "ups.power.nominal", absent={-1, 0}, when=When.ONCE),
                text("1.5", "device.serial"),
                text("1.7", "ups.firmware"),
                text("1.8", "ups.mfr.date"),
                enum(
                    "2.1",
                    {1: StatusFlag.ON_LINE, 2: StatusFlag.ON_BATTERY},
                    role=Role.POWER,
                ),
                number("2.2", "battery.runtime.elapsed"),
                number("2.3", "battery.runtime", scale=60),
                number("2.4", "battery.voltage", scale=0.1),
                number("2.5", "battery.current", scale=0.1),
            )
        ),
    ),
)
