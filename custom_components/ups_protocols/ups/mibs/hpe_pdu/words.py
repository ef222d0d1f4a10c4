"""Words of HPE's rack PDUs: their enumerations begin with 1, Eaton's originals with 0."""

from ...names import OutletStatus
from .. import rack_pdu
from ..table import Words

THRESHOLD, CURRENT, OUTLET, CONTACT, FREQUENCY = (
    rack_pdu.counted(1, said)
    for said in (
        rack_pdu.THRESHOLD,
        rack_pdu.CURRENT,
        rack_pdu.OUTLET,
        rack_pdu.CONTACT,
        rack_pdu.FREQUENCY,
    )
)
GROUP_TYPES = rack_pdu.counted(2, rack_pdu.GROUP_TYPES)
BREAKER: Words = {2: OutletStatus.ON, 3: OutletStatus.OFF}
"""1 is a group without a breaker."""
CONNECTED = 2
PRESENT: Words = {CONNECTED: "yes"}
"""A probe that is not there, or is bad, is no part of the device."""
