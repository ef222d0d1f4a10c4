"""What one kind of simulated XCP unit has: maps, blocks, commands, outlets, batteries."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Strings:
    """The battery block's tables (document, 5.7).

    Attributes:
        statuses: Of each string; 2 = passed, 6 = removed, 7 = not installed.
        abm: How many ABM statuses there are; 0 = none.
        rows: The length that each IBVM row has: 25 = four batteries, 2 = the ID alone, 0.
    """

    statuses: tuple[int, ...] = ()
    abm: int = 1
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One kind of unit.

    Attributes:
        name: The dialect's name.
        message: The descriptive message of the ID block.
        cpus: (major, minor) of each CPU, packed decimal.
        kva: The rating byte; 0 = the rating stands in VA/50.
        va: The rating, VA.
        phases: Of the output.
        meters: Meter number → map byte.
        meter_map: Length of the meter map, 0 = as long as it must be.
        alarms: The numbers whose map bits are set.
        statistics: Statistic number → map byte.
        id_end: After what the ID block ends: alarms, config, statistics, or nothing (all).
        config: Length of the configuration block, 0 = none.
        machine: Machine type.
        number: Model number.
        status_mask, breaker_mask: Bytes 16 and 17 of the configuration block.
        status_length: Of the status block of the whole unit.
        noise: What unmasked bits of status byte 2 are.
        limits: Length of the extended limits, 0 = none, 31 = without the table.
        version: Two characters of the revision.
        parameters: Numbers of the table behind the extended limits.
        writable: What ``95 FF`` lists, None = the command does not exist.
        topology: Its number, None = no block.
        online: Double conversion.
        commands: The command list, None = no list.
        outlets: How many there are.
        outlet_size: Bytes of each entry of the outlet block.
        first_outlet: The number of the first.
        bogus_outlet: The block of a unit without outlets that has one all the same.
        strings: The battery block, None = no block.
        strategies: What ``9A FF`` lists.
        tests: What ``B2 FF`` lists.
        packet: Data bytes of a packet.
        answers_modes: Obeys A0 and A1.
        auth_for_modes: Wants an authorisation before them.
        acknowledges: Has the ACK block.
        auth_pause: Seconds it wants between authorisation and command.
        julian: Shows its date as the day of the year.
        power: Attributes of ``Power`` it differs in.
    """

    name: str
    message: str
    cpus: tuple[tuple[int, int], ...] = ((0x03, 0x17), (0x01, 0x00))
    kva: int = 0
    va: int = 1500
    phases: int = 1
    meters: Mapping[int, int]
    meter_map: int = 0
    alarms: frozenset[int]
    statistics: Mapping[int, int] = field(default_factory=dict)
    id_end: str = ""
    config: int = 88
    machine: int = 0
    number: int = 0
    status_mask: int = 0xFF
    breaker_mask: int = 0
    status_length: int = 20
    noise: int = 0
    limits: int = 31
    version: str = " C"
    parameters: tuple[int, ...] = ()
    writable: tuple[int, ...] | None = None
    topology: int | None = None
    online: bool = False
    commands: tuple[int, ...] | None = None
    outlets: int = 0
    outlet_size: int = 6
    first_outlet: int = 1
    bogus_outlet: bool = False
    strings: Strings | None = field(default_factory=Strings)
    strategies: tuple[int, ...] = ()
    tests: tuple[int, ...] = ()
    packet: int = 121
    answers_modes: bool = True
    auth_for_modes: bool = False
    acknowledges: bool = True
    auth_pause: float = 0.2
    julian: bool = False
    power: Mapping[str, bool | float] = field(default_factory=dict)

    def knows(self, code: int) -> bool:
        """Tell whether the unit has a command; without a list those of the oldest revisions."""
        if self.commands is not None:
            return code in self.commands
        return code in _ALWAYS or code in self._old_ones()

    def _old_ones(self) -> set[int]:
        old = {0x36, 0x91, 0x93} if self.config else set()
        if self.strings is not None:
            old |= {0x3B, 0xB1}
        if self.limits:
            old |= {0x3C, 0x95}
        if self.statistics:
            old.add(0x38)
        return old


# those of revisions E and K
_ALWAYS = frozenset({0x31, 0x33, 0x34, 0x35, 0x88, 0x89, 0x8A, 0x8B, 0xA0, 0xA1, 0xCF})
