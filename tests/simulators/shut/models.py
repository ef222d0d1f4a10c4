"""The units: MGE's published descriptors and Eatons, as tests/usbsim has them for USB, and more."""

from collections.abc import Mapping
from dataclasses import replace

from ...usbsim.devices import HID, mge
from ...usbsim.devices.common import bits, hardware, item, report
from ...usbsim.hid import HidModel
from ...usbsim.hidbuild import Report, build

# What a 9PX has beside a 5P: bypass, phases, alarms, thresholds, statistics, and many values of
# the firmware's own, so that its report descriptor is 6 KB long (card shut, 3.3).
_INPUT2 = "PowerConverter.Input.[2]"
_OUTPUT = "PowerConverter.Output"


def _own(first: int, count: int) -> tuple[Report, ...]:
    """Return reports of the firmware's own values, which no table knows."""
    return tuple(
        report(
            first + number,
            *(
                item(f"System.[{1 + number % 9}].FFFF{0x0A00 + 8 * number + k:04X}", 16, value=k)
                for k in range(8)
            ),
        )
        for number in range(count)
    )


_BIG: tuple[Report, ...] = (
    *mge.EATON.reports,
    report(0x60, item(f"{_INPUT2}.Voltage", 16, "V", -1, read="input_voltage"),
           item(f"{_INPUT2}.Frequency", 16, "Hz", -1, read="input_frequency"),
           item(f"{_INPUT2}.Current", 16, "A", -1, value=0)),
    report(0x61, item(f"{_INPUT2}.SwitchOnControl", 8, high=1, rw=True),
           item(f"{_INPUT2}.SwitchOffControl", 8, high=1, rw=True)),
    report(0x62, *bits(f"{_OUTPUT}.Overload.[1].PresentStatus", "OverThreshold"),
           *bits(f"{_OUTPUT}.PresentStatus", "ShortCircuit"), kinds="FI"),
    report(0x63, *bits("BatterySystem.Charger.PresentStatus", "VoltageTooHigh", "VoltageTooLow"),
           kinds="FI"),
    report(0x64, *bits("PowerConverter.Inverter.PresentStatus", "VoltageTooHigh",
                       "VoltageTooLow"), kinds="FI"),
    report(0x65, item("Flow.[2].ConfigVoltage", 16, "V", value=230),
           item("Flow.[2].ConfigFrequency", 8, "Hz", value=50)),
    *(
        report(0x66 + number, item(f"{_OUTPUT}.{name}", 16, "V", value=value, rw=True))
        for number, (name, value) in enumerate((
            ("LowVoltageBypassTransfer", 184), ("HighVoltageBypassTransfer", 265),
            ("LowVoltageEcoTransfer", 218), ("HighVoltageEcoTransfer", 241),
        ))
    ),
    report(0x6A, item("BatterySystem.Battery.Temperature", 16, "K", -1)),
    report(0x6B, item("PowerConverter.Input.[1].Current", 16, "A", -1, value=31)),
    *_own(0x70, 92),
    # The firmware's own, which a host must not read: that they look useful is the trap.
    report(0xFE, item("BatterySystem.Battery.Voltage", 16, "V", -1)),
    report(0xFF, item("BatterySystem.Voltage", 16, "V", -1)),
)  # fmt: skip
_NAMES = {**mge.NAMES, "VoltageTooHigh": 0xFFFF0074, "VoltageTooLow": 0xFFFF0075,
          "OverThreshold": 0xFFFF0017, "System": 0xFFFF0001, "Inverter": 0xFFFF0022,
          "LowVoltageBypassTransfer": 0xFFFF0057, "HighVoltageBypassTransfer": 0xFFFF0058,
          "LowVoltageEcoTransfer": 0xFFFF005A, "HighVoltageEcoTransfer": 0xFFFF005B}  # fmt: skip
BIG = HidModel(
    hardware=hardware(
        *(0x0463, 0xFFFF),
        maker="EATON",
        model="Eaton 9PX",
        serial="GA07G45000",
        more={5: "3000i", 6: "01.12.5160"},
    ),
    names=_NAMES,
    reports=_BIG,
    power={**mge.EATON.power, "online": True, "nominal_power": 3000.0, "nominal_battery": 72.0},
)
# Of some units the device descriptor names nothing (card shut, 3.3): their texts stand in
# PowerSummary, or nowhere.
NAMELESS = replace(
    mge.MODELS["mge-evolution-1500"],
    hardware=replace(
        mge.MODELS["mge-evolution-1500"].hardware,
        vendor=0x0001,
        manufacturer=0,
        product_name=0,
        serial=0,
    ),
)
SECOND = replace(
    mge.EATON,
    hardware=replace(mge.EATON.hardware, release=0x0202),
)

MODELS: Mapping[str, HidModel] = {
    "ellipse": HID["mge-ellipse"],
    "ellipse-premium": HID["mge-ellipse-premium"],
    "evolution-500": HID["mge-evolution-500"],
    "evolution-1500": HID["mge-evolution-1500"],
    "extreme-c": HID["mge-extreme-c"],
    "esprit": HID["mge-esprit"],
    "eaton": HID["eaton"],
    "dell": HID["dell"],
    "eaton-9px": BIG,
    "eaton-3s-700": HID["recorded-eaton-3s-700"],
    "nameless": NAMELESS,
    "second-descriptor": SECOND,
}


def descriptor_of(model: HidModel) -> bytes:
    """Return a model's report descriptor."""
    return model.descriptor or build(model.reports, model.names, root=model.root)


def padded(model: HidModel) -> HidModel:
    """Return a model whose descriptor is as long as NUT 2.8.0's mge-shut can read.

    It takes the low byte of the length for both bytes. A usage page that is told again and again
    before the last end of a collection means nothing.
    """
    descriptor = descriptor_of(model)
    high = len(descriptor) >> 8
    wanted = next(
        length for length in (high << 8 | high, (high + 1) << 8 | (high + 1))
        if length >= len(descriptor) and length - len(descriptor) != 1
    )  # fmt: skip
    missing = wanted - len(descriptor)
    filling = b"\x06\x84\x00" * (missing % 2) + b"\x05\x84" * ((missing - 3 * (missing % 2)) // 2)
    return replace(model, descriptor=descriptor[:-1] + filling + descriptor[-1:])
