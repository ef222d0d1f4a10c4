"""UPSes that speak XCP over USB by name (cards xcp and usb-ids)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...simulators import xcp
from ...simulators.clock import Clock
from ..usb import Endpoint, Hardware, Interface
from ..xcp import PHOENIXTEC, POWERWARE, Way, XcpDevice

# What fits into the ID block of one packet: NUT does not get the others whole over USB.
_METERS, _ALARMS = 57, 206


def _short(dialect: str, **changes: Any) -> xcp.Model:
    """Return a unit with the first meters and alarms of another."""
    model = xcp.MODELS[dialect]
    return replace(
        model,
        meters={number: form for number, form in model.meters.items() if number <= _METERS},
        alarms=frozenset(number for number in model.alarms if number <= _ALARMS),
        **changes,
    )


T500 = _short("pw5115", name="t500", message="HP T500", va=500, machine=0)
T750 = _short("pw9130", name="t750", message="HP T750", va=750, machine=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class XcpModel:
    """A device as data.

    Attributes:
        ids: Vendor and product.
        maker, model: Its strings, "" = none.
        way: How it is written to.
        unit: The UPS behind it.
        packet: Bytes in a packet of the pipe.
        speed: Mbit/s.
    """

    ids: tuple[int, int]
    maker: str = ""
    model: str = ""
    way: Way = PHOENIXTEC
    unit: xcp.Model
    packet: int = 8
    speed: str = "1.5"

    def make(
        self, *, clock: Clock | None = None, dialect: str | None = None, **state: Any
    ) -> XcpDevice:
        """Return the device and its UPS."""
        strings = {1: self.maker, 2: self.model}
        hardware = Hardware(
            vendor=self.ids[0],
            product=self.ids[1],
            strings={index: text for index, text in strings.items() if text},
            # no HID: NUT claims these devices from nobody
            interfaces=(Interface(usb_class=0xFF, endpoints=(Endpoint(packet=self.packet),)),),
            driver="",
            speed=self.speed,
        )
        latency = float(state.pop("latency", 0.0))
        unit = xcp.MODELS[dialect] if dialect else self.unit
        ups = xcp.XcpUps(unit, clock=clock or Clock(), **state)
        return XcpDevice(hardware, ups, self.way, latency=latency)


MODELS: Mapping[str, XcpModel] = {
    "xcp-powerware": XcpModel(
        ids=(0x0592, 0x0002),
        maker="Powerware",
        model="UPS",
        way=POWERWARE,
        unit=xcp.MODELS["pw9130"],
    ),
    "xcp-phoenixtec": XcpModel(
        ids=(0x06DA, 0x0002), maker="POWERWARE", model="PW5115", unit=xcp.MODELS["pw5115"]
    ),
    "xcp-hp-t500": XcpModel(
        ids=(0x03F0, 0x1F01), maker="HP", model="UPS T500", unit=T500, packet=64, speed="12"
    ),
    "xcp-hp-t750": XcpModel(ids=(0x03F0, 0x1F02), unit=T750),
}

MAKERS: Mapping[str, Callable[..., XcpDevice]] = {
    name: model.make for name, model in MODELS.items()
}
