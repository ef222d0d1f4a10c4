"""Which USB device speaks what: vendor and product ids, and the texts that tell shared ids apart.

From the card usb-ids. The first row that fits a device counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .links.base import UsbDevice


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbId:
    """Devices with one vendor id that speak the same.

    ``variant`` is the bridge that carries a Megatec UPS, the vendor table of the HID driver, or
    the way to write to an XCP device.
    The texts are compared with what the device says: whole and in any case, or with
    ``is_part`` as a part of it.
    """

    vendor_id: int
    products: frozenset[int]
    protocol: str
    """Its id; it may be one that is not spoken yet."""
    variant: str = ""
    manufacturer: str | None = None
    product: str | None = None
    is_part: bool = False
    devices: str
    """What it was seen on."""

    def fits(self, device: UsbDevice) -> bool:
        """Tell whether a device is meant. A text that the device does not have never fits."""
        return (
            device.vendor_id == self.vendor_id
            and device.product_id in self.products
            and self._same(self.manufacturer, device.manufacturer)
            and self._same(self.product, device.product)
        )

    def _same(self, wanted: str | None, text: str | None) -> bool:
        if wanted is None:
            return True
        if text is None:
            return False
        return wanted in text if self.is_part else wanted.casefold() == text.strip().casefold()


HID, MEGATEC, XCP = "usb-hid-power-device", "megatec", "xcp"


def _row(  # a table reads best with its ids in front
    vendor_id: int,
    products: Iterable[int],
    protocol: str,
    variant: str,
    devices: str,
    *,
    manufacturer: str | None = None,
    product: str | None = None,
    is_part: bool = False,
) -> UsbId:
    return UsbId(
        vendor_id=vendor_id,
        products=frozenset(products),
        protocol=protocol,
        variant=variant,
        devices=devices,
        manufacturer=manufacturer,
        product=product,
        is_part=is_part,
    )


_TRIPPLITE_TENTH = (
    *(0x1003, 0x1007, 0x1008, 0x1009, 0x1010, 0x2005, 0x2007, 0x2008, 0x2009, 0x2010),
    *(0x2011, 0x2012, 0x2013, 0x2014),
)
_TRIPPLITE_WHOLE = (0x1330, *range(0x3008, 0x300A), *range(0x3010, 0x3016), *range(0x4001, 0x4009))

USB_IDS: tuple[UsbId, ...] = (
    # HID Power Devices
    _row(0x051D, (0, 2, 3, 4, 5), HID, "apc", "APC Back-UPS and Smart-UPS"),
    _row(0x0764, (0x0005, 0x0501, 0x0601), HID, "cps", "CyberPower"),
    _row(0x0483, (0xA430,), HID, "cps", "Cyber Energy"),
    _row(0x0463, (0x0001, 0xFFFF), HID, "mge", "Eaton and MGE"),
    _row(0x047C, (0xFFFF,), HID, "mge", "Dell"),
    _row(0x0592, (0x0004,), HID, "mge", "Powerware 9140"),
    _row(0x04B3, (0x0001,), HID, "mge", "IBM 6000 VA"),
    _row(0x03F0, range(0x1FE5, 0x1FE9), HID, "mge", "HP R/T3000"),
    _row(0x2B2D, (0xFFFF,), HID, "mge", "AEG Protect NAS"),
    _row(0x09D6, (0x0001,), HID, "mge", "KSTAR", manufacturer="KSTAR", is_part=True),
    _row(0x09AE, _TRIPPLITE_TENTH, HID, "tripplite", "Tripp Lite AVR, ECO, OMNI and Smart LCD"),
    _row(0x09AE, _TRIPPLITE_WHOLE, HID, "tripplite", "Tripp Lite Smart and SmartOnline"),
    _row(0x09AE, (0x3016, 0x3024), HID, "tripplite", "Tripp Lite Smart1500LCD and AVR750U"),
    _row(
        0x03F0,
        (0x0001, *range(0x1FE0, 0x1FE4), 0x1F06, 0x1F08, 0x1F09, 0x1F0A),
        HID,
        "tripplite",
        "HP R1500, T750, T1000, T1500 and R/T2200",
    ),
    _row(0x05DD, (0xA011, 0xA0A0), HID, "tripplite", "Minuteman E1500RM2U and PRO1500RT2U"),
    _row(
        0x050D,
        (0x0375, 0x0551, 0x0750, 0x0751, 0x0900, 0x0910, 0x0912, 0x0980, 0x0F51, 0x1100),
        HID,
        "belkin",
        "Belkin F6C and F6H",
    ),
    _row(0x10AF, (0, 1, 2, 4, 8), HID, "liebert", "Liebert GXT4, PSA, PST, PSI and GXT3"),
    _row(0x0D9F, (0x0001,), HID, "powercom-old", "Powercom BNT-AP, old"),
    _row(0x0D9F, (0x0004, *range(0x00A2, 0x00A7)), HID, "powercom", "Powercom"),
    _row(0x04D8, (0xD004, 0xD005), HID, "openups", "Mini-Box openUPS"),
    _row(0x075D, (0x0300,), HID, "idowell", "iDowell"),
    _row(0x1CB0, (0x0032, 0x0038), HID, "legrand", "Legrand Keor"),
    _row(0x4234, (0x0002,), HID, "powervar", "Powervar UPM"),
    _row(0x2E66, (0x0101, 0x0201, 0x0202, 0x0203, 0x0300, 0x0302), HID, "salicru", "Salicru SPS"),
    _row(0x2341, (0x0036, 0x8036), HID, "arduino", "Arduino"),
    _row(0x2A03, (0x0036, 0x8036, 0x0040, 0x8040), HID, "arduino", "Arduino"),
    _row(0x0483, (0xA113,), HID, "ever", "EVER"),
    _row(0x2E51, (0x0000, 0xFFFF), HID, "ever", "EVER"),
    _row(0x3746, (0xFFFF,), HID, "ecoflow", "EcoFlow"),
    _row(0x05DD, (0x041B,), HID, "delta", "Delta"),
    _row(0x06DA, (0xFFFF,), HID, "mge", "AEG Protect", manufacturer="AEG", is_part=True),
    _row(0x06DA, (0xFFFF,), HID, "mge", "AEG Protect", product="AEG", is_part=True),
    _row(0x06DA, (0xFFFF,), HID, "idowell", "GoldenMate", manufacturer="BMS", is_part=True),
    _row(0x06DA, (0xFFFF,), HID, "idowell", "GoldenMate", product="Smart-Battery", is_part=True),
    _row(0x06DA, (0xFFFF,), HID, "phoenixtec", "Liebert and Phoenixtec"),
    # Megatec behind a bridge
    _row(0x0001, (0x0000,), MEGATEC, "fabula", "Lupus", manufacturer="MEC", product="MEC0003"),
    _row(0x0001, (0x0000,), MEGATEC, "hunnox", "Hunnox", product="MEC0003"),
    _row(
        *(0x0001, (0x0000,), MEGATEC, "fuji", "Fuji"),
        manufacturer="ATCL FOR UPS",
        product="ATCL FOR UPS",
    ),
    _row(0x0001, (0x0000,), "atcl", "", "ATCL", manufacturer="ATCL FOR UPS"),
    _row(0x0001, (0x0000,), MEGATEC, "krauler", "Krauler and Kebo"),
    _row(0x0483, (0x0035,), MEGATEC, "sgs", "TS Shara"),
    _row(0x0590, (0x00B7,), MEGATEC, "omron", "Omron BN150T"),
    _row(0x05B8, (0x0000,), MEGATEC, "cypress", "Sysgration and Agiler"),
    _row(0x0665, (0x5161,), MEGATEC, "cypress", "Voltronic family, Belkin F6C1200"),
    _row(
        *(0x06DA, (0x0002,), MEGATEC, "phoenixtec", "Masterguard A"),
        manufacturer="Phoenixtec Power",
        product="USB Cable (V2.00)",
    ),
    # in the order in which they may be tried: XCP refuses HID devices, and HID what is no UPS,
    # before anything is sent that a bridge or a UPS could take for an order
    _row(0x06DA, (0x0002,), XCP, "phoenixtec", "Powerware by Phoenixtec"),
    _row(0x06DA, (0x0002,), HID, "phoenixtec", "Phoenixtec"),
    _row(0x06DA, (0x0002,), MEGATEC, "cypress", "Yunto and Phoenixtec"),
    _row(0x06DA, (0x0003,), MEGATEC, "ippon", "Mustek PowerMust and Ippon"),
    _row(0x06DA, (0x0004, 0x0005, 0x0201), MEGATEC, "cypress", "Ippon Innova"),
    _row(0x06DA, (0x0601,), MEGATEC, "phoenix", "Online Zinto A"),
    _row(0x0925, (0x1234,), MEGATEC, "armac", "Armac and Sweex"),
    _row(0x0F03, (0x0001,), MEGATEC, "cypress", "Unitek Alpha"),
    _row(0x14F0, (0x00C9,), MEGATEC, "phoenix", "GE EP"),
    _row(0x1CB0, (0x0035,), MEGATEC, "krauler", "Legrand Daker DK"),
    _row(0xFFFF, (0x0000,), MEGATEC, "ablerex", "Ablerex 625L"),
    # protocols of their own
    _row(0x09AE, (0x0001,), "tripplite", "", "Tripp Lite OMNIVS, SMART550USB and SMARTPRO"),
    _row(0x0925, (0x1234,), "richcomm", "", "Richcomm dry contact"),
    _row(0x0592, (0x0002,), XCP, "powerware", "Powerware"),
    _row(0x03F0, (0x1F01, 0x1F02), XCP, "phoenixtec", "HP T500 and T750"),
    # known, and not spoken yet
    _row(0x04B4, (0x5500,), "riello-gpser", "", "Riello"),
    _row(0x0D9F, (0x0002,), "powercom-serial-binary", "", "Powercom serial adapter"),
    _row(0x4234, (0x0001,), "cuspp", "", "Powervar GTS"),
)


def rows_for(device: UsbDevice) -> tuple[UsbId, ...]:
    """Return what a device may speak, the likeliest first; empty for one that is not known."""
    return tuple(row for row in USB_IDS if row.fits(device))
