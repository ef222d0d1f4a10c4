"""Words of Eaton's ePDUs: their enumerations begin with 0, where HPE's copies begin with 1."""

from ...model import Alarm, Severity
from ...names import OutletStatus
from .. import rack_pdu
from ..table import Special, Words


def alarm(code: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    """Describe an alarm by its object in the MIB."""
    return Alarm(said, code=code, severity=severity)


THRESHOLD, CURRENT, OUTLET, CONTACT, FREQUENCY = (
    rack_pdu.counted(0, said)
    for said in (
        rack_pdu.THRESHOLD,
        rack_pdu.CURRENT,
        rack_pdu.OUTLET,
        rack_pdu.CONTACT,
        rack_pdu.FREQUENCY,
    )
)
GROUP: Words = {0: OutletStatus.OFF, 1: OutletStatus.ON, 2: "rebooting", 3: "mixed"}
PRESENT: Words = {1: "yes"}
"""A probe that is not there is no part of the device."""
LINK: Words = {1: Special.STALE}

GROUP_TYPES: Words = {**rack_pdu.counted(1, rack_pdu.GROUP_TYPES), 5: "user-defined"}
UNIT_TYPES: Words = {
    1: "switched",
    2: "advanced monitored",
    3: "managed",
    4: "monitored",
    5: "basic",
    6: "inline monitored",
}
PLUGS: Words = {
    100: "other, 1 phase",
    101: "IEC C14 inlet",
    102: "IEC C20 inlet",
    103: "IEC 60309 316P6",
    104: "IEC 60309 332P6",
    105: "IEC 60309 363P6",
    106: "IEC C14 plug",
    107: "IEC C20 plug",
    120: "NEMA 5-15",
    121: "NEMA L5-15",
    122: "NEMA 5-20",
    123: "NEMA L5-20",
    124: "NEMA 6-15",
    125: "NEMA L6-15",
    126: "NEMA L5-30",
    127: "NEMA 6-20",
    128: "NEMA L6-20",
    129: "NEMA L6-30",
    130: "CS8265",
    131: "NEMA L25-30",
    140: "other, 208 V 2P3W",
    141: "other, 230 V 1P3W",
    150: "French",
    151: "Schuko",
    152: "UK",
    160: "field wired, 208 V 2P3W",
    161: "field wired, 230 V 1P3W",
    200: "other, 2 phases",
    201: "NEMA L14-20",
    202: "NEMA L14-30",
    300: "other, 3 phases",
    301: "IEC 60309 516P6",
    302: "IEC 60309 460P9",
    303: "IEC 60309 560P9",
    304: "IEC 60309 532P6",
    306: "IEC 60309 563P6",
    307: "IEC 60309 4100P9",
    320: "NEMA L15-20",
    321: "NEMA L21-20",
    322: "NEMA L15-30",
    323: "NEMA L21-30",
    324: "CS8365",
    325: "NEMA L22-20",
    326: "NEMA L22-30",
    327: "NEMA L26-30",
    340: "other, 208 V 3P4W",
    341: "other, 208 V 3P5W",
    342: "other, 400 V 3P5W",
    343: "other, 480 V 3P5W",
    350: "BladeUPS, 208 V",
    351: "BladeUPS, 400 V",
    360: "field wired, 208 V 3P4W",
    361: "field wired, 400 V 3P5W",
    400: "universal, 8 pins",
}
SOCKETS: Words = {**rack_pdu.SOCKETS, 3: "combined C39", 31: "SDG300", 32: "SDG400"}
