"""What the tables can say: a made-up MIB with everything in it, beside RFC 1628 on one card."""

from typing import Any
from unittest.mock import patch

import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from .snmp import learned, opened
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported, UpsGone
from custom_components.ups_protocols.ups.mibs import identify
from custom_components.ups_protocols.ups.mibs.reader import family
from custom_components.ups_protocols.ups.mibs.status import judge
from custom_components.ups_protocols.ups.mibs.table import (
    At,
    Given,
    Mib,
    Order,
    Put,
    Role,
    Special,
    Table,
    Total,
    When,
    Write,
    bits,
    chars,
    enum,
    first,
    last,
    named,
    number,
    oid,
    parts,
    sign,
    text,
)
from custom_components.ups_protocols.ups.mibs.totals import total
from custom_components.ups_protocols.ups.mibs.values import as_number, as_text
from custom_components.ups_protocols.ups.model import (
    Alarm,
    Command,
    Danger,
    DeviceKind,
    Identity,
    Parameter,
    PartKind,
    SettingKind,
    StatusFlag,
)
from tests.simulators.snmp import Kind, Object, Rfc1628Agent

ROOT = "E.99999.1"
ON, OFF = "on", "off"
ON_LINE = StatusFlag.ON_LINE


def _swap(value: object) -> bytes:
    if str(value) == "never":
        raise Unsupported("never")
    return str(value)[::-1].encode()


MIB = Mib(
    id="made-up",
    title="A made-up MIB",
    root=ROOT,
    manufacturer="Nobody",
    borrows=frozenset({StatusFlag.REPLACE_BATTERY}),
    absent=frozenset({-1}),
    tables=(
        Table(
            rows=(
                text("1.1", "device.model"),
                enum("2.1", {1: StatusFlag.ON_LINE, 2: StatusFlag.ON_BATTERY}, role=Role.POWER),
                bits("2.2", {0: StatusFlag.OVERLOADED, ~1: Alarm("fan off")}),
                chars("2.3", {2: StatusFlag.CHARGING, -6: Special.STALE}),
                sign("2.4", lambda value, look: Alarm(f"said {as_text(value)}")),
                # the better object first
                number("3.1", "battery.voltage", scale=0.1),
                number("3.2", "battery.voltage"),
                number("3.3", "battery.temperature", convert=lambda value, look, _: value - 40),
                number("4.1", role=Role.COUNT, when=When.STATUS),
                text(
                    "5.1",
                    "ups.test.date",
                    convert=lambda value, look, _: value[::-1],
                    write=Write(kind=SettingKind.TEXT, encode=_swap),
                ),
            ),
        ),
        # phases named by a column that holds OIDs
        Table(
            index=named("6.1", {(1, 3, 1): {"where": "input"}, (1, 3, 2): {"where": "output"}}),
            rows=(number("6.2", "{where}.voltage"),),
        ),
        # outlets of two chained units; the first counts from 0
        Table(
            index=parts("unit", "outlet", start={"unit": 0}),
            probe="4.1",
            rows=(
                enum("7.1", {0: OFF, 1: ON}, "outlet.{outlet}.status"),
                text("7.2", "outlet.{outlet}.name", write=Write(kind=SettingKind.TEXT, length=8)),
                number("7.3", "outlet.{outlet}.current", scale=0.001),
                enum(
                    "7.4",
                    {1: "yes", 2: "no"},
                    "outlet.{outlet}.switchable",
                    write=Write(kind=SettingKind.SWITCH),
                ),
            ),
        ),
        Table(
            index=parts("unit", start={"unit": 0}),
            rows=(text("8.1", "device.serial"), number("8.2", "ups.temperature")),
        ),
        Table(
            index=first("probe"),
            is_alive=lambda look, instance: look.number("9.1", instance) == 1,
            rows=(
                number("9.1"),
                number("9.2", "ambient.{probe}.temperature"),
                text("9.3", "ambient.{probe}.serial"),
            ),
        ),
        Table(
            index=last("phase"),
            phases="",
            rows=(number("10.1", "input.current", "input.L{phase}.current", total=Total.MEAN),),
        ),
        Table(probe="77.1", rows=(number("2.1", "ups.load"),)),
    ),
    orders=(
        Order(
            command=Command(name="outlet.{outlet}.load.off", danger=Danger.CUTS_POWER),
            steps=((Put("7.1", 0),),),
        ),
        Order(
            # a worse way to say the same
            command=Command(name="outlet.{outlet}.load.off"),
            steps=((Put("7.9", 9),),),
            needs="7.1",
        ),
        Order(
            # select, then fire
            command=Command(
                name="outlet.{outlet}.load.cycle",
                parameters=(Parameter(name="delay", minimum=0, maximum=100, step=5, default=10),),
            ),
            steps=((Put("11.1.0", At("outlet")),), (Put("11.2.0", Given("delay", 5)),)),
            needs="7.1",
        ),
        Order(command=Command(name="load.off"), steps=((Put("8.2", 1),),)),
        Order(command=Command(name="load.on"), steps=((Put("12.1", 1),),)),
    ),
)


class Card(Rfc1628Agent):
    """A card with both MIBs."""

    def __init__(self) -> None:
        super().__init__(object_id="E.99999.1")
        integer, octets = Kind.INTEGER, Kind.OCTETS
        self.sent: list[tuple[str, object]] = []
        self.state = {(0, 1): 1, (0, 2): 1, (1, 1): 0}
        self.values: dict[str, Any] = {
            "2.1.0": 1, "2.2.0": 2, "2.3.0": "000001", "2.4.0": "hello", "3.1.0": -1, "3.2.0": 54,
            "3.3.0": 65, "4.1.0": 3,
        }  # fmt: skip
        self.tree.add(ROOT, (("1.1.0", octets, "Card"), ("5.1.0", octets, "cba")))
        for where in self.values:
            kind = octets if where in {"2.3.0", "2.4.0"} else integer
            self.tree.add(ROOT, ((where, kind, lambda where=where: self.values[where]),))
        self.tree[f"{ROOT}.5.1.0"].put = self.keep("5.1.0")
        for row, (side, volts) in enumerate(((oid("1.3.1"), 230), (oid("1.3.2"), 228)), 4):
            self.tree.add(ROOT, ((f"6.1.{row}", Kind.OID, side), (f"6.2.{row}", integer, volts)))
        self.tree.add(ROOT, (("6.1.9", Kind.OID, oid("1.3.9")), ("6.2.9", integer, 1)))
        for unit, outlet in self.state:
            self.add_outlet(unit, outlet)
        for unit in (0, 1):
            self.tree.add(
                ROOT, ((f"8.1.{unit}", octets, f"SN{unit}"), (f"8.2.{unit}", integer, 30 + unit))
            )
            self.tree[f"{ROOT}.8.2.{unit}"].put = self.keep(f"8.2.{unit}")
        for probe, alive in ((1, 1), (2, 0)):
            self.tree.add(
                ROOT,
                (
                    (f"9.1.{probe}.0", integer, alive),
                    (f"9.2.{probe}.0", integer, 20 + probe),
                    (f"9.3.{probe}.0", octets, f"P{probe}"),
                ),
            )
        for phase in (1, 2, 3):
            self.tree.add(ROOT, ((f"10.1.1.1.{phase}", integer, phase),))
        for where in ("11.1.0", "11.2.0"):
            self.tree[f"{ROOT}.{where}"] = Object(integer, 0, self.keep(where))

    def add_outlet(self, unit: int, outlet: int) -> None:
        where = f"{unit}.{outlet}"
        self.tree.add(
            ROOT,
            (
                (f"7.1.{where}", Kind.INTEGER, lambda: self.state[unit, outlet]),
                (f"7.2.{where}", Kind.OCTETS, f"outlet {where}"),
                (f"7.3.{where}", Kind.INTEGER, 1500),
                (f"7.4.{where}", Kind.INTEGER, 1),
            ),
        )

        def switch(value: Any) -> None:
            self.state[unit, outlet] = value

        self.tree[f"{ROOT}.7.1.{where}"].put = switch
        self.tree[f"{ROOT}.7.4.{where}"].put = self.keep(f"7.4.{where}")

    def keep(self, where: str) -> Any:
        def put(value: Any) -> None:
            self.sent.append((where, value))
            self.tree[f"{ROOT}.{where}"].get = value

        return put


@pytest.fixture(autouse=True)
def _card() -> Any:
    enable_socket()
    socket_allow_hosts(["127.0.0.1"])

    async def load(mib: str) -> Mib:
        return MIB if mib == MIB.id else await real(mib)

    real = identify.load_mib
    with (
        patch.dict(identify.MODULES, {MIB.id: "made_up"}),
        patch.dict(identify.PROBES, {MIB.id: (f"{ROOT}.2.1.0",)}),
        patch.dict(identify._PREFIXES, {oid(ROOT): identify.Known(ROOT, (MIB.id,))}),
        patch.object(identify, "existing", lambda: {MIB.id, "rfc1628"}),
        patch("custom_components.ups_protocols.ups.protocols.snmp.load_mib", load),
    ):
        yield


async def test_values() -> None:
    """Places, preferences, and the gaps that RFC 1628 fills."""
    async with opened(Card()) as unit:
        assert unit.driver.mibs == ("made-up", "rfc1628", "system")
        variables = (await unit.driver.read()).variables
        expected = {
            "device.model": "Card",
            # the maker of RFC 1628 fills the gap, its model does not contradict
            "device.mfr": "Simulated Power",
            # 3.1 has none at present
            "battery.voltage": 54,
            "battery.temperature": 25,
            "ups.test.date": "abc",
            "input.voltage": 230,
            "output.voltage": 228,
            "outlet.1.status": "on",
            "outlet.2.name": "outlet 0.2",
            "device.2.outlet.1.status": "off",
            "device.2.outlet.1.current": 1.5,
            "device.serial": "SN0",
            "device.2.serial": "SN1",
            "ups.temperature": 30,
            "device.2.ups.temperature": 31,
            "ambient.1.temperature": 21,
            "input.L2.current": 2,
            "input.current": 2,
            "battery.charge": 100,
        }
        assert {name: variables.get(name) for name in expected} == expected
        assert "ambient.2.temperature" not in variables
        assert "ups.load" in variables  # of RFC 1628: the table with the probe is not there
        assert unit.identity == Identity(
            manufacturer="Simulated Power", model="Card", serial="SN0", firmware="1.2.3"
        )


async def test_parts() -> None:
    """Outlets, phases, the chained unit and the probe, those with serials as devices."""
    async with opened(Card()) as unit:
        found = {(part.kind, part.index): part.identity for part in unit.driver.parts}
        assert set(found) == {
            (PartKind.OUTLET, 1),
            (PartKind.OUTLET, 2),
            (PartKind.UNIT, 2),
            (PartKind.PROBE, 1),
            *((PartKind.PHASE, phase) for phase in (1, 2, 3)),
        }
        assert found[PartKind.UNIT, 2] == Identity(serial="SN1")
        probe = found[PartKind.PROBE, 1]
        assert probe is not None
        assert probe.serial == "P1"


async def test_status() -> None:
    """The maker's word counts; RFC 1628 lends only what the maker cannot tell."""
    card = Card()
    async with opened(card) as unit:
        status = await unit.driver.read_status()
        assert status.flags == {StatusFlag.ON_LINE}
        assert [alarm.text for alarm in status.alarms] == ["said hello"]
        card.values |= {"2.1.0": 2, "2.2.0": 1, "2.3.0": "010001"}
        card.replace_battery = card.power.failed = True
        status = await unit.driver.read_status()
        assert status.flags == {
            StatusFlag.ON_BATTERY,
            StatusFlag.OVERLOADED,
            StatusFlag.CHARGING,
            StatusFlag.REPLACE_BATTERY,
        }
        assert status.flags <= unit.driver.flags
        assert [alarm.text for alarm in status.alarms] == ["fan off", "said hello"]
        card.values["2.3.0"] = "010000"
        with pytest.raises(UpsGone):
            await unit.driver.read_status()


@pytest.mark.parametrize(
    ("bits_", "word", "flags"),
    [
        (0b100, 1, {ON_LINE, StatusFlag.OVERLOADED}),
        (0b110, 1, {StatusFlag.OFF, StatusFlag.OVERLOADED}),
        # the word loses, what else it says stands
        (0b110, 2, {StatusFlag.OFF, StatusFlag.OVERLOADED, StatusFlag.ECO}),
        (0b000, 2, {StatusFlag.BYPASS, StatusFlag.ECO}),
        (0b100, 0, {StatusFlag.OVERLOADED}),
    ],
)
async def test_only_power_decides_which_power_object_counts(
    bits_: int, word: int, flags: set[StatusFlag]
) -> None:
    """Of the objects that tell the power the first with a state of it counts; the rest adds."""
    two = Mib(
        id="two",
        title="Two power objects",
        root=ROOT,
        tables=(
            Table(
                rows=(
                    bits("1.1", {1: StatusFlag.OFF, 2: StatusFlag.OVERLOADED}, role=Role.POWER),
                    enum(
                        "1.2",
                        {1: ON_LINE, 2: (StatusFlag.BYPASS, StatusFlag.ECO)},
                        role=Role.POWER,
                    ),
                )
            ),
        ),
    )
    reader = await learned(two, {oid(f"{ROOT}.1.1.0"): bits_, oid(f"{ROOT}.1.2.0"): word})
    assert judge(reader.signs()).flags == flags


async def test_new_rows() -> None:
    """When the number of rows changes, the instances are found anew with the next full read."""
    card = Card()
    async with opened(card) as unit:
        await unit.driver.read()
        card.state[0, 3] = 1
        card.add_outlet(0, 3)
        card.values["4.1.0"] = 4
        await unit.driver.read()
        assert (await unit.driver.read()).variables["outlet.3.status"] == "on"
        assert (PartKind.OUTLET, 3) in {(part.kind, part.index) for part in unit.driver.parts}


async def test_commands_of_parts() -> None:
    """One for each outlet of each unit; select and fire; the first way to say it counts."""
    card = Card()
    async with opened(card) as unit:
        driver = unit.driver
        assert {name for name in driver.commands if name.endswith("load.off")} == {
            "outlet.1.load.off",
            "outlet.2.load.off",
            "device.2.outlet.1.load.off",
            "load.off",
            "device.2.load.off",
        }
        assert driver.commands["outlet.2.load.off"].danger is Danger.CUTS_POWER
        await driver.run("outlet.2.load.off")
        assert card.state[0, 2] == 0
        outcome = await driver.run("device.2.outlet.1.load.cycle", delay=13)
        assert card.sent == [("11.1.0", 1), ("11.2.0", 2)]
        assert outcome.parameters == {"delay": 10}
        await driver.run("device.2.load.off")
        assert card.sent[-1] == ("8.2.1", 1)
        # RFC 1628 fills this gap: the made-up MIB's own object is not there
        await driver.run("load.on")
        assert card.writes[-1] == ("upsStartupAfterDelay", 0)


async def test_settings_of_parts() -> None:
    """Switches, texts, own encodings; what the card refuses."""
    card = Card()
    async with opened(card) as unit:
        driver = unit.driver
        assert driver.settings["outlet.1.switchable"].options == ("yes", "no")
        assert await driver.write("device.2.outlet.1.switchable", "no") == "no"
        assert card.sent == [("7.4.1.1", 2)]
        assert await driver.write("ups.test.date", "xyz") == "xyz"
        assert card.sent[-1] == ("5.1.0", b"zyx")
        with pytest.raises(Unsupported):
            await driver.write("ups.test.date", "never")
        with pytest.raises(Unsupported, match="8 characters"):
            await driver.write("outlet.1.name", "much too long")
        with pytest.raises(Rejected):
            await driver.write("outlet.1.name", "short")


async def test_a_pdu_has_no_mains() -> None:
    """What a PDU answers of a UPS MIB is not its own."""
    pdu = Mib(
        id=MIB.id,
        title="PDU",
        root=ROOT,
        kind=DeviceKind.PDU,
        tables=(Table(rows=(text("1.1", "device.model"),)),),
    )

    async def load(mib: str) -> Mib:
        return pdu if mib == MIB.id else await identify.load_mib(mib)

    with patch("custom_components.ups_protocols.ups.protocols.snmp.load_mib", load):
        async with opened(Card()) as unit:
            assert unit.identity.kind is DeviceKind.PDU
            assert unit.driver.mibs == ("made-up", "system")
            status = (await unit.driver.read()).status
            assert (status.flags, status.mains) == (frozenset(), None)


async def test_learning_what_it_is() -> None:
    """Facts scale, say the kind, or refuse."""
    cooling = Mib(
        id=MIB.id,
        title="Cooling",
        root=ROOT,
        tables=MIB.tables,
        learn=lambda look: (_ for _ in ()).throw(Unsupported("a cooling unit")),
    )
    ats = Mib(
        id=MIB.id,
        title="ATS",
        root=ROOT,
        tables=(Table(rows=(number("3.2", "output.voltage", scale_fact="volts"),)),),
        learn=lambda look: {"kind": "ats", "volts": 0.1 if look.number("3.2") == 54 else 1},
    )
    for mib in (cooling, ats):

        async def load(name: str, mib: Mib = mib) -> Mib:
            return mib if name == MIB.id else await identify.load_mib(name)

        with patch("custom_components.ups_protocols.ups.protocols.snmp.load_mib", load):
            if mib is cooling:
                with pytest.raises(Unsupported, match="cooling"):
                    async with opened(Card()):
                        pass
                continue
            async with opened(Card()) as unit:
                assert unit.identity.kind is DeviceKind.ATS
                assert (await unit.driver.read()).variables["output.voltage"] == 5.4


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (5, 5),
        (4294967295, None),
        (2147483647, None),
        (b"230", 230),
        (b" 80.9 %\0", 80.9),
        (b"-12 V", -12),
        (b"12:30", None),
        (b"1.2.3", None),
        (b"", None),
        (b"OK", None),
        ((1, 3), None),
        (None, None),
    ],
)
def test_numbers(raw: Any, wanted: float | None) -> None:
    """Of any type; digits in octets, with a unit behind them."""
    assert as_number(raw) == wanted


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"  APC \0\0", "APC"),
        ("Müller".encode(), "Müller"),
        ("Müller".encode("latin-1"), "Müller"),
        (b"FP: 0.13  INV: 1.29", "FP: 0.13  INV: 1.29"),
        (b"notsupported ", None),
        (b"UNKNOWN", None),
        (b"a\r\nb", "a  b"),
        (7, "7"),
        ((1, 3), None),
    ],
)
def test_texts(raw: Any, wanted: str | None) -> None:
    """UTF-8 or Latin-1, padding off."""
    assert as_text(raw) == wanted


def test_totals_and_families() -> None:
    """What phases make together, and what they are phases of."""
    assert [total(way, [1, 2, 6]) for way in Total] == [9, 6, 3, 1]
    assert {family(f"input.{line}.voltage") for line in ("L1", "L2-N", "L3-L1")} == {
        "input.voltage"
    }
    assert family("outlet.1.voltage") == "outlet.1.voltage"


@pytest.mark.parametrize("bad", ["", "1..2", "x", "1.2."])
def test_bad_oids(bad: str) -> None:
    """A table's text that is no OID is found when the module is loaded."""
    with pytest.raises(ValueError):
        oid(bad)
