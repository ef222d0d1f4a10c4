"""Who a unit is: serial numbers that tell units apart, and those that lie."""

import pytest

from custom_components.ups_protocols.ups.model import DeviceKind, Identity, plausible_serial


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "\0\0",
        "0",
        "7",
        "00000000",
        "0000-0000",
        "00:00:00:00",
        "FFFFFFFF",
        "ffff",
        "######",
        "********",
        "-",
        "----",
        "xxxxxxxx",
        "Blank",
        "UNKNOWN",
        "unknown ",
        "None",
        "null",
        "N/A",
        "not available",
        "Default string",
        "To be filled by O.E.M.",
        "Serial Number",
        "S/N",
        "12345",
        "123456789",
        "1234567890",
        "0123456789",
        "12345678901234567890",
        "0123456789ABCDEF",
    ],
)
def test_serial_numbers_that_lie(said: str) -> None:
    assert plausible_serial(said) is None


@pytest.mark.parametrize(
    ("said", "serial"),
    [
        ("AS0935232020", "AS0935232020"),
        (" G117J21028 \0\0", "G117J21028"),
        ("#0001", "0001"),
        ("1234", "1234"),
        ("1234567891", "1234567891"),
        ("AS1234567890", "AS1234567890"),
        ("23456", "23456"),
        ("10", "10"),
        ("9876543210", "9876543210"),
        ("Serial 7", "Serial 7"),
    ],
)
def test_serial_numbers_that_may_be_true(said: str, serial: str) -> None:
    assert plausible_serial(said) == serial


def test_one_unit_or_two() -> None:
    """What both say must agree; what one does not say cannot differ."""
    unit = Identity(manufacturer="Fake", model="One", serial="F1", firmware="1")
    assert unit.may_be(Identity(manufacturer="Fake", model="One", serial="F1", firmware="2"))
    assert unit.may_be(Identity())
    assert unit.may_be(Identity(model="One"))
    assert not unit.may_be(Identity(manufacturer="Fake", model="One", serial="F2"))
    assert not unit.may_be(Identity(manufacturer="Other", model="One", serial="F1"))
    assert not unit.may_be(Identity(model="Two", serial="F1"))
    assert not unit.may_be(Identity(kind=DeviceKind.PDU, serial="F1"))
