"""The variables of a unit that can be written, their ranges, and what is written."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from ..errors import Unsupported
from ..links.base import ReportKind
from ..model import Setting, SettingKind, Value
from .decoder import Decoder, Point
from .shapes import Choice, Number, as_number, number_setting

# a mains limit further from the nominal voltage than this would never, or always, be passed
_LOWEST_TRANSFER, _HIGHEST_TRANSFER = 0.5, 1.5


def settings_of(decoder: Decoder, variables: Mapping[str, Value]) -> dict[str, Setting]:
    """Return the settings of a unit: Data in the descriptor, and readable now.

    What cannot be read cannot be confirmed (card usb-hid-power-device, §F(7)).
    """
    settings: dict[str, Setting] = {}
    for name, point in decoder.points.items():
        if not point.writable or not point.field.writable:
            continue
        if point.field.kind is not ReportKind.FEATURE or point.field.selector is not None:
            continue
        shape = point.shape
        if isinstance(shape, Number):
            if name not in variables:
                continue
            shape = replace(shape, factor=decoder.doubts.factor(name))
        setting = shape.setting(name, point.field)
        if setting is not None and isinstance(shape, Choice):
            setting = _like_now(setting, variables[name])
        elif setting is not None and setting.kind is SettingKind.NUMBER:
            setting = _narrowed(setting, variables)
        if setting is not None:
            settings[name] = setting
    return settings


def _like_now(setting: Setting, now: Value) -> Setting | None:
    """Return a choice of numbers without those that can only be of another country's mains."""
    number = as_number(now)
    options = tuple(each for each in setting.options if 0.8 < as_number(each) / number < 1.25)
    return replace(setting, options=options) if len(options) > 1 else None


def _narrowed(setting: Setting, variables: Mapping[str, Value]) -> Setting | None:
    """Return a number's setting with the range that the unit itself tells for it."""
    low, high = setting.minimum, setting.maximum
    told_low, told_high = (variables.get(f"{setting.name}.{end}") for end in ("min", "max"))
    if isinstance(told_low, float) and isinstance(told_high, float) and told_low < told_high:
        low, high = max(low, told_low), min(high, told_high)
    elif setting.name.startswith("input.transfer.") and setting.name.endswith((".low", ".high")):
        for name in ("input.voltage.nominal", "output.voltage.nominal"):
            nominal = variables.get(name)
            if isinstance(nominal, float) and nominal > 0:
                low = max(low, _LOWEST_TRANSFER * nominal)
                high = min(high, _HIGHEST_TRANSFER * nominal)
                break
    return number_setting(setting.name, low, high, setting.step)


def checked(setting: Setting, value: Value) -> Value:
    """Return a value as the setting can hold it. Raises Unsupported."""
    if setting.kind is SettingKind.NUMBER:
        number = as_number(value)
        if not setting.minimum <= number <= setting.maximum:
            raise Unsupported(
                f"{setting.name} must lie between {setting.minimum:g} and {setting.maximum:g}"
            )
        steps = round((number - setting.minimum) / setting.step)
        return round(setting.minimum + steps * setting.step, 6)
    if setting.kind is SettingKind.DATE:
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError as error:
            raise Unsupported(f"{value} is no day") from error
    # a number read from the unit is a choice too: 230.0 is 230
    value = f"{value:g}" if isinstance(value, int | float) else value
    if value not in setting.options:
        raise Unsupported(f"{setting.name} must be one of {', '.join(setting.options)}")
    return value


def agrees(setting: Setting, one: Value, other: Value) -> bool:
    """Tell whether two values of a setting are one to the unit."""
    if setting.kind is SettingKind.NUMBER:
        return abs(as_number(one) - as_number(other)) < setting.step / 2
    if isinstance(one, float) or isinstance(other, float):
        return as_number(one) == as_number(other)
    return one == other


def written(decoder: Decoder, point: Point, report: bytes, value: Value) -> bytes:
    """Return the report with a value in it. Raises Unsupported."""
    if isinstance(point.shape, Number):
        factor = decoder.doubts.factor(point.name)
        return replace(point.shape, factor=factor).write(point.field, report, value)
    return point.shape.write(point.field, report, value)
