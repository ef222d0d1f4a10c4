"""Repairs: what is wrong with a UPS that its user can put right, for as long as it is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.loader import async_get_loaded_integration

from . import battery_care
from .const import DOMAIN
from .coordinator import UpsCoordinator
from .ups.errors import AuthFailed, InUse, LinkLost, NoPermission
from .ups.links.open import UsbAddress, is_snmp, is_usb
from .ups.model import StatusFlag

DEVICE_GONE: Final = "device_gone"
NO_ANSWER: Final = "no_answer"
"""The same kind, with another text."""
NO_PERMISSION: Final = "no_permission"
IN_USE: Final = "in_use"
REPLACE_BATTERY: Final = "replace_battery"
BATTERY_EXPIRED: Final = "battery_expired"
IMPLAUSIBLE_VALUES: Final = "implausible_values"
KINDS: Final = (
    DEVICE_GONE,
    NO_PERMISSION,
    IN_USE,
    REPLACE_BATTERY,
    BATTERY_EXPIRED,
    IMPLAUSIBLE_VALUES,
)

GONE_FOR: Final = 3600
"""Seconds; somebody may be moving the UPS, or the house has no power."""
IN_USE_FOR: Final = 180
"""Seconds; ModemManager lets go of a new port after half a minute."""
FULL_READS: Final = 5
"""Full reads in which the same value must be impossible."""
UDEV_RULE: Final = (
    'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vendor:04x}", GROUP="dialout", MODE="0660"'
)
LONGEST_TEST_INTERVAL: Final = timedelta(days=21)
"""Most UPSes test themselves every two weeks, and call a new battery bad until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Something that is wrong; there is one at most of a kind for each UPS."""

    text: str
    """The key of its text; the same kind has others on other wires."""
    severity: ir.IssueSeverity
    placeholders: Mapping[str, str]
    lasting: float = 0
    """Seconds for which it must have been wrong before the user hears of it."""
    is_fixable: bool = False


def issue_id(kind: str, entry_id: str) -> str:
    """Return the id of an issue in the registry."""
    return f"{kind}_{entry_id}"


class Issues:
    """Keeps the issues of one UPS as they are: what is no more is taken away by itself."""

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Listen to a coordinator that was started, until its entry is unloaded."""
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._hass = coordinator.hass
        self._waits: dict[str, CALLBACK_TYPE] = {}
        self._lasted: set[str] = set()
        """Kinds that have been wrong for as long as they must."""
        self._impossible: frozenset[str] = frozenset()
        """Names of variables that were impossible all the time."""
        self._entry.async_on_unload(coordinator.async_add_listener(self.update))
        self._entry.async_on_unload(self._close)
        self.update()

    @callback
    def update(self) -> None:
        """Compare what is wrong with what the registry says."""
        there = self._there()
        for kind in KINDS:
            issue = there.get(kind)
            if issue is None:
                self._forget(kind)
                ir.async_delete_issue(self._hass, DOMAIN, issue_id(kind, self._entry.entry_id))
            elif kind in self._lasted or not issue.lasting:
                self._raise(kind, issue)
            elif kind not in self._waits:
                self._waits[kind] = async_call_later(
                    self._hass,
                    issue.lasting,
                    HassJob(partial(self._has_lasted, kind), cancel_on_shutdown=True),
                )

    @callback
    def _has_lasted(self, kind: str, now: datetime) -> None:
        del self._waits[kind]
        self._lasted.add(kind)
        self.update()

    @callback
    def _forget(self, kind: str) -> None:
        """Have a kind count as never wrong."""
        self._lasted.discard(kind)
        if cancel := self._waits.pop(kind, None):
            cancel()

    @callback
    def _raise(self, kind: str, issue: Issue) -> None:
        entry_id = self._entry.entry_id
        integration = async_get_loaded_integration(self._hass, DOMAIN)
        help_url = f"{integration.documentation}#troubleshooting"
        if kind == IMPLAUSIBLE_VALUES:
            help_url = integration.issue_tracker or help_url
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id(kind, entry_id),
            data={"entry_id": entry_id},
            is_fixable=issue.is_fixable,
            learn_more_url=help_url,
            severity=issue.severity,
            translation_key=issue.text,
            translation_placeholders={"name": self._entry.title, **issue.placeholders},
        )

    @callback
    def _close(self) -> None:
        """Take everything away: an entry that is not loaded has nothing to be put right."""
        for kind in KINDS:
            self._forget(kind)
            ir.async_delete_issue(self._hass, DOMAIN, issue_id(kind, self._entry.entry_id))

    def _there(self) -> dict[str, Issue]:
        """Return what is wrong at present, by kind."""
        found = [self._unreachable(), self._battery_bad(), self._battery_old(), self._implausible()]
        return dict(each for each in found if each is not None)

    def _unreachable(self) -> tuple[str, Issue] | None:
        """Tell why the UPS cannot be read; a wrong password is another flow's affair."""
        session = self._coordinator.session
        if session.available or session.error is None or isinstance(session.error, AuthFailed):
            return None
        match error := session.error:
            case NoPermission():
                kind, lasting = NO_PERMISSION, 0
            case InUse():
                kind, lasting = IN_USE, IN_USE_FOR
            case LinkLost():
                kind, lasting = DEVICE_GONE, GONE_FOR
            case _:
                kind, lasting = NO_ANSWER, GONE_FOR
        rule: dict[str, str] = {}
        wire = "network" if is_snmp(session.url) else "serial"
        if is_usb(session.url):
            wire, vendor = "usb", UsbAddress.parse(session.url).vendor_id
            if kind == NO_PERMISSION:
                rule = {"rule": UDEV_RULE.format(vendor=vendor)}
        return DEVICE_GONE if kind == NO_ANSWER else kind, Issue(
            text=f"{kind}_{wire}",
            severity=ir.IssueSeverity.ERROR,
            placeholders={"device": session.url, "reason": str(error)} | rule,
            lasting=lasting,
        )

    def _battery_bad(self) -> tuple[str, Issue] | None:
        """Tell that the UPS wants a new battery, and has not just got one."""
        coordinator = self._coordinator
        if StatusFlag.REPLACE_BATTERY not in coordinator.data.status.flags:
            return None
        begin = battery_care.installed(coordinator)
        if begin is not None and battery_care.today() - begin <= LONGEST_TEST_INTERVAL:
            return None
        return REPLACE_BATTERY, Issue(
            text=REPLACE_BATTERY,
            severity=ir.IssueSeverity.ERROR,
            placeholders={},
            is_fixable=True,
        )

    def _battery_old(self) -> tuple[str, Issue] | None:
        """Tell that the battery is older than batteries get."""
        coordinator = self._coordinator
        begin, end = battery_care.installed(coordinator), battery_care.expected_end(coordinator)
        # a unit may still name the day on which the battery before this one was to be replaced
        if end is None or end > battery_care.today() or (begin is not None and end <= begin):
            return None
        return BATTERY_EXPIRED, Issue(
            text=BATTERY_EXPIRED,
            severity=ir.IssueSeverity.WARNING,
            placeholders={
                "installed": begin.isoformat() if begin else "–",
                "end": end.isoformat(),
            },
            is_fixable=True,
        )

    def _implausible(self) -> tuple[str, Issue] | None:
        """Tell that values are impossible again and again: they are misread, or misreported."""
        session = self._coordinator.session
        left_out = session.snapshot.left_out if session.snapshot and session.available else {}
        present = frozenset(left_out)
        if not (common := self._impossible & present):
            # others than before: they have to last by themselves
            self._forget(IMPLAUSIBLE_VALUES)
            common = present
        self._impossible = common
        if not common:
            return None
        values = ", ".join(f"{name} = {left_out[name]}" for name in sorted(common))
        return IMPLAUSIBLE_VALUES, Issue(
            text=IMPLAUSIBLE_VALUES,
            severity=ir.IssueSeverity.WARNING,
            placeholders={"values": values},
            lasting=FULL_READS * session.intervals.full,
        )
