"""What an XUPS agent can be told: card snmp-eaton-xups.md, "Commands"."""

from ...model import Command, Danger, Parameter, Result, Setting
from ..table import Given, HostSide, Look, Order, Put

_SHUTDOWN_DELAY, _START_DELAY = "ups.delay.shutdown", "ups.delay.start"
_LONGEST = 86400
_CUTS = Danger.CUTS_POWER


def _delay(default: float, *, minimum: float = 0, setting: str | None = None) -> Parameter:
    return Parameter(
        name="delay", minimum=minimum, maximum=_LONGEST, step=1, default=default, setting=setting
    )


def _test(name: str, test: int, danger: Danger = Danger.HARMLESS) -> Order:
    """Describe a test: of one that it cannot do a UPS says so later, not to the SET."""
    return Order(
        command=Command(name=name, danger=danger),
        steps=((Put("8.1", test),),),
        result=Result.SENT,
    )


ORDERS: tuple[Order, ...] = (
    # 0 would call off what counts down, so the soonest is 1
    Order(command=Command(name="load.off", danger=_CUTS), steps=((Put("9.1", 1),),)),
    Order(
        command=Command(
            name="load.off.delay",
            danger=_CUTS,
            parameters=(_delay(20, minimum=1, setting=_SHUTDOWN_DELAY),),
        ),
        steps=((Put("9.1", Given("delay")),),),
    ),
    Order(command=Command(name="load.on"), steps=((Put("9.2", 1),),)),
    Order(
        command=Command(
            name="load.on.delay", parameters=(_delay(20, minimum=1, setting=_START_DELAY),)
        ),
        steps=((Put("9.2", Given("delay")),),),
    ),
    # it cannot call off a shutdown.return
    Order(command=Command(name="shutdown.stop"), steps=((Put("9.1", 0),),)),
    Order(
        command=Command(
            name="shutdown.return",
            danger=_CUTS,
            parameters=(_delay(20, minimum=1, setting=_SHUTDOWN_DELAY),),
        ),
        steps=((Put("9.6", Given("delay")),),),
    ),
    Order(
        # where the bypass is not available, the load loses its power
        command=Command(name="bypass.start", danger=_CUTS, parameters=(_delay(1, minimum=1),)),
        steps=((Put("9.5", Given("delay")),),),
    ),
    _test("test.battery.start.quick", 1, Danger.USES_BATTERY),
    _test("test.system.start", 3, Danger.USES_BATTERY),
    _test("test.panel.start", 5),
    _test("test.battery.stop", 6),
    Order(
        command=Command(name="outlet.{outlet}.load.off", danger=_CUTS, parameters=(_delay(0),)),
        steps=((Put("12.2.1.3", Given("delay")),),),
        needs="12.2.1.2",
    ),
    Order(
        command=Command(name="outlet.{outlet}.load.on", parameters=(_delay(0),)),
        steps=((Put("12.2.1.4", Given("delay")),),),
        needs="12.2.1.2",
    ),
    Order(
        command=Command(name="outlet.{outlet}.load.cycle", danger=_CUTS, parameters=(_delay(0),)),
        steps=((Put("12.2.1.7", Given("delay")),),),
        needs="12.2.1.2",
    ),
)
HOST_SIDE = tuple(
    HostSide(Setting(name=name, minimum=1, maximum=_LONGEST, host_side=True), default=20)
    for name in (_SHUTDOWN_DELAY, _START_DELAY)
)

_CONTROL = ("load.", "shutdown.", "bypass.", "outlet.")


def obeys(command: str, look: Look) -> bool:
    """Tell whether the UPS lets itself be controlled: xupsSwitchable counts for every way."""
    return look.number("9.7") != 2 or not command.startswith(_CONTROL)
