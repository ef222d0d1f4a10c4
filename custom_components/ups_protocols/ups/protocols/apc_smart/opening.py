"""Finding out what a unit is: what it understands, tells, reports and can be set to."""

from dataclasses import dataclass, replace
import re

from ...errors import BadReply, NoReply
from ...model import StatusFlag, plausible_serial
from .compat import MATRIX, PROBED, SMART, lookup
from .frames import (
    ABOUT_TO_TURN_OFF,
    ALERTS,
    REFUSALS,
    capabilities,
    choices,
    hex_byte,
    is_firmware,
    locale_of,
    protocol_info,
)
from .orders import BYPASS, SELF_TEST, Unit
from .settings import (
    FIXED,
    LIMITS,
    NEXT,
    PACKS,
    RAISE,
    RESTART_CODED,
    RESTART_PERCENT,
    STORED,
    SWITCHES,
    TEXTS,
    Change,
    Cycle,
    Limit,
    Packs,
    Switch,
    Text,
    restart_by_code,
)
from .status import REGISTERS, STATUS
from .talker import LONG_REPLY_TIME, PROBE_TIME, Talker
from .variables import (
    CAPABILITIES,
    CONSTANTS,
    FIRMWARE,
    INFO,
    INPUT_FREQUENCY,
    LINE_FREQUENCY,
    MODE,
    OUTPUT_FREQUENCY,
    PROBE_TEMPERATURES,
    READINGS,
    REASON,
    SKU,
    UPTIME,
    Query,
    Readings,
    Refused,
)

type Groups = dict[bytes, tuple[str, ...]]
"""By request what a unit can be set to."""

_TRIES = 3
_F = StatusFlag
# "Not reported by Smart UPS v/s and BackUPS Pro" (status flags, bit 0)
_NO_CALIBRATION = re.compile(r"back-?ups|smart-?ups\s*v/?s", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A unit as it was found."""

    unit: Unit
    alerts: str = ALERTS
    """What it sends by itself; all where it does not say."""
    firmware: str = ""
    model: str = SMART
    """What it is called where it does not say."""


class Opening:
    """Asks a unit that has just entered smart mode who it is."""

    def __init__(self, talker: Talker, left_out: Readings) -> None:
        """Take the line, and where to note replies that nobody understands."""
        self.talker = talker
        self.left_out = left_out

    async def find(self) -> Found:
        """Find out what the unit understands: it lists that, or a table does, or it is tried."""
        firmware = await self._text(FIRMWARE)
        sku = "" if firmware else await self._text(SKU)
        if compat := lookup(firmware or sku):
            commands = compat.commands | {STATUS}
            if compat.model == MATRIX:
                # "All bits are valid on the Matrix UPS", though the table does not list them
                commands |= {each for each in REGISTERS if await self._answers(each)}
            unit = Unit(commands=commands, is_old=True)
            return Found(unit=unit, firmware=firmware or sku, model=compat.model)
        if info := await self.talker.certain(INFO, timeout=LONG_REPLY_TIME, is_raw=True):
            try:
                described = protocol_info(info)
            except BadReply:
                if info not in REFUSALS:
                    self.left_out["protocol"] = info
            else:
                if SKU in described.commands:
                    sku = sku or await self._text(SKU)
                return Found(
                    unit=Unit(commands=described.commands),
                    alerts=described.alerts,
                    firmware=sku if is_firmware(sku) else firmware or sku,
                )
        commands = frozenset({each for each in PROBED if await self._answers(each)})
        return Found(
            unit=Unit(commands=commands | {STATUS}, is_old=True),
            firmware=firmware or sku,
            model=MATRIX if b"/" in commands else SMART,
        )

    async def _text(self, request: bytes) -> str:
        """Return what the unit says of its firmware; "" where it does not know the question."""
        said = await self.talker.certain(request, timeout=PROBE_TIME)
        return "" if said is None or said in REFUSALS else said.strip()

    async def _answers(self, request: bytes) -> bool:
        """Tell whether the unit knows a question that is harmless to all."""
        try:
            said = await self.talker.certain(request, timeout=PROBE_TIME)
        except BadReply:
            return False
        return said is not None and said not in REFUSALS

    async def certain(self, unit: Unit, query: Query) -> Readings:
        """Read what is kept: twice alike, or not at all; {} where the unit does not tell."""
        if not unit.has(query.request):
            return {}
        try:
            said = await self.talker.certain(query.request, is_raw=query.is_text)
        except BadReply:
            return {}
        if said is None:
            return {}
        try:
            return query.decode(said)
        except Refused:
            return {}
        except BadReply:
            self.left_out[name_of(query.request)] = said
            return {}

    async def constants(self, found: Found) -> Readings:
        """Read who the unit is and how it is rated."""
        known: Readings = {"device.mfr": "APC", "device.model": found.model}
        for query in CONSTANTS:
            known |= await self.certain(found.unit, query)
        serial = plausible_serial(str(known.pop("device.serial", "")))
        if serial is not None:
            known["device.serial"] = serial
        if found.firmware:
            known["ups.firmware"] = found.firmware
        for name in ("mfr", "model", "serial"):
            if (value := known.get(f"device.{name}")) is not None:
                known[f"ups.{name}"] = value
        return known

    async def choices(self, found: Found) -> Groups:
        """Return what the unit can be set to in its country."""
        if not found.unit.has(CAPABILITIES, NEXT):
            return {}
        try:
            said = await self.talker.certain(CAPABILITIES, timeout=LONG_REPLY_TIME, is_raw=True)
            return choices(capabilities(said or ""), locale_of(found.firmware))
        except BadReply:
            return {}

    async def complete(self, unit: Unit, model: str) -> Unit:
        """Return a unit with what only its status and its model tell. Raises NoReply, BadReply."""
        said = await self.talker.certain(STATUS)
        if said is None:
            raise NoReply("the UPS does not tell what it does")
        digits = len(said) if len(said) in {4, 8} else 2
        hex_byte(said, digits)
        return replace(
            unit,
            status_digits=digits,
            reports_calibration=_NO_CALIBRATION.match(model) is None,
        )

    async def readings(self, unit: Unit) -> tuple[Query, ...]:
        """Return the readings that the unit has."""
        found: list[Query] = []
        for query in READINGS:
            if query in {UPTIME, PROBE_TEMPERATURES} or not unit.has(query.request):
                continue
            meant = query
            if query is LINE_FREQUENCY and unit.has(INPUT_FREQUENCY):
                meant = OUTPUT_FREQUENCY
            if await self._has(unit, meant):
                found.append(meant)
        if unit.has(UPTIME.request):
            # which of its meanings it is does not change
            said = await self.talker.certain(UPTIME.request) or ""
            meanings = (UPTIME, PROBE_TEMPERATURES)
            found += [query for query in meanings if query.shape.fullmatch(said)]
        return tuple(found)

    async def _has(self, unit: Unit, query: Query) -> bool:
        """Tell whether a reading is there; one that is listed may be there later."""
        silences = 0
        for _ in range(_TRIES):
            try:
                said = await self.talker.ask(query.request)
            except BadReply:
                continue
            if said is None:
                silences += 1
                if silences > 1:
                    return False
                continue
            try:
                query.decode(said)
            except Refused:
                return not unit.is_old
            except BadReply:
                self.talker.doubt()
                self.left_out[name_of(query.request)] = said
            else:
                self.left_out.pop(name_of(query.request), None)
                return True
        return False


def name_of(request: bytes) -> str:
    """Return a request as the diagnostics show it."""
    return repr(request)[2:-1]


def has_bypass(unit: Unit) -> bool:
    """Tell whether a unit can feed its load past itself, and tells so."""
    return unit.has(BYPASS) or unit.has(MODE.request)


def reported(unit: Unit, alerts: str) -> frozenset[StatusFlag]:
    """Return the flags that a unit can report."""
    flags = {_F.ON_LINE, _F.ON_BATTERY, _F.OVERLOADED, _F.LOW_BATTERY, _F.REPLACE_BATTERY}
    flags |= {_F.BOOSTING, _F.OFF}
    if unit.reports_calibration:
        flags.add(_F.CALIBRATING)
    if not unit.is_old:
        # "Not reported by 1st and 2nd generation"
        flags.add(_F.TRIMMING)
    if has_bypass(unit):
        flags.add(_F.BYPASS)
    if unit.has(MODE.request):
        flags |= {_F.ECO, _F.TESTING}
    elif unit.has(REASON.request, SELF_TEST):
        flags.add(_F.TESTING)
    if ABOUT_TO_TURN_OFF in alerts:
        flags.add(_F.FORCED_SHUTDOWN)
    return frozenset(flags)


def settings_of(unit: Unit, groups: Groups) -> tuple[tuple[Query, ...], dict[str, Change]]:
    """Return how a unit's settings are read, and which of them can be written."""
    changes: dict[str, Change] = {}
    queries: list[Query] = []
    # codes or percent: only the choices tell
    is_coded = restart_by_code(groups.get(RESTART_CODED.request, ()))
    for stored in (*STORED, RESTART_CODED if is_coded else RESTART_PERCENT):
        if not unit.has(stored.request):
            continue
        query = stored.query()
        queries.append(query)
        if stored.request in groups:
            change = Cycle(query, stored.name, stored.show, groups[stored.request])
            if change.options():
                changes[stored.name] = change
    for query, name in TEXTS:
        if unit.has(query.request):
            queries.append(query)
            if unit.has(NEXT):
                changes[name] = Text(query, name)
    for query, rest, texts in LIMITS:
        if unit.has(query.request):
            queries.append(query)
            for probe, key in ((1, NEXT), (2, RAISE)):
                if unit.has(key):
                    name = f"ambient.{probe}.{rest}"
                    changes[name] = Limit(query, name, probe, texts)
    if unit.has(PACKS.request):
        queries.append(PACKS)
        if unit.has(NEXT, RAISE):
            changes["battery.packs"] = Packs()
    for query, name in SWITCHES:
        if unit.has(query.request):
            queries.append(query)
            changes[name] = Switch(query, name)
    queries += [query for query in FIXED if unit.has(query.request)]
    return tuple(queries), changes
