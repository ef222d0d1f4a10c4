"""Constants of the integration."""

from typing import Final

DOMAIN: Final = "ups_protocols"

CONF_PROTOCOL: Final = "protocol"
CONF_CREDENTIALS: Final = "credentials"
CONF_TRAP_PORT: Final = "trap_port"
CONF_STATUS_INTERVAL: Final = "status_interval"
CONF_FULL_INTERVAL: Final = "full_interval"
CONF_BATTERY_LIFE: Final = "battery_life"
CONF_DEBOUNCE: Final = "debounce"
CONF_NOMINAL_POWER: Final = "nominal_real_power"
CONF_TEST_CHARGE: Final = "test_charge"
CONF_TEST_INTERVAL: Final = "test_interval"
CONF_TEST_TIME: Final = "test_time"
OPTIONS_OF_A_UNIT: Final = frozenset(
    {
        CONF_BATTERY_LIFE,
        CONF_DEBOUNCE,
        CONF_NOMINAL_POWER,
        CONF_TEST_CHARGE,
        CONF_TEST_INTERVAL,
        CONF_TEST_TIME,
    }
)
"""What stays as it is when a unit is asked by another protocol."""

KEY_BYPASS: Final = "bypass"
KEY_MAINS: Final = "mains"
KEY_OVERLOADED: Final = "overloaded"
KEY_POWER_EVENTS: Final = "power_events"
KEY_REPLACE_BATTERY: Final = "replace_battery"
"""The translation keys of the entities that triggers and conditions look at."""

BATTERY_INSTALLED: Final = "kept.battery.installed"
ENERGY: Final = "kept.energy"
LAST_TEST: Final = "kept.test.last"
NEXT_TEST: Final = "kept.test.next"
OUTAGE: Final = "kept.outage"
TODAY: Final = "today"
"""Names, beside those of the session, under which the coordinator tells what changed."""
