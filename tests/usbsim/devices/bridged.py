"""Bridges with a Megatec UPS behind them (cards megatec-usb-bridges and usb-ids)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...simulators import megatec
from ...simulators.clock import Clock
from .. import bridges as b, string_bridges as s
from ..usb import INTERRUPT_IN, INTERRUPT_OUT, Endpoint, Hardware, Interface

# One byte array in, one out: what these bridges call a HID.
_DESCRIPTOR = bytes.fromhex("06a0ff0901a1010902090075089508150025ff8102090395089102c0")
_PIPES = Interface(endpoints=(INTERRUPT_IN, INTERRUPT_OUT), report_descriptor=_DESCRIPTOR)
_WIDE = Interface(endpoints=(Endpoint(packet=64),), report_descriptor=_DESCRIPTOR)
_VENDOR = Interface(usb_class=0xFF, endpoints=(INTERRUPT_IN, INTERRUPT_OUT))
_ARMAC_PIPES = Interface(
    endpoints=(Endpoint(address=0x82, packet=64), INTERRUPT_OUT), report_descriptor=_DESCRIPTOR
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeModel:
    """A bridge as data.

    Attributes:
        kind: Its class.
        ids: Vendor and product.
        maker, model: Its strings, "" = none.
        dialect: Of the UPS behind it.
        interface: Its interface.
        serial: Its serial number.
        speed: Mbit/s.
    """

    kind: type[b.Bridge]
    ids: tuple[int, int]
    maker: str = ""
    model: str = ""
    dialect: str = "megatec"
    interface: Interface = _PIPES
    serial: str = ""
    speed: str = "1.5"

    def make(
        self, *, clock: Clock | None = None, dialect: str | None = None, **state: Any
    ) -> b.Bridge:
        """Return the bridge and its UPS."""
        texts = {1: self.maker, 2: self.model, 3: self.serial}
        # Indices above those of the strings proper are requests of the string bridges: the serial
        # number, where there is one, stands out of their way.
        strings: dict[int, str | bytes] = {index: text for index, text in texts.items() if text}
        driver = "usbhid" if self.interface.usb_class == 3 else ""
        hardware = Hardware(
            vendor=self.ids[0],
            product=self.ids[1],
            release=0x0002,
            strings=strings,
            interfaces=(self.interface,),
            driver=driver,
            speed=self.speed,
        )
        latency = float(state.pop("latency", 0.0))
        ups = megatec.make_ups(dialect or self.dialect, clock=clock or Clock(), **state)
        return self.kind(hardware, ups, latency=latency)


MODELS: Mapping[str, BridgeModel] = {
    "cypress": BridgeModel(kind=b.Cypress, ids=(0x0665, 0x5161), maker="INNO TECH",
                           model="USB to Serial"),
    "cypress-agiler": BridgeModel(kind=b.Cypress, ids=(0x05B8, 0x0000), maker="Agiler",
                                  model="AGILER UPS"),
    "cypress-phoenixtec": BridgeModel(kind=b.Cypress, ids=(0x06DA, 0x0002), maker="Yunto",
                                      model="Yunto P"),
    "cypress-innova": BridgeModel(kind=b.Cypress, ids=(0x06DA, 0x0005)),
    "cypress-unitek": BridgeModel(kind=b.Cypress, ids=(0x0F03, 0x0001), maker="UNITEK",
                                  model="Alpha 1000Sx"),
    "phoenix": BridgeModel(kind=b.Phoenix, ids=(0x06DA, 0x0601), maker="Phoenixtec",
                           model="Online Zinto A"),
    "phoenix-ge": BridgeModel(kind=b.Phoenix, ids=(0x14F0, 0x00C9), maker="GE", model="EP series"),
    "ippon": BridgeModel(kind=b.Ippon, ids=(0x06DA, 0x0003), maker="Mustek", model="PowerMust"),
    "omron": BridgeModel(kind=b.Omron, ids=(0x0590, 0x00B7), maker="OMRON", model="BN150T",
                         dialect="omron", interface=_WIDE, speed="12"),
    # It has no id of its own: the driver is told.
    "gtec": BridgeModel(kind=b.Gtec, ids=(0x0665, 0x5161), maker="Cypress", model="ZP120N",
                        dialect="gtec"),
    "krauler": BridgeModel(kind=s.Krauler, ids=(0x0001, 0x0000), maker="KEBO", model="UPS-650D"),
    "krauler-daker": BridgeModel(kind=s.Krauler, ids=(0x1CB0, 0x0035), maker="LEGRAND",
                                 model="Daker DK"),
    "fabula": BridgeModel(kind=s.Fabula, ids=(0x0001, 0x0000), maker="MEC", model="MEC0003"),
    "hunnox": BridgeModel(kind=s.Hunnox, ids=(0x0001, 0x0000), maker="HUNNOX", model="MEC0003",
                          dialect="hunnox"),
    "snr": BridgeModel(kind=s.Snr, ids=(0x0001, 0x0000), maker="SNR", model="MEC0003"),
    "fuji": BridgeModel(kind=b.Fuji, ids=(0x0001, 0x0000), maker="ATCL FOR UPS",
                        model="ATCL FOR UPS"),
    "phoenixtec": BridgeModel(kind=b.Phoenixtec, ids=(0x06DA, 0x0002), maker="Phoenixtec Power",
                              model="USB Cable (V2.00)", dialect="masterguard-a",
                              interface=_VENDOR),
    # The same bridge with another UPS.
    "phoenixtec-q1": BridgeModel(kind=b.Phoenixtec, ids=(0x06DA, 0x0002), maker="Phoenixtec Power",
                                 model="USB Cable (V2.00)", interface=_VENDOR),
    "sgs": BridgeModel(kind=b.Sgs, ids=(0x0483, 0x0035), maker="TS Shara", model="UPS Senno"),
    "ablerex": BridgeModel(kind=b.Ablerex, ids=(0xFFFF, 0x0000), maker="ABLEREX", model="625L",
                           dialect="ablerex"),
    "armac": BridgeModel(kind=b.Armac, ids=(0x0925, 0x1234), maker="Richcomm",
                         model="UPS USB MON V1.4"),
    "armac-pipe": BridgeModel(kind=b.ArmacPipe, ids=(0x0925, 0x1234), maker="Armac",
                              model="UPS PF1", interface=_ARMAC_PIPES, speed="12"),
}  # fmt: skip

MAKERS: Mapping[str, Callable[..., b.Bridge]] = {name: model.make for name, model in MODELS.items()}
