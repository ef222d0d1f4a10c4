"""The forms of the config flow, made from the catalog."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import probatio

from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    SerialPortSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
    TimeSelector,
)

from .battery_care import DEFAULT_LIFE
from .const import (
    CONF_BATTERY_LIFE,
    CONF_DEBOUNCE,
    CONF_FULL_INTERVAL,
    CONF_NOMINAL_POWER,
    CONF_PROTOCOL,
    CONF_STATUS_INTERVAL,
    CONF_TEST_CHARGE,
    CONF_TEST_INTERVAL,
    CONF_TEST_TIME,
    CONF_TRAP_PORT,
)
from .schedule import DEFAULT_CHARGE, DEFAULT_TIME
from .ups import catalog
from .ups.catalog import Option, ProtocolInfo
from .ups.links.base import LinkKind, SnmpAuth, SnmpCredentials, SnmpPrivacy, SnmpVersion
from .ups.links.open import SHORTEST_SNMP_KEY, SNMP_AUTO, SNMP_PORT
from .ups.model import Value

DETECT = "detect"
CONF_BRIDGE = "bridge"
CONF_CABLE_POWER = "cable_power"
# without the right answer to these some units cannot be reached at all
REACHING_OPTIONS = ("dialect", CONF_CABLE_POWER, "baudrate", CONF_BRIDGE)
# what a bridge in a USB plug carries
BRIDGED_PROTOCOL = "megatec"
USB_OPTIONS = (CONF_BRIDGE, "dialect")
LONGEST_INTERVAL = 3600
LONGEST_DEBOUNCE = 60
LARGEST_POWER = 1_000_000
LONGEST_LIFE = 30
LONGEST_TEST_INTERVAL = 365
LEAST_TEST_CHARGE = 20

# of a network card; the names of SnmpCredentials where it has them
CONF_VERSION = "version"
CONF_COMMUNITY = "community"
CONF_WRITE_COMMUNITY = "write_community"
CONF_USER = "user"
CONF_AUTH = "auth"
CONF_AUTH_KEY = "auth_key"
CONF_PRIVACY = "privacy"
CONF_PRIVACY_KEY = "privacy_key"
CONF_CONTEXT = "context"

MORE_OPTIONS = "more_options"
POLLING = "polling"
BATTERY = "battery"
LINE = "line"
FIRMWARE = "firmware"
TRAPS = "traps"
ENERGY = "energy"
CARE = "battery_care"
TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Which options make sense for a unit, beside those of its protocol."""

    energy: bool = True
    """Its power may be worked out from its load."""
    care: bool = True
    """It has a battery."""
    test: bool = True
    """Its battery may be tested by a schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Two numbers of one section of which the first may not be the greater."""

    section: str
    lower: str
    upper: str
    error: str
    may_be_equal: bool = True
    together: str | None = None
    """The error where one is given without the other, if that makes no sense."""

    def check(self, values: Mapping[str, Value]) -> str | None:
        """Return the error, None where all is well."""
        if self.lower not in values or self.upper not in values:
            return self.together if self.lower in values or self.upper in values else None
        lower, upper = float(values[self.lower]), float(values[self.upper])
        return None if lower < upper or (self.may_be_equal and lower == upper) else self.error


ORDERS = (
    Order(
        section=POLLING,
        lower=CONF_STATUS_INTERVAL,
        upper=CONF_FULL_INTERVAL,
        error="full_interval_too_short",
    ),
    Order(
        section=BATTERY,
        lower="battery_voltage_low",
        upper="battery_voltage_high",
        error="low_not_below_high",
        may_be_equal=False,
    ),
    Order(
        section=BATTERY,
        lower="runtime_full_load",
        upper="runtime_half_load",
        error="half_load_too_short",
        together="runtime_incomplete",
    ),
)


def find_errors(options: Mapping[str, Value]) -> dict[str, str]:
    """Return the errors by section: a form cannot show one at a field of a section."""
    return {order.section: error for order in ORDERS if (error := order.check(options)) is not None}


def _field(option: Option) -> Selector[Any]:
    """Return the selector for an option of the catalog."""
    if option.choices:
        return _choice(option.name, option.choices)
    return _number(option.minimum, option.maximum, option.step, option.unit)


def _number(minimum: float, maximum: float, step: float, unit: str) -> NumberSelector:
    config = NumberSelectorConfig(min=minimum, max=maximum, step=step, mode=NumberSelectorMode.BOX)
    if unit:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def _optional(options: list[Option]) -> probatio.Schema:
    """Return fields that may be left empty and emptied again."""
    return probatio.Schema({probatio.Optional(option.name): _field(option) for option in options})


def serial_schema() -> probatio.Schema:
    """Return the form for a serial line, made from the catalog."""
    protocols = [info for info in catalog.PROTOCOLS if info.line is not None]
    reaching: dict[str, Option] = {}
    for option in (option for info in protocols for option in info.options):
        if option.name in REACHING_OPTIONS and option.name != CONF_BRIDGE:
            known = reaching.setdefault(option.name, option)
            choices = tuple(dict.fromkeys((*known.choices, *option.choices)))
            reaching[option.name] = replace(known, choices=choices)
    return probatio.Schema(
        {
            probatio.Required(CONF_DEVICE): SerialPortSelector(),
            probatio.Required(CONF_PROTOCOL, default=DETECT): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        # the label stands in where the translations name no protocol: brands
                        # are called the same in every language
                        SelectOptionDict(value=DETECT, label=DETECT),
                        *(
                            SelectOptionDict(
                                value=info.id, label=f"{info.title} ({', '.join(info.brands)})"
                            )
                            for info in protocols
                        ),
                    ],
                    translation_key=CONF_PROTOCOL,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            ),
            probatio.Optional(MORE_OPTIONS): section(
                _optional(list(reaching.values())), {"collapsed": True}
            ),
        }
    )


def network_schema(*, with_host: bool = True) -> probatio.Schema:
    """Return the form for a network card: where it is, and what it is asked by."""
    fields: dict[probatio.Marker, Any] = {}
    more: dict[probatio.Marker, Any] = {}
    if with_host:
        fields[probatio.Required(CONF_HOST)] = TextSelector()
        fields[probatio.Required(CONF_VERSION, default=SNMP_AUTO)] = _choice(
            CONF_VERSION, (SNMP_AUTO, *SnmpVersion)
        )
        more[probatio.Required(CONF_PORT, default=SNMP_PORT)] = _number(1, 65535, 1, "")
    fields[probatio.Required(CONF_COMMUNITY, default="public")] = TextSelector()
    more[probatio.Optional(CONF_WRITE_COMMUNITY)] = _secret()
    fields[probatio.Optional(MORE_OPTIONS)] = section(probatio.Schema(more), {"collapsed": True})
    return probatio.Schema(fields)


def user_schema() -> probatio.Schema:
    """Return the form for a user of SNMPv3."""
    return probatio.Schema(
        {
            probatio.Required(CONF_USER): TextSelector(),
            probatio.Optional(CONF_AUTH): _choice(CONF_AUTH, SnmpAuth),
            probatio.Optional(CONF_AUTH_KEY): _secret(),
            probatio.Optional(CONF_PRIVACY): _choice(CONF_PRIVACY, SnmpPrivacy),
            probatio.Optional(CONF_PRIVACY_KEY): _secret(),
            probatio.Optional(MORE_OPTIONS): section(
                probatio.Schema({probatio.Optional(CONF_CONTEXT): TextSelector()}),
                {"collapsed": True},
            ),
        }
    )


def credentials_error(credentials: SnmpCredentials) -> tuple[str, str] | None:
    """Return the field and the error of credentials that can work nowhere."""
    if credentials.version is not SnmpVersion.V3:
        return None
    if (credentials.privacy or credentials.privacy_key) and not credentials.auth_key:
        return CONF_AUTH_KEY, "privacy_needs_auth"
    for key, algorithm, field in (
        (credentials.auth_key, credentials.auth, CONF_AUTH_KEY),
        (credentials.privacy_key, credentials.privacy, CONF_PRIVACY_KEY),
    ):
        # RFC 3414, section 11.2
        if (key or algorithm) and len(key) < SHORTEST_SNMP_KEY:
            return field, "key_too_short"
    return None


def _secret() -> TextSelector:
    return TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


def _choice(name: str, choices: Iterable[str]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=list(choices), translation_key=name, mode=SelectSelectorMode.DROPDOWN
        )
    )


def usb_schema(devices: Mapping[str, str]) -> probatio.Schema:
    """Return the form for USB: the devices by address with their names, or a typed address.

    It can be submitted without one, to see what is plugged in now.
    """
    bridged = catalog.protocol(BRIDGED_PROTOCOL)
    return probatio.Schema(
        {
            probatio.Optional(CONF_DEVICE): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        SelectOptionDict(value=address, label=f"{name} – {address}")
                        for address, name in devices.items()
                    ],
                    custom_value=True,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            ),
            probatio.Optional(MORE_OPTIONS): section(
                _optional([option for option in bridged.options if option.name in USB_OPTIONS]),
                {"collapsed": True},
            ),
        }
    )


def _own_sections(offer: Offer) -> Iterator[tuple[str, dict[probatio.Marker, Selector[Any]]]]:
    """Yield the sections that are not about a protocol."""
    if offer.energy:
        yield ENERGY, {probatio.Optional(CONF_NOMINAL_POWER): _number(1, LARGEST_POWER, 1, "W")}
    if offer.care:
        yield (
            CARE,
            {
                probatio.Required(CONF_BATTERY_LIFE, default=DEFAULT_LIFE): _number(
                    0.5, LONGEST_LIFE, 0.5, ""
                )
            },
        )
    if offer.test:
        yield (
            TEST,
            {
                probatio.Optional(CONF_TEST_INTERVAL): _number(1, LONGEST_TEST_INTERVAL, 1, "d"),
                probatio.Required(CONF_TEST_TIME, default=DEFAULT_TIME): TimeSelector(),
                probatio.Required(CONF_TEST_CHARGE, default=DEFAULT_CHARGE): _number(
                    LEAST_TEST_CHARGE, 100, 1, "%"
                ),
            },
        )


def options_schema(info: ProtocolInfo, *, is_on_usb: bool, offer: Offer) -> probatio.Schema:
    """Return the form for the options of a unit, in sections."""
    elsewhere = CONF_CABLE_POWER if is_on_usb else CONF_BRIDGE
    sections: dict[str, list[Option]] = {BATTERY: [], LINE: [], FIRMWARE: []}
    for option in info.options:
        if option.name.startswith(("battery_", "runtime_")):
            sections[BATTERY].append(option)
        elif option.name not in REACHING_OPTIONS:
            sections[FIRMWARE].append(option)
        elif option.name != elsewhere:
            sections[LINE].append(option)
    schema: dict[probatio.Marker, section] = {
        probatio.Required(POLLING): section(
            probatio.Schema(
                {
                    probatio.Required(CONF_STATUS_INTERVAL, default=info.status_interval): _number(
                        info.shortest_status_interval,
                        info.longest_status_interval or LONGEST_INTERVAL,
                        0.5,
                        "s",
                    ),
                    probatio.Required(CONF_FULL_INTERVAL, default=info.full_interval): _number(
                        info.shortest_full_interval, LONGEST_INTERVAL, 0.5, "s"
                    ),
                    probatio.Required(CONF_DEBOUNCE, default=0): _number(
                        0, LONGEST_DEBOUNCE, 1, "s"
                    ),
                }
            )
        )
    }
    if info.link is LinkKind.SNMP_AGENT:
        schema[probatio.Optional(TRAPS)] = section(
            probatio.Schema({probatio.Optional(CONF_TRAP_PORT): _number(1, 65535, 1, "")}),
            {"collapsed": True},
        )
    for name, fields in _own_sections(offer):
        schema[probatio.Optional(name)] = section(probatio.Schema(fields), {"collapsed": True})
    for name, options in sections.items():
        if options:
            schema[probatio.Optional(name)] = section(_optional(options), {"collapsed": True})
    return probatio.Schema(schema)
