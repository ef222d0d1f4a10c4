"""The simulated XCP units: kinds as unlike as the document allows."""

from .model import Model, Strings

_V, _I, _W, _SMALL = 0x51, 0x52, 0x60, 0x42
_WHOLE, _SECONDS, _DATE, _TIME, _FIXED = 0xF0, 0xE2, 0xE0, 0xE1, 0xF8
_ACTIVE_ALARMS = frozenset({6, 7, 25, 55, 56, 57, 59, 147, 149, 151, 168, 189, 191, 194, 199, 206})
_BASE_COMMANDS = (0x31, 0x33, 0x34, 0x35, 0x36, 0x40)
_CONTROL = (0x89, 0x8A, 0x8B, 0xA0, 0xA1, 0xCF)

# Before the command list and the ID block's later fields: the rating in kVA, noise in status bits
# that the mask takes away, no limits, no battery block, and no answer to an order.
PRESTIGE = Model(
    name="prestige",
    message="PRESTIGE 6000",
    cpus=((0x02, 0x11),),
    kva=6,
    va=6000,
    meters={28: 0x41, 29: 0x41, 34: _V, 35: 0x30, 36: _WHOLE, 57: _V, 66: _I, 79: _V},
    alarms=frozenset({0, 7, 12, 25, 55, 56, 59, 92, 94, 168, 169, 170, 189}),
    id_end="config",
    config=36,
    machine=80,
    status_mask=0xCE,
    noise=0x21,
    status_length=4,
    limits=0,
    strings=None,
    version=" W",
    acknowledges=False,
    online=True,
)
# The ID block ends with the alarm map: nothing else can be asked for.
SYSTEM_80 = Model(
    name="system-80",
    message="SYSTEM 80",
    cpus=((0x01, 0x03), (0x00, 0x00), (0x02, 0x05)),
    kva=80,
    va=80_000,
    phases=3,
    meters={
        **dict.fromkeys((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), 0x41),
        28: 0x41,
        29: 0x41,
        33: 0x51,
        34: 0x51,
        36: _WHOLE,
        66: 0x52,
        67: 0x52,
        68: 0x52,
    },
    alarms=frozenset({0, 1, 6, 12, 25, 55, 56, 59, 97, 143, 168, 169, 170}),
    id_end="alarms",
    config=0,
    limits=0,
    strings=None,
    status_length=2,
    acknowledges=False,
    answers_modes=False,
    online=True,
)
# Still no command list, but limits, a battery block and acknowledgements: revision AD.
PROFILE = Model(
    name="profile",
    message="PROFILE 2000",
    cpus=((0x01, 0x20), (0x00, 0x95), (0x00, 0x00)),
    kva=2,
    va=2000,
    meters={28: 0x41, 29: 0x41, 34: _V, 35: 0x30, 36: _WHOLE, 54: _V, 57: _V, 60: _V, 63: 0x31}
    | {66: 0x31, 69: 0x31},
    alarms=frozenset({0, 7, 12, 25, 55, 56, 59, 92, 94, 168, 169, 170, 189, 191}),
    id_end="statistics",
    config=80,
    machine=250,
    number=20,
    status_mask=0xEF,
    status_length=19,
    limits=31,
    version="AD",
    strings=Strings(statuses=(0,), abm=0),
    online=True,
    power={"nominal_battery": 72.0},
)
# A small line-interactive unit with the outlet block that it should not have (card 2.4).
PW5115 = Model(
    name="pw5115",
    message="POWERWARE UPS    750i",
    va=750,
    meters={28: 0x41, 29: 0x41, 34: 0x41, 35: 0xF0, 36: _SECONDS, 48: 0x41, 57: 0x51, 66: 0x31}
    | {63: _WHOLE, 69: 0x31, 79: 0x51},
    alarms=_ACTIVE_ALARMS | {196, 197, 198},
    config=80,
    machine=210,
    status_mask=0xAA,
    status_length=4,
    limits=31,
    version="AE",
    topology=0x20,
    commands=(*_BASE_COMMANDS, 0x3B, 0x3C, 0x41, 0x43, *_CONTROL, 0x91, 0x93, 0x95, 0xB1),
    writable=(5, 6, 7, 8),
    bogus_outlet=True,
    strings=Strings(abm=1),
    power={"nominal_battery": 24.0},
)
# An on-line unit with two load segments, whose authorisation needs a long pause.
PW9130 = Model(
    name="pw9130",
    message="Eaton 9130  1500i",
    va=1500,
    meters={22: _W, 24: _W, 26: 0x42, 28: 0x41, 29: 0x41, 31: 0x41, 34: _V, 35: 0x30}
    | {36: _SECONDS, 42: 0x41, 44: 0x41, 48: 0x31, 54: _V, 57: _V, 63: 0x31, 66: 0x31}
    | {69: 0x31, 72: _W, 73: _DATE, 74: _TIME, 79: _V, 92: _WHOLE},
    alarms=_ACTIVE_ALARMS | {12, 16, 17, 105, 169, 170, 200, 227, 256, 257, 258},
    config=88,
    machine=350,
    number=9130,
    status_mask=0xFF,
    version=" C",
    parameters=(1, 2, 3, 5, 6, 7, 8, 10, 11, 16, 17, 18),
    writable=(2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15),
    topology=0x40,
    commands=(
        *(*_BASE_COMMANDS, 0x3B, 0x3C, 0x3F, 0x41, 0x42, 0x43, 0x45, 0x88, *_CONTROL),
        *(0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x97, 0x9A, 0xB1, 0xB2),
    ),
    outlets=2,
    status_length=4,
    strings=Strings(statuses=(0,), abm=1),
    strategies=(0, 1, 2, 3, 4),
    tests=(1, 2, 3, 4),
    online=True,
    auth_for_modes=True,
    power={"nominal_battery": 36.0},
)
# Outlets numbered from 11 in entries of eight bytes, obeyed by 97 alone: revision AE.
PW9170 = Model(
    name="pw9170",
    message="PW9170+ 6000",
    va=6000,
    meters={24: _W, 28: 0x41, 29: 0x41, 33: 0x41, 34: _V, 35: 0x30, 36: _SECONDS, 57: _V, 66: 0x41}
    | {72: _W, 79: _V},
    alarms=_ACTIVE_ALARMS | {132, 169, 170},
    config=80,
    machine=350,
    number=9170,
    status_mask=0xFF,
    version="AE",
    limits=31,
    topology=0x40,
    commands=(*_BASE_COMMANDS, 0x3B, 0x3C, 0x3F, 0x41, *_CONTROL, 0x95, 0x97, 0xB1, 0xB2),
    writable=(5, 6),
    outlets=3,
    outlet_size=8,
    first_outlet=11,
    status_length=4,
    packet=16,
    online=True,
    power={"nominal_battery": 120.0},
)
# Three phases, no more meters than others can read.
PW9355 = Model(
    name="pw9355",
    message="Eaton 9355-30",
    va=30_000,
    phases=3,
    meters={
        **dict.fromkeys((1, 2, 3, 4, 5, 6), _V),
        **{22: _WHOLE, 24: _WHOLE, 26: 0x42, 28: 0x41, 29: 0x41, 33: 0x51, 34: 0x51, 35: 0x30},
        **{36: _SECONDS, 42: 0x51, 44: 0x51, 47: 0x41, 54: _V, 55: _V, 56: _V, 57: _V, 58: _V},
        **{59: _V, 63: 0x31, 64: 0x31, 65: 0x31, 66: 0x41, 67: 0x41, 68: 0x41, 69: 0x41},
        **{70: 0x41, 71: 0x41, 73: _DATE, 74: _TIME, 78: 0x31, 79: _V, 80: _V, 81: _V, 83: _W},
        **{84: _W, 85: _W, 86: _W},
    },
    alarms=_ACTIVE_ALARMS | {12, 105, 143, 150, 169, 170, 193, 256},
    config=88,
    machine=360,
    number=9355,
    status_mask=0xFF,
    breaker_mask=0xFC,
    version=" C",
    limits=31,
    writable=(1, 4, 5, 6, 9, 10),
    topology=0x42,
    commands=(
        *(*_BASE_COMMANDS, 0x3B, 0x3C, 0x3F, 0x43, 0x88, *_CONTROL, 0x91, 0x93, 0x95),
        *(0xB1, 0xB2),
    ),
    strings=Strings(statuses=(2, 2), abm=1),
    tests=(1,),
    online=True,
    power={"nominal_battery": 432.0},
)
# Three phases, fixed-point meters, its own clock, a battery of five strings, split packets.
PW9390 = Model(
    name="pw9390",
    message="Eaton 9390-80",
    cpus=((0x00, 0x58), (0x02, 0x05), (0x02, 0x05), (0x00, 0x00), (0x01, 0x09), (0x01, 0x01)),
    va=80_000,
    phases=3,
    meters={
        **dict.fromkeys((1, 2, 3, 4, 5, 6, 10, 11, 12, 54, 55, 56, 57, 58, 59), _FIXED),
        **dict.fromkeys((79, 80, 81, 66, 67, 68, 19, 20, 21), _FIXED),
        **dict.fromkeys((22, 23, 24, 25, 51, 52, 53, 83, 84, 85, 86, 72), _WHOLE),
        26: 0x42,
        27: 0x42,
        28: _FIXED,
        29: _FIXED,
        31: _FIXED,
        32: 0x41,
        33: 0x51,
        34: 0x51,
        35: 0x30,
        36: _SECONDS,
        37: _SECONDS,
        42: 0x51,
        43: 0x41,
        44: 0x51,
        46: 0x41,
        47: 0x41,
        48: 0x31,
        49: 0x31,
        50: 0x31,
        63: 0x31,
        64: 0x31,
        65: 0x31,
        69: 0x41,
        70: 0x41,
        71: 0x41,
        73: _DATE,
        74: _TIME,
        78: 0x31,
        82: 0x41,
        88: 0x51,
        89: 0x51,
        90: 0x51,
        91: 0x51,
    },
    alarms=_ACTIVE_ALARMS
    | {3, 4, 5, 12, 97, 105, 107, 109, 143, 150, 159, 160, 161, 169, 170, 174, 186, 193, 247, 256},
    config=106,
    machine=360,
    number=9390,
    status_mask=0xFF,
    breaker_mask=0xFC,
    version=" C",
    limits=31,
    parameters=(11, 18, 19, 0x81),
    writable=(1, 4, 5, 6, 9, 10, 18, 19),
    topology=0x32,
    commands=(
        *(*_BASE_COMMANDS, 0x3B, 0x3C, 0x3F, 0x43, 0x88, *_CONTROL, 0x90, 0x92, 0x94, 0x95),
        *(0xB1, 0xB2, 0xCE),
    ),
    strings=Strings(statuses=(2, 2, 6, 2, 2), abm=2, rows=(25, 25, 0, 25, 2)),
    tests=(1,),
    packet=64,
    online=True,
    julian=True,
    power={"nominal_voltage": 230.0, "nominal_battery": 480.0},
)
# Everything the maps have: all meters, all alarms, all statistics.
PW9395 = Model(
    name="pw9395",
    message="Eaton 9395-275",
    cpus=((0x01, 0x02), (0x03, 0x04), (0x05, 0x06), (0x07, 0x08), (0x09, 0x10)),
    va=275_000,
    phases=3,
    meters=dict.fromkeys(range(1, 130), 98)
    | {36: _SECONDS, 37: _SECONDS, 73: _DATE, 74: _TIME, 92: _WHOLE, 109: _WHOLE, 125: _WHOLE},
    alarms=frozenset(range(324)),
    statistics=dict.fromkeys(range(1, 71), _WHOLE)
    | dict.fromkeys(range(37, 53), _SECONDS)
    | dict.fromkeys(range(53, 61), 0x62)
    | dict.fromkeys((61, 63, 65, 67, 69), _DATE)
    | dict.fromkeys((62, 64, 66, 68, 70), _TIME),
    config=106,
    machine=360,
    number=9395,
    status_mask=0xFF,
    breaker_mask=0xFF,
    version=" C",
    limits=31,
    parameters=(*range(1, 20), 0x80),
    writable=tuple(range(1, 20)),
    topology=0x42,
    commands=(
        *(*_BASE_COMMANDS, 0x32, 0x38, 0x3B, 0x3C, 0x3F, 0x41, 0x42, 0x43, 0x44, 0x45, 0x88),
        *(*_CONTROL, *range(0x90, 0x96), *range(0x97, 0x9B), 0xB1, 0xB2, 0xCE),
    ),
    outlets=4,
    strings=Strings(statuses=(2, 4), abm=3, rows=(17, 17)),
    strategies=(0, 1, 2, 3, 4),
    tests=(1, 2, 3, 4),
    online=True,
    power={"nominal_voltage": 277.0, "nominal_battery": 480.0, "nominal_frequency": 60.0}
    | {"mains_voltage": 277.0, "mains_frequency": 60.0},
)

MODELS = {
    model.name: model
    for model in (PW5115, PW9130, PRESTIGE, SYSTEM_80, PROFILE, PW9170, PW9355, PW9390, PW9395)
}
