"""The standard names: every name users see is known, and the table holds together."""

from enum import StrEnum
import math
from pathlib import Path
import re
from string import Formatter

from hypothesis import given, strategies as st
import pytest

from custom_components.ups_protocols.ups import names
from custom_components.ups_protocols.ups.names import (
    _COMMANDS,
    _ROWS,
    COMMANDS,
    VARIABLES,
    Quantity,
    Role,
    parse,
    parse_command,
    plausible,
)

SEEN = Path("/work/shared/variables-seen.md")

# Names in the dumps of NUT's users that stay outside the namespace, and why.
OUTSIDE = {
    **dict.fromkeys(
        (
            "ambient.N.humidity.alarm.high",
            "ambient.N.humidity.alarm.low",
            "ambient.N.temperature.alarm.high",
            "ambient.N.temperature.alarm.low",
            "ambient.humidity.alarm.maximum",
            "ambient.humidity.alarm.minimum",
            "ambient.temperature.alarm.maximum",
            "ambient.temperature.alarm.minimum",
        ),
        "old form of ambient.*.high and ambient.*.low",
    ),
    "battery.chemistry": "old form of battery.type",
    "battery.delay.shutdown": "one driver's own form of ups.delay.shutdown",
    "battery.lowbatt": "old form of battery.charge.low",
    "battery.test.status": "old form of ups.test.result",
    "beeper.status": "old form of ups.beeper.status",
    "input.voltage.minimim": "a slip of one driver for input.voltage.minimum",
    "ups.beeper.enable": "old form of ups.beeper.status",
    "ups.delay.restart": "old form of ups.delay.start",
    "ups.description": "old form of device.description",
    "ups.devicechemistry": "old form of battery.type",
    "ups.firmware.old": "one driver's own",
    "ups.load.nominal": "one driver's own, ups.load.high",
    "ups.mfg": "old form of ups.mfr",
    "ups.model.aux": "one driver's own",
    "ups.model.type": "one driver's own",
    "ups.product": "old form of ups.model",
    "ups.runtime": "old form of battery.runtime",
    "ups.serial.internal": "one driver's own",
    "ups.timer.restart": "old form of ups.timer.start",
    "ups.upspower.nominal": "old form of ups.power.nominal",
    "ups.vendor": "old form of ups.mfr",
    "ups.voltage.nominal": "old form of output.voltage.nominal",
    "vendor.specific.abmstatus": "old form of battery.charger.status",
    **{
        f"ups.L{phase}.{value}": f"old form of output.L{phase}.*"
        for phase in (1, 2, 3)
        for value in ("load", "power", "realpower")
    },
}
OUTSIDE_COMMANDS = {
    "shutdown.return.grace": "one driver's own form of shutdown.return",
}


def seen(first_column: str) -> set[str]:
    """Return the first column of every table of the dumps that is headed so, N read as 1."""
    if not SEEN.exists():
        pytest.skip(f"{SEEN} is not here")
    found: set[str] = set()
    heading = ""
    for line in SEEN.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 3:
            heading = ""
        elif not heading:
            heading = cells[1]
        elif heading == first_column and not cells[1].startswith("-"):
            found.add(cells[1])
    return found


def numbered(name: str) -> str:
    """Return a name of the dumps, which write N for a folded number, as a device would."""
    return name.replace(".N.", ".1.")


def test_names_users_see() -> None:
    """Every variable in the dumps is known, but for the list above, which holds nothing else."""
    variables = seen("variable") | seen("writable variable")
    assert len(variables) > 200
    unknown = {name for name in variables if parse(numbered(name)) is None}
    assert unknown == set(OUTSIDE)


def test_commands_users_see() -> None:
    """Every command in the dumps is known, but for the list above."""
    commands = seen("command")
    assert len(commands) > 20
    unknown = {name for name in commands if parse_command(numbered(name)) is None}
    assert unknown == set(OUTSIDE_COMMANDS)


def test_templates_are_unique() -> None:
    """No row hides another, and a row is found under its own template."""
    assert len(VARIABLES) == len(_ROWS)
    assert all(template == row.template for template, row in VARIABLES.items())
    assert len(COMMANDS) == len(_COMMANDS)
    assert all(template == row.template for template, row in COMMANDS.items())


def test_size() -> None:
    """The whole namespace is there: families are what is left without phases and numbers."""
    context = re.compile(r"\.(group\.)?(L?\{\w+\}(-N|-L\{to\})?|N)(?=\.)")
    families = {context.sub("", template) for template in VARIABLES}
    assert 200 <= len(families) < 500
    assert 45 <= len(COMMANDS) < 80


NOT_NUMBERS = {Quantity.DATE, Quantity.TIME, Quantity.WORD, Quantity.TEXT, Quantity.SWITCH}
NO_UNIT = NOT_NUMBERS | {Quantity.COUNT, Quantity.POWER_FACTOR}


def test_limits_are_ordered() -> None:
    """Every number has two limits in order, everything else none."""
    for row in VARIABLES.values():
        if row.quantity in NOT_NUMBERS:
            assert (row.minimum, row.maximum) == (None, None), row
        else:
            assert row.minimum is not None, row
            assert row.maximum is not None, row
            assert row.minimum < row.maximum, row


def test_columns_agree() -> None:
    """Units belong to numbers, words to closed words; a meaning is one sentence."""
    for row in VARIABLES.values():
        assert bool(row.unit) == (row.quantity not in NO_UNIT), row
        assert (row.words is not None) == (row.quantity is Quantity.WORD), row
        assert re.fullmatch(r"[A-Z][^\n]{5,}[^.]\.", row.meaning), row
        assert not row.note or row.note.endswith("."), row
    for command in COMMANDS.values():
        assert re.fullmatch(r"[A-Z][^\n]{5,}[^.]\.", command.meaning), command


def test_every_word_list_has_words() -> None:
    """The closed words are there, and each list is used by some variable."""
    lists = {
        value
        for value in vars(names).values()
        if isinstance(value, type) and issubclass(value, StrEnum)
    } - {StrEnum, Quantity, Role}
    assert {row.words for row in VARIABLES.values() if row.words} == lists
    assert all(len(words) >= 2 for words in lists)


def numbers_for(template: str) -> dict[str, int]:
    """Return an index for each brace of a template."""
    fields = [field for _, field, _, _ in Formatter().parse(template) if field]
    return {field: {"phase": 3, "to": 1}.get(field, 12) for field in fields}


def test_round_trip() -> None:
    """A template with its indices filled in parses to itself and prints as it was."""
    for template, row in VARIABLES.items():
        numbers = numbers_for(template)
        name = template.format(**numbers)
        parsed = parse(name)
        assert parsed is not None, name
        assert parsed.variable is row, name
        assert dict(parsed.indices) == numbers, name
        assert str(parsed) == name


def test_round_trip_in_a_chain() -> None:
    """The same of the second unit of a daisy chain."""
    for template, row in VARIABLES.items():
        numbers = numbers_for(template)
        name = f"device.2.{template.format(**numbers).removeprefix('device.')}"
        parsed = parse(name)
        assert parsed is not None, name
        assert parsed.variable is row, name
        assert parsed.indices[0] == ("device", 2), name
        assert dict(parsed.indices) == numbers | {"device": 2}, name
        assert str(parsed) == name


def test_command_round_trip() -> None:
    """A command is found by its numbered name, alone and in a chain."""
    for template, row in COMMANDS.items():
        name = template.format(**numbers_for(template))
        assert parse_command(name) is row
        assert parse_command(f"device.2.{name}") is row


@pytest.mark.parametrize(
    ("name", "template", "indices"),
    [
        ("input.transfer.low", "input.transfer.low", ()),
        (
            "device.2.outlet.4.current",
            "outlet.{outlet}.current",
            (("device", 2), ("outlet", 4)),
        ),
        ("device.2.serial", "device.serial", (("device", 2),)),
        ("device.0.ups.serial", "ups.serial", (("device", 0),)),
        ("ambient.2.temperature", "ambient.{probe}.temperature", (("probe", 2),)),
        (
            "ambient.1.contacts.2.status",
            "ambient.{probe}.contacts.{contact}.status",
            (("probe", 1), ("contact", 2)),
        ),
        ("outlet.current", "outlet.current", ()),
        ("outlet.group.3.load", "outlet.group.{group}.load", (("group", 3),)),
        ("battery.2.voltage", "battery.{pack}.voltage", (("pack", 2),)),
        ("battery.packs", "battery.packs", ()),
        ("input.2.voltage", "input.{source}.voltage", (("source", 2),)),
        ("input.L1.current", "input.L{phase}.current", (("phase", 1),)),
        ("input.N.current", "input.N.current", ()),
        ("input.bypass.L2-N.voltage", "input.bypass.L{phase}-N.voltage", (("phase", 2),)),
        ("output.L3-L1.voltage", "output.L{phase}-L{to}.voltage", (("phase", 3), ("to", 1))),
        ("output.L2.power.percent", "output.L{phase}.power.percent", (("phase", 2),)),
    ],
)
def test_parse(name: str, template: str, indices: tuple[tuple[str, int], ...]) -> None:
    """The forms of the design, each with its indices in the order of the name."""
    parsed = parse(name)
    assert parsed is not None
    assert (parsed.variable.template, parsed.indices) == (template, indices)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "voltage",
        "input",
        "input.",
        ".input.voltage",
        "input..voltage",
        "Input.voltage",
        "input.voltage ",
        "input.voltage\n",
        "input.L4.current",
        "input.L0.current",
        "input.L1-L1.voltage",
        "input.l1.current",
        "input.L{phase}.current",
        "outlet.{outlet}.status",
        "outlet.01.status",
        "outlet.-1.status",
        "outlet.10000.status",
        "outlet.١.status",
        "outlet.x.status",
        "output.2.voltage",
        "device.2.",
        "device.2",
        "device.2.device.serial",
        "device.1.device.2.serial",
        "device.x.serial",
        "driver.name",
        "server.info",
        "load.off",
    ],
)
def test_outside(name: str) -> None:
    """What only looks like a name is none."""
    assert parse(name) is None
    assert plausible(name, math.inf)


@given(st.text())
def test_junk(text: str) -> None:
    """Any text is a name that prints as itself, or none."""
    parsed = parse.__wrapped__(text)
    assert parsed is None or str(parsed) == text
    assert parse_command.__wrapped__(text) is None or "." in text


PIECES = st.sampled_from(
    sorted({word for name in VARIABLES for word in re.split(r"[.{}-]", name)} | {"L1", "2", "007"})
)


@given(st.lists(PIECES, min_size=1, max_size=6).map(".".join))
def test_shuffled_pieces(name: str) -> None:
    """Pieces of real names in any order are a name that prints as itself, or none."""
    parsed = parse.__wrapped__(name)
    assert parsed is None or str(parsed) == name


@pytest.mark.parametrize(
    ("name", "possible", "impossible"),
    [
        ("input.voltage", (0, 230, 1000), (-1, 1000.1, 6553.5)),
        ("input.L1-L2.voltage", (400,), (4000,)),
        ("input.frequency", (0, 50, 100), (409.5,)),
        ("input.bypass.frequency", (60,), (409.5,)),
        ("battery.voltage", (2.05, 480), (-0.5, 6553.5)),
        ("battery.charge", (0, 100), (101, 345.6, -1)),
        ("battery.runtime", (0, 86400, 31_536_000), (-60, 2**31)),
        ("battery.current", (-40, 40), (65535,)),
        ("ups.load", (0, 120, 300), (301, 655)),
        ("output.L2.power.percent", (110,), (655,)),
        ("ups.temperature", (-20, 60), (-273, 204.8)),
        ("device.2.ambient.1.humidity", (0, 100), (-1, 255)),
        ("output.powerfactor", (-0.9, 1), (80,)),
        ("outlet.4.realpower", (0, 3680), (-1,)),
    ],
)
def test_plausible(name: str, possible: tuple[float, ...], impossible: tuple[float, ...]) -> None:
    """Limits include their ends and hold for every form of a name; no number is never possible."""
    assert [value for value in possible if not plausible(name, value)] == []
    assert [value for value in impossible if plausible(name, value)] == []
    assert not plausible(name, math.nan)


def test_plausible_without_limits() -> None:
    """Texts and names outside the namespace have no limits."""
    assert plausible("ups.firmware", -1)
    assert plausible("_megatec.packs", -1)
