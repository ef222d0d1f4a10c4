"""The parts of a device, from the places at which its agent has values."""

from collections.abc import Iterable, Iterator, Mapping

from ..model import DeviceKind, Identity, Part, PartKind, Value, plausible_serial
from .reader import Cell, Reader, with_unit

# how the names of a part begin, by what its place is called
_NAMES: Mapping[str, tuple[PartKind, str]] = {
    "outlet": (PartKind.OUTLET, "outlet.{}"),
    "group": (PartKind.OUTLET_GROUP, "outlet.group.{}"),
    "pack": (PartKind.PACK, "battery.{}"),
    "probe": (PartKind.PROBE, "ambient.{}"),
    "source": (PartKind.SOURCE, "input.{}"),
}


def parts_of(readers: Iterable[Reader], variables: Mapping[str, Value]) -> tuple[Part, ...]:
    """Return the parts that have values, each once, with an identity where it has a serial."""
    found: dict[tuple[PartKind, int], Part] = {}
    for reader in readers:
        for cell in reader.cells:
            for kind, index, prefix in _places(cell):
                known = (kind, index)
                if known in found or not _has_values(cell, variables):
                    continue
                device = reader.kind if kind is PartKind.UNIT else DeviceKind.UPS
                found[known] = Part(
                    kind=kind, index=index, identity=_identity(prefix, variables, device)
                )
    return tuple(found[key] for key in sorted(found))


def _places(cell: Cell) -> Iterator[tuple[PartKind, int, str]]:
    """Yield the parts to which a cell belongs, with how their names begin."""
    unit = cell.place.get("unit", 1)
    if isinstance(unit, int) and unit > 1:
        # what belongs to a chained unit is told by its names; the unit is the part
        yield PartKind.UNIT, unit, f"device.{unit}"
        return
    phase = cell.place.get("phase")
    if isinstance(phase, int):
        yield PartKind.PHASE, phase, ""
    for name, (kind, prefix) in _NAMES.items():
        index = cell.place.get(name)
        if isinstance(index, int):
            yield kind, index, with_unit(prefix.format(index), unit)


def _has_values(cell: Cell, variables: Mapping[str, Value]) -> bool:
    return any(name in variables for name in cell.named)


def _identity(prefix: str, variables: Mapping[str, Value], kind: DeviceKind) -> Identity | None:
    """Return who a part is, where it has a serial number."""
    if not prefix or not (said := variables.get(f"{prefix}.serial")):
        return None
    if not (serial := plausible_serial(str(said))):
        return None

    def text(*names: str) -> str | None:
        for name in names:
            if (value := variables.get(f"{prefix}.{name}")) is not None:
                return str(value)
        return None

    return Identity(
        kind=kind,
        manufacturer=text("mfr"),
        model=text("model"),
        serial=serial,
        firmware=text("firmware", "ups.firmware"),
    )
