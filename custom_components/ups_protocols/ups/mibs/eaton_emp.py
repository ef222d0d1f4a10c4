"""Eaton's environment probe (EMP), by the objects that UPSs and transfer switches have alike.

Documents: EATON-EMP-MIB, Xups.mib, EATON-ATS2-MIB; card snmp-eaton-xups.md, "environment".
"""

from collections.abc import Callable
from dataclasses import replace

from ..links.base import Oid, SnmpType, SnmpValue
from ..model import Alarm, SettingKind
from ..names import ContactStatus
from .table import (
    Facts,
    Index,
    Look,
    Role,
    Row,
    Sign,
    Table,
    When,
    Words,
    Write,
    enum,
    last,
    number,
    text,
)
from .values import as_number

NOT_USED = 4
_SIGNED: frozenset[int] = frozenset()
"""-1 is a temperature."""
_DEGREES = Write(minimum=-40, maximum=150)
_PERCENT = Write(minimum=0, maximum=100)
_SCALE = "emp"

CONTACT_TYPES: Words = {1: "normal-opened", 2: "normal-closed", 3: "any-change"}
CONTACT_STATES: Words = {
    1: ContactStatus.OPEN,
    2: ContactStatus.CLOSED,
    # the same, where the card has been told to give notice of it
    3: ContactStatus.OPEN,
    4: ContactStatus.CLOSED,
}
_NOTICES = {3: "open", 4: "closed"}


def emp(root: str, first: int = 1) -> tuple[Table, ...]:
    """Return the tables of a probe.

    Args:
        root: Where its objects stand, "6" or "E.534.1.6".
        first: The number of the first, the temperature; the others follow in one order.
    """

    def at(behind: int) -> str:
        return f"{root}.{first + behind}"

    temperature, humidity, count, contacts = at(0), at(1), at(2), f"{at(3)}.1"

    def is_there(look: Look, _: Oid) -> bool:
        """Tell whether a probe is there: one without contacts is none."""
        has_contacts = look.number(count)
        if has_contacts is None:
            return bool(look.number(temperature) or look.number(humidity))
        return has_contacts > 0

    def is_used(look: Look, instance: Oid) -> bool:
        return is_there(look, instance) and look.number(f"{contacts}.2", instance) != NOT_USED

    def measured(where: str, name: str, *, is_signed: bool = False) -> Row:
        return number(where, name, scale_fact=_SCALE, absent=_SIGNED if is_signed else None)

    def limit(where: str, name: str, write: Write) -> Row:
        return number(where, name, scale_fact=_SCALE, absent=_SIGNED, write=write)

    return (
        Table(rows=(number(count, role=Role.COUNT),)),
        Table(
            index=Index(place=lambda _, __: {}),
            is_alive=is_there,
            rows=(
                measured(temperature, "ambient.temperature", is_signed=True),
                measured(humidity, "ambient.humidity"),
                limit(at(4), "ambient.temperature.low", _DEGREES),
                limit(at(5), "ambient.temperature.high", _DEGREES),
                limit(at(6), "ambient.humidity.low", _PERCENT),
                limit(at(7), "ambient.humidity.high", _PERCENT),
            ),
        ),
        Table(
            index=last("contact"),
            is_alive=is_used,
            rows=(
                enum(
                    f"{contacts}.2",
                    CONTACT_TYPES,
                    "ambient.contacts.{contact}.config",
                    write=Write(kind=SettingKind.CHOICE),
                ),
                replace(
                    enum(
                        f"{contacts}.3",
                        CONTACT_STATES,
                        "ambient.contacts.{contact}.status",
                        when=When.STATUS,
                    ),
                    says_at=_notice(f"{contacts}.4"),
                ),
                text(
                    f"{contacts}.4",
                    "ambient.contacts.{contact}.name",
                    write=Write(kind=SettingKind.TEXT, length=63, type=SnmpType.OCTETS),
                ),
            ),
        ),
    )


def _notice(names: str) -> Callable[[SnmpValue, Look, Oid], Sign | tuple[Sign, ...]]:
    def says(value: SnmpValue, look: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
        """Tell of a contact that is not in its normal state."""
        state = _NOTICES.get(int(as_number(value) or 0))
        if state is None:
            return ()
        name = look.text(names, instance) or f"contact {instance[-1]}"
        return Alarm(f"Environment: {name} is {state}", code=f"contact.{instance[-1]}")

    return says


def tenths(root: str, first: int = 1) -> Callable[[Look], Facts]:
    """Return what finds out whether a probe's numbers are tenths, against its document.

    Whole °C and % are never above 100: neither the readings nor the upper limits.
    """
    watched = [f"{root}.{first + behind}" for behind in (0, 1, 5, 7)]

    def learn(look: Look) -> Facts:
        numbers = [look.number(each) for each in watched]
        return {_SCALE: 0.1} if any(each is not None and each > 100 for each in numbers) else {}

    return learn
