"""The system group that every agent has (RFC 3418): names and places (card snmp.md, 3.11)."""

from .table import Mib, Table, When, text

mib = Mib(
    id="system",
    title="SNMPv2-MIB, system group",
    root="1.3.6.1.2.1.1",
    tables=(
        Table(
            rows=(
                text("1", "device.description"),
                text("4", "device.contact", when=When.RARE),
                text("5", "ups.id", when=When.RARE),
                text("6", "device.location", when=When.RARE),
            )
        ),
    ),
)
