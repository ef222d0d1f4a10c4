"""Battery packs, cartridges, cabinets and modules of APC UPSes: card snmp-apc-powernet.md, 1.

Their texts of flags are read from the left, bit 0 first, as all of this MIB; agents write 16 digits
(a public walk of a Smart-UPS with four packs), and nothing for a pack that is not there. That walk
has the index pack.1.cartridge where the MIB has pack.cartridge.
"""

from collections.abc import Callable

from ...links.base import Oid
from ..dates import LONG_DATE, iso_date
from ..table import Index, Look, Place, Role, Siblings, Table, When, chars, enum, last, number, text
from . import state

_PACK = "battery.{pack}"
_FRAME = 100
"""What lies between the numbers of two frames' modules."""
_NO_TEMPERATURE = {-1, -1999}


def _first_cartridge(instance: Oid, _: Siblings) -> Place | None:
    """Take a pack once: what a pack says of itself stands in the row of each of its cartridges."""
    return {"pack": instance[0]} if len(instance) > 1 and instance[-1] <= 1 else None


def _cartridge(instance: Oid, _: Siblings) -> Place | None:
    return {"pack": instance[0], "cartridge": instance[-1]} if len(instance) > 1 else None


def _pack(instance: Oid, _: Siblings) -> Place | None:
    return {"pack": instance[0]} if instance else None


def _module(instance: Oid, _: Siblings) -> Place | None:
    """Number the modules of all frames; frame 0 is the main one."""
    if len(instance) < 2:
        return None
    return {"pack": _FRAME * instance[0] + instance[-1]}


def _says(*columns: str) -> Callable[[Look, Oid], bool]:
    """Return what tells a row in which one of some texts is not empty."""
    return lambda look, instance: any(look.text(column, instance) for column in columns)


_PACKS, _ONLY = "1.2.3.10.2.1", "1.2.3.10.4.1"


def _is_module(look: Look, instance: Oid) -> bool:
    return look.number("1.13.3.2.1.3", instance) not in {1, 2}


TABLES: tuple[Table, ...] = (
    # a pack more or less: everything is looked for anew
    Table(
        rows=tuple(
            number(oid, role=Role.COUNT)
            for oid in ("1.2.3.10.1", "1.2.3.10.3", "1.13.3.1", "1.2.4")
        )
    ),
    Table(
        index=Index(place=_first_cartridge),
        probe=f"{_PACKS}.7",
        is_alive=_says(f"{_PACKS}.4", f"{_PACKS}.6", f"{_PACKS}.10"),
        rows=(
            text(f"{_PACKS}.3", f"{_PACK}.firmware"),
            text(f"{_PACKS}.4", f"{_PACK}.serial"),
            number(f"{_PACKS}.5", f"{_PACK}.temperature", scale=0.1, absent=_NO_TEMPERATURE),
            chars(f"{_PACKS}.6", state.PACK_STATUS, when=When.FULL),
            text(f"{_PACKS}.9", f"{_PACK}.date", convert=iso_date, write=LONG_DATE),
        ),
    ),
    Table(
        index=Index(place=_cartridge),
        probe=f"{_PACKS}.7",
        rows=(
            chars(f"{_PACKS}.7", state.HEALTH, when=When.FULL),
            chars(f"{_PACKS}.10", state.PACK_STATUS, when=When.FULL),
        ),
    ),
    Table(
        index=Index(place=_pack),
        probe=f"{_ONLY}.5",
        is_alive=_says(f"{_ONLY}.3", f"{_ONLY}.5"),
        rows=(
            text(f"{_ONLY}.2", f"{_PACK}.firmware"),
            text(f"{_ONLY}.3", f"{_PACK}.serial"),
            number(f"{_ONLY}.4", f"{_PACK}.temperature", scale=0.1, absent=_NO_TEMPERATURE),
            chars(f"{_ONLY}.5", state.PACK_STATUS, when=When.FULL),
            chars(f"{_ONLY}.6", state.HEALTH, when=When.FULL),
            text(f"{_ONLY}.8", f"{_PACK}.date", convert=iso_date, write=LONG_DATE),
            text(f"{_ONLY}.9", f"{_PACK}.mfr.date", convert=iso_date),
        ),
    ),
    # cabinets, and strings where there are no cabinets
    Table(
        index=last("pack"),
        probe="1.2.5.1.8",
        rows=(
            number("1.2.5.1.8", f"{_PACK}.temperature", scale=0.1, absent=_NO_TEMPERATURE),
            enum("1.2.5.1.12", state.FUSE),
            enum("1.2.5.1.13", state.CABINET_BREAKER),
        ),
    ),
    Table(
        index=last("pack"),
        probe="1.2.6.1.5",
        is_alive=lambda look, _: not look.column("1.2.5.1.8"),
        rows=(
            number("1.2.6.1.4", f"{_PACK}.current", scale=0.1),
            number("1.2.6.1.5", f"{_PACK}.temperature", scale=0.1, absent=_NO_TEMPERATURE),
            enum("1.2.6.1.8", state.FUSE),
        ),
    ),
    # power modules
    Table(
        index=last("module"),
        probe="1.13.2.2.1.2",
        rows=(
            enum("1.13.2.2.1.2", state.POWER_MODULE),
            enum("1.13.2.3.1.2", state.POWER_MODULE_LIFE),
        ),
    ),
    # battery modules; one that is put in is looked for anew
    Table(
        index=Index(place=_module),
        probe="1.13.3.2.1.3",
        rows=(
            enum(
                "1.13.3.2.1.3",
                state.MODULE_STATUS,
                f"{_PACK}.status",
                when=When.FULL,
                role=Role.COUNT,
            ),
        ),
    ),
    Table(
        index=Index(place=_module),
        probe="1.13.3.2.1.3",
        is_alive=_is_module,
        rows=(
            text("1.13.3.2.1.4", f"{_PACK}.serial"),
            text("1.13.3.2.1.5", f"{_PACK}.firmware"),
            text("1.13.3.2.1.6", f"{_PACK}.mfr.date", convert=iso_date),
            number("1.13.3.2.1.9", f"{_PACK}.temperature", scale=0.1, absent=_NO_TEMPERATURE),
            chars("1.13.3.2.1.11", state.HEALTH, when=When.FULL),
        ),
    ),
)
