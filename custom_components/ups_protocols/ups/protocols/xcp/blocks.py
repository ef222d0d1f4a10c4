"""What stands in the blocks of a unit that are read for what they tell of it (document, 5)."""

from collections.abc import Iterator
from dataclasses import dataclass
import math
import struct

from ...errors import BadReply
from ...model import plausible_serial
from ...names import ChargerStatus, TestResult, UpsType
from .frames import digits, unpack

# (5.2.1) the first five processors; further ones have no name
_PROCESSORS = ("Cont", "Inve", "Rect", "Netw", "Disp")


class _Reader:
    """Reads a block that may end anywhere: what is missing is 0."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def is_over(self) -> bool:
        """Tell whether nothing is left."""
        return self._at >= len(self._data)

    def byte(self) -> int:
        """Return the next byte."""
        taken = self.take(1)
        return taken[0] if taken else 0

    def word(self) -> int:
        """Return the next 16 bits; half a word is none."""
        return unpack(self.take(2))

    def number(self) -> float | None:
        """Return the next float; None where there is no number."""
        taken = self.take(4)
        return finite(taken) if len(taken) == 4 else None

    def take(self, count: int) -> bytes:
        """Return the next bytes, as many of them as there are."""
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def counted(self) -> bytes:
        """Return as many bytes as the next byte says. Raises BadReply where they are not there."""
        count = self.byte()
        taken = self.take(count)
        if len(taken) < count:
            raise BadReply(f"the block ends after {len(taken)} of {count} bytes")
        return taken


def finite(data: bytes) -> float | None:
    """Return an IEEE 754 float, None for what is no number."""
    (number,) = struct.unpack("<f", data)
    return float(number) if math.isfinite(number) else None


def text(data: bytes) -> str:
    """Return a padded ASCII text, "" for what is none: it may be memory behind a short block.

    Blanks inside, which make columns of it, become one.
    """
    stripped = data.rstrip(b"\0 \xff").lstrip()
    if not all(0x20 <= byte < 0x7F for byte in stripped):
        return ""
    return " ".join(stripped.decode("ascii").split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """The ID block (5.2.1); what it ends before is empty or 0."""

    firmware: str = ""
    power: float = 0
    """Rated apparent power, VA."""
    phases: int = 0
    model: str = ""
    meters: bytes = b""
    alarms: tuple[int, ...] = ()
    statistics: bytes = b""
    configuration: int = 0
    """Length of the configuration block, and of the blocks below; 0 = there is none."""
    topology: int = 0
    commands: int = 0
    outlets: int = 0


def identification(data: bytes) -> Identification:
    """Decode the ID block. Raises BadReply where its maps are not whole."""
    reader = _Reader(data)
    versions = reader.take(2 * reader.byte())
    kilo = reader.byte()
    power = kilo * 1000 if kilo else reader.word() * 50
    phases = reader.byte()
    reader.byte()  # the angle between them
    message = text(reader.counted())
    meters = reader.counted()
    if reader.is_over():
        raise BadReply("the ID block ends before its alarm map")
    alarm_map = reader.counted()
    if phases > 3 or not (versions or message):
        raise BadReply(f"no unit has {phases} phases, or neither name nor version")
    configuration = reader.word()
    # what is cut in the middle of a map counts as missing, as all behind it
    count = reader.byte()
    statistics = reader.take(count)
    if len(statistics) < count:
        statistics = b""
    reader.take(4)  # sizes of alarm history and custom events
    topology = reader.word()
    reader.byte()  # the longest command that it takes
    commands, outlets = reader.word(), reader.word()
    return Identification(
        firmware=_firmware(versions),
        power=power,
        phases=phases,
        model=message,
        meters=meters,
        alarms=tuple(
            8 * index + bit
            for index, byte in enumerate(alarm_map)
            for bit in range(8)
            if byte >> bit & 1
        ),
        statistics=statistics,
        configuration=configuration,
        topology=topology,
        commands=commands,
        outlets=outlets,
    )


def _firmware(versions: bytes) -> str:
    """Return the versions of the processors, each with its name; 00.00 stands for none."""
    said = []
    for index in range(len(versions) // 2):
        minor, major = versions[2 * index : 2 * index + 2]
        if minor or major:
            name = _PROCESSORS[index] if index < len(_PROCESSORS) else f"CPU{index + 1}"
            said.append(f"{name}:{major:02x}.{minor:02x}")
    return " ".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The configuration block (5.2.2); 0 and "" for what it ends before.

    Without one no bit of the status is valid.
    """

    machine: int = 0
    """The family of the unit; its last digit tells variants apart."""
    output_voltage: int = 0
    output_frequency: int = 0
    status_mask: int = 0
    breaker_mask: int = 0
    strings: int = 0
    limits: int | None = None
    """Length of the extended limits; None where the block does not tell."""
    oem: int | None = None
    part: str = ""
    serial: str | None = None
    address: str = ""


def configuration(data: bytes) -> Configuration:
    """Decode the configuration block. Raises BadReply where it has not even a machine type."""
    if len(data) < 2:
        raise BadReply("the configuration block is empty")
    # before rev AE it ended early; a field that it does not hold as a whole is not there
    return Configuration(
        machine=unpack(data),
        output_voltage=unpack(data, 8),
        output_frequency=unpack(data, 10),
        status_mask=data[16] if len(data) > 16 else 0,
        breaker_mask=data[17] if len(data) > 17 else 0,
        strings=data[26] if len(data) > 26 else 0,
        limits=data[47] if len(data) > 47 else None,
        oem=data[46] if len(data) > 46 else None,
        part=text(data[48:64]) if len(data) >= 64 else "",
        serial=plausible_serial(text(data[64:80])) if len(data) >= 80 else None,
        address=_address(data[88:94]) if len(data) >= 94 else "",
    )


def _address(data: bytes) -> str:
    """Return a network address, which comes with its last byte first; "" where it is blank."""
    return "" if len(set(data)) == 1 else ":".join(f"{byte:02x}" for byte in reversed(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The extended limits (5.2.3): fixed positions by offset, then a table of parameters."""

    data: bytes
    parameters: dict[int, int]

    def byte(self, at: int) -> int:
        """Return the byte at an offset; 0 for what is not there or not implemented."""
        return self.data[at] if at < len(self.data) else 0

    def word(self, at: int) -> int:
        """Return the 16 bits at an offset, as byte() does."""
        return unpack(self.data, at)

    @property
    def revision(self) -> str:
        """The revision of XCP, a letter; "" for one of BCM before, which had two (AD and AE).

        The block is younger than BCM's own revisions of one letter.
        """
        letters = text(self.data[6:8])
        return letters if len(letters) == 1 and letters.isalpha() else ""

    @property
    def is_xcp(self) -> bool:
        """Whether the unit is of XCP A or later."""
        return bool(self.revision)


def limits(data: bytes) -> Limits:
    """Decode the extended limits. Raises BadReply for a block without its first fields."""
    if len(data) < 8:
        raise BadReply("the extended limits are too short")
    table = data[32:]
    count = data[31] if len(data) > 31 else 0
    return Limits(
        data=data[:31],
        parameters={
            table[3 * index]: unpack(table, 3 * index + 1)
            for index in range(count)
            if 3 * index + 3 <= len(table)
        },
    )


_TOPOLOGIES = {
    0x1: UpsType.OFFLINE,
    0x2: UpsType.LINE_INTERACTIVE,
    0x3: UpsType.ONLINE_DUAL_INPUT,
    0x4: UpsType.ONLINE,
    0x5: UpsType.PARALLEL_REDUNDANCY,
    0x6: UpsType.PARALLEL_CAPACITY,
}
_TOPOLOGY_TEXTS = {
    0x102: "system bypass module",
    0x122: "hot-tie cabinet",
    0x200: "outlet controller",
    0x222: "static switch module",
}


def topology(data: bytes) -> str | None:
    """Return how the unit is built; None for an unknown number. Raises BadReply."""
    if len(data) < 2:
        raise BadReply("the topology block is too short")
    number = unpack(data)
    return _TOPOLOGIES.get(number >> 4) or _TOPOLOGY_TEXTS.get(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one battery string measures (IBVM); None for what it does not tell."""

    name: str
    health: float | None
    temperature: float | None
    current: float | None
    voltages: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """The battery block (5.7)."""

    status: int
    voltages: tuple[float, float] | None
    """At the two moments of the last test, where it was measured."""
    duration: int
    """Between them, seconds."""
    strings: tuple[int, ...]
    chargers: tuple[int, ...]
    rows: tuple[Row | None, ...]


def battery(data: bytes) -> Battery:
    """Decode the battery block, which may end anywhere behind its 18 fixed bytes.

    Raises BadReply where even those are not there.
    """
    if len(data) < 18:
        raise BadReply("the battery block is too short")
    reader = _Reader(data)
    status = reader.byte()
    first, second = reader.number(), reader.number()
    duration = reader.byte()
    reader.take(8)  # the input's voltage and current, or the battery's two currents
    strings = reader.take(reader.byte())
    chargers = reader.take(reader.byte())
    return Battery(
        status=status,
        voltages=(first, second) if first and second else None,
        duration=duration,
        strings=tuple(strings),
        chargers=tuple(chargers),
        rows=tuple(_rows(reader)),
    )


def _rows(reader: _Reader) -> Iterator[Row | None]:
    for _ in range(reader.byte()):
        if reader.is_over():
            return
        data = reader.take(reader.byte())
        if len(data) < 2:
            yield None
            continue
        row = _Reader(data[2:])
        has_values = len(data) > 2
        # a string that is not there may have zeros in all fields, which no real one measures
        health, temperature = row.byte(), row.byte()
        current = row.number()
        volts = [row.number() for _ in range(row.byte())] if has_values else []
        is_real = bool(has_values and (health or any(volts)))
        yield Row(
            name=text(data[:2]),
            health=health if is_real else None,
            temperature=temperature if is_real and temperature else None,
            current=current if is_real else None,
            voltages=tuple(each for each in volts if each),
        )


TEST_RESULTS = {
    0: TestResult.NONE,
    1: TestResult.IN_PROGRESS,
    2: TestResult.PASSED,
    3: TestResult.ABORTED,
    4: TestResult.ERROR,
    5: TestResult.SCHEDULED,
}
STRING_STATUSES = {
    0: "not tested",
    1: "being tested",
    2: "passed",
    3: "test aborted",
    4: "failed",
    5: "test scheduled",
    6: "removed",
    7: "not installed",
}
BAD_STRING = 4
CHARGERS = {
    1: ChargerStatus.CHARGING,
    2: ChargerStatus.DISCHARGING,
    3: ChargerStatus.FLOATING,
    4: ChargerStatus.RESTING,
    5: ChargerStatus.UNKNOWN,
}
# of several modules the worst result counts, but one that still runs before all (5.8)
_WORST_FIRST = (1, 4, 3, 2, 0)


def system_test(data: bytes) -> TestResult | None:
    """Return how the last system test ended in all modules; None without any. Raises BadReply."""
    if len(data) < 2:
        raise BadReply("the block of test results is too short")
    count, size = data[0], data[1]
    if not size:
        return None
    results = {data[at] for at in range(2, min(2 + count * size, len(data)), size)}
    worst = next((each for each in _WORST_FIRST if each in results), None)
    return None if worst is None else TEST_RESULTS[worst]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One entry of the outlet block (5.5.2); delays in seconds, -1 = never."""

    number: int
    state: int
    auto_off: int
    auto_on: int

    @property
    def is_on(self) -> bool | None:
        """Whether it has power; None where the unit does not know."""
        return True if self.state in {1, 3, 7} else False if self.state in {2, 4, 8} else None

    @property
    def fault(self) -> str | None:
        """What is wrong with it."""
        return {7: "failed closed", 8: "failed open"}.get(self.state)


def outlets(data: bytes) -> tuple[Outlet, ...]:
    """Decode the outlet block; one outlet of the bare size is a dummy and none (card 2.4).

    Raises BadReply where the entries are not there.
    """
    if len(data) < 2:
        raise BadReply("the outlet block is too short")
    count, size = data[0], data[1]
    if size < 6:
        raise BadReply(f"an outlet's entry cannot have {size} bytes")
    if len(data) < 2 + count * size:
        raise BadReply(f"the outlet block ends before its {count} entries")
    if count < 2:
        return ()
    entries = (data[2 + index * size :] for index in range(count))
    return tuple(
        Outlet(
            number=entry[0],
            state=entry[1],
            auto_off=_signed(unpack(entry, 2)),
            auto_on=_signed(unpack(entry, 4)),
        )
        for entry in entries
    )


def _signed(number: int) -> int:
    return number - 0x10000 if number > 0x7FFF else number


def command_list(data: bytes) -> frozenset[int]:
    """Return the commands that the unit lists; some list more or fewer than they count (5.1.1).

    Raises BadReply for a list that is empty.
    """
    if len(data) < 3 or not data[1]:
        raise BadReply("the command list is empty")
    return frozenset(data[2 :: data[1]])


def packed_date(data: bytes) -> tuple[int, int, int] | None:
    """Return year, month and day of FCC YY MM DD; a day of the year has month 0.

    None where it is all zeros. Raises BadReply for digits that are none.
    """
    if not any(data):
        return None
    century, year, month, day = (digits(byte) for byte in bytes((data[0] & 0x7F,)) + data[1:4])
    if data[0] & 0x80:
        return century * 100 + year, month, day
    return century * 100 + year, 0, month * 100 + day
