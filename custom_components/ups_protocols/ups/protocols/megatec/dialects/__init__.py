"""Every dialect of the family by its id, and the queries by which they are told apart."""

from ..dialect import Dialect
from .ablerex import ABLEREX
from .axpert import AXPERT
from .base import GTEC, HUNNOX, INNOVA_TAE, MECER, MEGATEC, MEGATEC_OLD, MUSTEK, Q1_ONLY, ZINTO
from .bestups import BESTUPS
from .masterguard import MASTERGUARD
from .omron import OMRON
from .powercom import POWERCOM
from .three_phase import INNOVA_RT_3_1, INNOVA_RT_3_3, Q2, Q6

DIALECTS: dict[str, Dialect] = {
    dialect.id: dialect
    for dialect in (
        MEGATEC,
        MEGATEC_OLD,
        MUSTEK,
        ZINTO,
        MECER,
        HUNNOX,
        BESTUPS,
        ABLEREX,
        GTEC,
        Q2,
        Q6,
        INNOVA_RT_3_3,
        INNOVA_RT_3_1,
        INNOVA_TAE,
        MASTERGUARD,
        OMRON,
        POWERCOM,
        AXPERT,
        Q1_ONLY,
    )
}
