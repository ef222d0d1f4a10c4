"""Units whose replies were recorded from real ones or stand in the document."""

from collections.abc import Mapping
from typing import Any

# Name → dialect and what `make_ups` has to be given so that it answers like the record.
# The recording's Q1 was made up by its owners and does not fit its Q6, hence "Q1.…".
RECORDED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "ippon-innova-rt-3-1-20k": (
        "innova-rt-3-1",
        {
            "mains_voltage": 227.0,
            "mains_voltage_2": 225.6,
            "mains_voltage_3": 230.0,
            "bypass_voltage": 230.4,
            "load": 7,
            "temperature": 23,
            "beeper": False,
            "fixed": {
                "out_1": 229.9,
                "output_frequency": 49.9,
                "bypass_frequency": 49.9,
                "pack": 327.8,
                "runtime": 6932,
                "amps_1": 6.5,
                "Q1.input_voltage": 215.0,
                "Q1.fault_voltage": 195.0,
                "Q1.output_voltage": 230.0,
                "Q1.load": 14,
                "Q1.input_frequency": 49.0,
                "Q1.battery": "22.7",
                "Q1.temperature": 30.0,
            },
        },
    ),
    "digitech-650va-online": (
        "megatec",
        {
            "mains_voltage": 246.0,
            "load": 0,
            "temperature": 29,
            "beeper": False,
            "info": "missing",
            "ratings": "missing",
            "fixed": {"fault_voltage": 0.0, "output_voltage": 249.0, "battery": "13.8"},
        },
    ),
    # The worked example of the document's status inquiry.
    "megatec-1996": (
        "megatec",
        {
            "online": True,
            "nominal_voltage": 220.0,
            "nominal_current": 2,
            "mains_voltage": 208.4,
            "mains_frequency": 59.9,
            "load": 34,
            "temperature": 35,
            "bypass": True,
            "failed": True,
            "beeper": False,
            "per_cell": True,
            "fixed": {"fault_voltage": 140.0, "battery": "2.05"},
        },
    ),
}
