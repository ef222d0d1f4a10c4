"""The makers' tables, by the names that ``usb_ids`` gives them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ...links.base import UsbDevice
from ...model import Value
from ...usb_ids import HID, rows_for
from ..tables import Table, Vendor
from . import apc, belkin, cyberpower, ever, mge, others, powercom, tripplite


def _generic(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for a device that no maker's table is for."""
    return Vendor(id="generic")


GENERIC: Final = "generic"
TABLES: Mapping[str, Table] = MappingProxyType(
    {
        GENERIC: _generic,
        "apc": apc.table,
        "cps": cyberpower.table,
        "mge": mge.table,
        "tripplite": tripplite.table,
        "belkin": belkin.table,
        "liebert": belkin.liebert,
        "powercom": powercom.table,
        "powercom-old": powercom.old_table,
        "openups": others.openups,
        "idowell": others.idowell,
        "legrand": others.legrand,
        "powervar": others.powervar,
        "salicru": others.salicru,
        "arduino": others.arduino,
        "ever": ever.table,
        "ecoflow": others.ecoflow,
        "delta": others.delta,
        "phoenixtec": others.phoenixtec,
    }
)


def vendor_for(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for a device."""
    variant = next((each.variant for each in rows_for(device) if each.protocol == HID), GENERIC)
    return TABLES[variant](device, options)
