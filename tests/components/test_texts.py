"""The texts and icons: whatever can be shown has one, and none is there that nothing shows."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any, cast

import pytest
import yaml

from homeassistant.components.number import DOMAIN as NUMBER
from homeassistant.components.select import DOMAIN as SELECT
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.const import Platform

from custom_components import ups_protocols
from custom_components.ups_protocols import (
    PLATFORMS,
    binary_sensor,
    button,
    condition,
    issues,
    number,
    outages,
    pairs,
    power,
    self_tests,
    sensor,
    trigger,
)
from custom_components.ups_protocols.devices import PARTS
from custom_components.ups_protocols.keys import slug, template_key
from custom_components.ups_protocols.power import Source
from custom_components.ups_protocols.power_events import PowerEventType
from custom_components.ups_protocols.ups import errors
from custom_components.ups_protocols.ups.model import PartKind
from custom_components.ups_protocols.ups.names import COMMANDS, VARIABLES, Quantity, Role, Variable

type Tree = dict[str, Any]

ROOT = Path(str(ups_protocols.__file__)).parent
TEXTS: Tree = json.loads((ROOT / "translations" / "en.json").read_text(encoding="utf-8"))
# what the other languages say, by their codes
TRANSLATED: Mapping[str, Tree] = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((ROOT / "translations").glob("*.json"))
    if file.stem != "en"
}
ICONS: Tree = json.loads((ROOT / "icons.json").read_text(encoding="utf-8"))
# a class that says nothing of what is shown, and one that a text without a known order has not
NO_ICON_OF_THEIR_OWN = frozenset({Quantity.WORD, Quantity.SWITCH, Quantity.DATE})
# variables that are settings of some units only
SOMETIMES_CHOICES = frozenset({"ups.beeper.status"})
# and dates that some units can be told
SOMETIMES_DATES = frozenset({"battery.mfr.date", "battery.{pack}.mfr.date", "ups.date"})
# texts that people write, so no unit can offer them as choices
FREE_TEXTS = frozenset({"contact", "desc", "description", "id", "location", "name"})
NOT_NUMBERS = frozenset(
    {Quantity.DATE, Quantity.TIME, Quantity.WORD, Quantity.TEXT, Quantity.SWITCH}
)
# what an action refuses before the UPS is asked; test_services.py sees each of these texts
REFUSALS = frozenset(
    {
        "no_such_command",
        "no_such_parameter",
        "no_such_setting",
        "not_a_choice",
        "not_a_date",
        "not_a_setting",
        "not_of_this_part",
        "number_out_of_range",
        "parameter_out_of_range",
        "power_cut_not_allowed",
        "text_too_long",
        "unprotects_not_allowed",
    }
)
# commands that are still run, and offered under their new names
OLD_NAMES = frozenset({"beeper.off", "beeper.on"})
ERROR_KINDS = frozenset(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.UpsError)
)
# each of them counts by itself, so it can be neither the first nor the last, nor last
AS_EVENTS = frozenset({"battery_test_failed"})
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _may_be_choice(variable: Variable) -> bool:
    if variable.template in SOMETIMES_CHOICES:
        return True
    if variable.role is not Role.SETTING or variable.quantity in {Quantity.SWITCH, Quantity.DATE}:
        return False
    last = variable.template.rsplit(".", maxsplit=1)[-1]
    return variable.quantity is not Quantity.TEXT or last not in FREE_TEXTS


def _may_be_text(variable: Variable) -> bool:
    """Tell whether people write it; APC's dates are texts that nothing is known of."""
    if variable.quantity is Quantity.TIME:
        return True
    last = variable.template.rsplit(".", maxsplit=1)[-1]
    return variable.role is Role.SETTING and (
        variable.quantity is Quantity.DATE
        or (variable.quantity is Quantity.TEXT and last in FREE_TEXTS)
    )


def _variables(platform: str) -> Iterator[Variable]:
    """Yield the variables that may come to be entities of a platform."""
    for variable in VARIABLES.values():
        is_setting = variable.role is Role.SETTING
        match platform:
            case Platform.SENSOR:
                yield variable
            case Platform.NUMBER if is_setting and variable.quantity not in NOT_NUMBERS:
                yield variable
            case Platform.SELECT if _may_be_choice(variable):
                yield variable
            case Platform.TEXT if _may_be_text(variable):
                yield variable
            case Platform.DATE if variable.quantity is Quantity.DATE and (
                is_setting or variable.template in SOMETIMES_DATES
            ):
                yield variable
            case Platform.SWITCH if variable.quantity is Quantity.SWITCH and (
                variable.role is not Role.IDENTITY or variable.template.endswith(".switchable")
            ):
                yield variable


OF_THEIR_OWN: Mapping[str, set[str]] = {
    Platform.BINARY_SENSOR: {"alarm", *(row.key for row in binary_sensor.DESCRIPTIONS)},
    Platform.BUTTON: {"battery_replaced", *(template_key(template) for template in COMMANDS)},
    Platform.DATE: {"battery_installed"},
    Platform.EVENT: {"power_events"},
    Platform.NUMBER: set(),
    Platform.SELECT: set(),
    Platform.SENSOR: {
        "battery_age",
        "battery_expected_end",
        "battery_life_left",
        "energy",
        "last_outage",
        "last_outage_length",
        "last_outage_reason",
        "last_test",
        "last_test_result",
        "next_test",
        "outages",
        "power",
        "status",
    },
    Platform.SWITCH: {pair.key for pair in pairs.PAIRS},
    Platform.TEXT: set(),
}
"""The translation keys that do not come from a variable."""
WITH_CLASS = frozenset(
    {
        "battery_age",
        "battery_expected_end",
        "battery_life_left",
        "energy",
        "last_outage",
        "last_outage_length",
        "last_test",
        "next_test",
        "power",
    }
)
"""Those of them whose device class has an icon that tells enough."""


def _keys(platform: str) -> set[str]:
    return OF_THEIR_OWN[platform] | {
        template_key(variable.template) for variable in _variables(platform)
    }


def _words(platform: str, variable: Variable) -> set[str]:
    if variable.quantity is Quantity.SWITCH and platform == SENSOR:
        return set(sensor.SWITCH_WORDS)
    return {slug(word) for word in variable.words or ()}


def _by_path(tree: Tree, parent: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each leaf, in the order of the file."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _by_path(value, f"{parent}{key}.")
        else:
            yield parent + key, value


def _all_texts(tree: Tree) -> Iterator[str]:
    for value in tree.values():
        if isinstance(value, dict):
            yield from _all_texts(value)
        else:
            yield value


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _entity_texts(platform: str) -> dict[str, Tree]:
    return cast("dict[str, Tree]", TEXTS["entity"][platform])


def test_platforms_with_texts_are_those_that_are_there() -> None:
    assert set(TEXTS["entity"]) == set(PLATFORMS) == set(OF_THEIR_OWN)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_entity_has_a_text_and_every_text_an_entity(platform: Platform) -> None:
    assert set(_entity_texts(platform)) == _keys(platform)


def test_no_two_templates_share_a_key() -> None:
    for templates in (VARIABLES, COMMANDS):
        assert len({template_key(template) for template in templates}) == len(templates)
    paired = {pair.key for pair in pairs.PAIRS}
    assert not paired & {template_key(row.template) for row in _variables(Platform.SWITCH)}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_names_hold_the_indices_that_no_device_tells(platform: Platform) -> None:
    texts = _entity_texts(platform)
    wanted = {key: set[str]() for key in OF_THEIR_OWN[platform]} | {
        template_key(row.template): _placeholders(row.template) - PARTS.keys()
        for row in _variables(platform)
    }
    assert {key: _placeholders(text["name"]) for key, text in texts.items()} == wanted


@pytest.mark.parametrize("language", ["en", *TRANSLATED])
@pytest.mark.parametrize("templates", [VARIABLES, COMMANDS], ids=["sensor", "button"])
def test_names_on_one_device_are_unlike(templates: Mapping[str, object], language: str) -> None:
    platform = Platform.SENSOR if templates is VARIABLES else Platform.BUTTON
    texts = TRANSLATED.get(language, TEXTS)["entity"][platform]
    names: dict[tuple[frozenset[str], str], str] = {}
    for template in templates:
        place = frozenset(_placeholders(template) & PARTS.keys())
        name = texts[template_key(template)]["name"]
        assert names.setdefault((place, name), template) == template


@pytest.mark.parametrize("platform", PLATFORMS)
def test_names_are_short_and_in_sentence_case(platform: Platform) -> None:
    for text in _entity_texts(platform).values():
        name = text["name"]
        assert len(name) <= 50
        assert name[0].isupper()
        assert not name.endswith(".")
        later = re.sub(r"L?\{\w+\}(-N)?", "", name).split()[1:]
        assert not [word for word in later if word.istitle()], name


@pytest.mark.parametrize("platform", [Platform.SENSOR, Platform.SELECT])
def test_every_closed_word_has_a_text(platform: Platform) -> None:
    texts = _entity_texts(platform)
    for variable in _variables(platform):
        states = texts[template_key(variable.template)].get("state", {})
        assert set(states) == _words(platform, variable), variable.template


def test_the_status_words_have_texts() -> None:
    words = {word for _, word in sensor.PRECEDENCE} | {sensor.LOW_BATTERY}
    assert set(_entity_texts(Platform.SENSOR)["status"]["state"]) == words


def test_the_results_of_tests_have_texts() -> None:
    words = {slug(word) for word in self_tests.FINAL}
    assert set(_entity_texts(Platform.SENSOR)["last_test_result"]["state"]) == words


def test_the_sources_of_power_and_energy_have_texts() -> None:
    """What a variable tells can only be counted, what we work out can not."""
    texts = _entity_texts(Platform.SENSOR)
    counters = {template_key(name) for name in power.COUNTERS}
    shown = {key for key, text in texts.items() if "source" in text.get("state_attributes", {})}
    assert shown == {"energy", "power"} | counters
    for key in shown:
        source = texts[key]["state_attributes"]["source"]
        assert source["name"]
        words = {Source.COUNTER} if key in counters else {Source.MEASURED, Source.LOAD}
        assert set(source["state"]) == words


def test_the_reasons_of_outages_have_texts() -> None:
    texts = _entity_texts(Platform.SENSOR)
    states = texts["last_outage_reason"]["state"]
    assert set(states) == set(outages.REASONS.values())
    assert states.items() <= texts["input_transfer_reason"]["state"].items()
    for text in texts["last_outage"]["state_attributes"].values():
        assert text.keys() == {"name"}


def test_power_events_have_texts_and_icons() -> None:
    attributes = _entity_texts(Platform.EVENT)["power_events"]["state_attributes"]
    words = {
        "error": {slug(kind) for kind in ERROR_KINDS},
        "event_type": set(PowerEventType),
        "reason": set(outages.REASONS.values()),
        "result": {slug(word) for word in self_tests.FINAL} - {"aborted"},
    }
    numbers = {"charge", "duration", "estimated", "load", "lowest_charge", "runtime"}
    assert set(attributes) == words.keys() | numbers
    for name, text in attributes.items():
        assert set(text.get("state", ())) == words.get(name, set()), name
    icons = ICONS["entity"][Platform.EVENT]["power_events"]["state_attributes"]
    assert set(icons) == {"event_type"}
    assert set(icons["event_type"]["state"]) == words["event_type"]


def test_states_of_binary_sensors_are_two_words() -> None:
    for text in _entity_texts(Platform.BINARY_SENSOR).values():
        states = text.get("state", {"on": "", "off": "."})
        assert states.keys() == {"on", "off"}
        assert states["on"] != states["off"]
    # without a class the words would be On and Off
    for row in binary_sensor.DESCRIPTIONS:
        assert row.device_class or "state" in _entity_texts(Platform.BINARY_SENSOR)[row.key]


@pytest.mark.parametrize(
    "platform",
    [Platform.BUTTON, Platform.DATE, Platform.NUMBER, Platform.SWITCH, Platform.TEXT],
)
def test_other_platforms_have_no_states(platform: Platform) -> None:
    assert all(text.keys() == {"name"} for text in _entity_texts(platform).values())


def test_every_kind_of_part_has_a_text() -> None:
    kinds = {slug(kind) for kind in PARTS.values()}
    assert kinds == {slug(kind) for kind in PartKind if kind is not PartKind.PHASE}
    assert set(TEXTS["device"]) == kinds
    for text in TEXTS["device"].values():
        assert text.keys() == {"name"}
        assert _placeholders(text["name"]) == {"index"}


def test_every_failure_has_a_text_that_names_its_cause() -> None:
    kinds = {slug(kind) for kind in ERROR_KINDS}
    texts = TEXTS["exceptions"]
    assert set(texts) == kinds | REFUSALS
    for key, text in texts.items():
        assert text.keys() == {"message"}
        assert key in REFUSALS or _placeholders(text["message"]) == {"reason"}


def test_every_issue_has_texts() -> None:
    unreachable = {
        f"{kind}_{wire}"
        for kind in (issues.DEVICE_GONE, issues.NO_ANSWER, issues.NO_PERMISSION, issues.IN_USE)
        for wire in ("network", "serial", "usb")
    }
    fixable = {issues.REPLACE_BATTERY, issues.BATTERY_EXPIRED}
    texts = TEXTS["issues"]
    assert set(texts) == unreachable | fixable | {issues.IMPLAUSIBLE_VALUES}
    for key, text in texts.items():
        assert text.keys() == {"title", "fix_flow" if key in fixable else "description"}
        assert _placeholders(text["title"]) == {"name"}
        if key in unreachable:
            extra = {"rule"} if key == "no_permission_usb" else set()
            used = _placeholders(text["description"])
            assert {"device", "reason"} | extra <= used <= {"name", "device", "reason"} | extra


def test_every_action_has_texts_and_an_icon() -> None:
    described = yaml.safe_load((ROOT / "services.yaml").read_text(encoding="utf-8"))
    assert TEXTS["services"].keys() == ICONS["services"].keys() == described.keys()
    for name, text in TEXTS["services"].items():
        assert text.keys() == {"name", "description", "fields"}
        assert text["fields"].keys() == described[name]["fields"].keys()
        for field in text["fields"].values():
            assert field.keys() == {"name", "description"}


def test_commands_of_the_unit_itself_are_offered() -> None:
    described = yaml.safe_load((ROOT / "services.yaml").read_text(encoding="utf-8"))
    offered = described["run_command"]["fields"]["command"]["selector"]["select"]["options"]
    whole = {template for template in COMMANDS if "{" not in template}
    assert offered == sorted(whole - OLD_NAMES)


def test_every_trigger_has_texts_and_an_icon() -> None:
    assert TEXTS["triggers"].keys() == ICONS["triggers"].keys() == trigger.TRIGGERS.keys()
    for key, text in TEXTS["triggers"].items():
        assert text.keys() == {"name", "description", "fields"}
        assert re.match(r"Triggers when .*one or more UPSes.*\.$", text["description"])
        assert text["fields"].keys() == (set() if key in AS_EVENTS else {"behavior", "for"})
    _check_described("triggers")


def test_every_condition_has_texts_and_an_icon() -> None:
    assert TEXTS["conditions"].keys() == ICONS["conditions"].keys() == condition.CONDITIONS.keys()
    for text in TEXTS["conditions"].values():
        assert text.keys() == {"name", "description", "fields"}
        assert re.match(r"Tests if one or more UPSes .*\.$", text["description"])
        assert text["fields"].keys() == {"behavior", "for"}
    _check_described("conditions")


def _check_described(kind: str) -> None:
    """See that each has a target, and fields that have texts."""
    described = yaml.safe_load((ROOT / f"{kind}.yaml").read_text(encoding="utf-8"))
    shown = {key: row for key, row in described.items() if not key.startswith(".")}
    assert shown.keys() == TEXTS[kind].keys()
    for key, row in shown.items():
        assert row.get("fields", {}).keys() == TEXTS[kind][key]["fields"].keys()
        assert all(each["integration"] == "ups_protocols" for each in row["target"]["entity"])


def _need_icons(platform: str) -> set[str]:
    """Return the keys of the entities whose device class gives no icon that tells anything."""
    match platform:
        case Platform.BINARY_SENSOR:
            return {row.key for row in binary_sensor.DESCRIPTIONS if row.device_class is None}
        case Platform.BUTTON:
            return OF_THEIR_OWN[platform] - {template_key(button.IDENTIFIES)}
        case Platform.SWITCH:
            return _keys(platform) - {pair.key for pair in pairs.PAIRS if pair.device_class}
    classes: Mapping[str, Mapping[Quantity, object]] = {
        SENSOR: sensor.DEVICE_CLASSES,
        NUMBER: number.DEVICE_CLASSES,
        SELECT: {},
        Platform.DATE: {},
        Platform.EVENT: {},
        Platform.TEXT: {},
    }
    told = classes[platform].keys() - NO_ICON_OF_THEIR_OWN
    keys = {template_key(row.template) for row in _variables(platform) if row.quantity not in told}
    if platform == SENSOR:
        keys -= {template_key(template) for template in sensor.BATTERY_LEVELS}
        keys -= WITH_CLASS
    return keys | (OF_THEIR_OWN[platform] - WITH_CLASS)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_entity_without_a_class_has_an_icon(platform: Platform) -> None:
    icons = set(ICONS["entity"][platform])
    assert _need_icons(platform) <= icons
    assert icons <= _keys(platform)
    # "running" has a triangle and a square: those of its sensors that say more have their own
    if platform is not Platform.BINARY_SENSOR:
        assert icons == _need_icons(platform)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_icons_of_states_are_of_states_that_there_are(platform: Platform) -> None:
    two = {Platform.BINARY_SENSOR: {"on", "off"}, Platform.SWITCH: {"on", "off"}}
    states = {key: set(text.get("state", ())) for key, text in _entity_texts(platform).items()}
    for key, icon in ICONS["entity"][platform].items():
        assert set(icon.get("state", ())) <= (two.get(platform) or states[key]), key
        assert icon["default"] not in icon.get("state", {}).values(), key


@pytest.mark.parametrize("tree", [TEXTS, ICONS], ids=["en.json", "icons.json"])
def test_keys_are_sorted(tree: Tree) -> None:
    def check(node: Tree, parent: str = "") -> None:
        keys = list(node)
        assert keys == sorted(keys, key=float if parent == "range" else str), parent
        for key, value in node.items():
            if isinstance(value, dict):
                check(value, key)

    check(tree)


@pytest.mark.parametrize("language", ["en", *TRANSLATED])
def test_texts_are_complete_in_themselves(language: str) -> None:
    for text in _all_texts(TRANSLATED.get(language, TEXTS)):
        assert text == text.strip() != ""
        assert "[%key" not in text


@pytest.mark.parametrize("language", TRANSLATED)
def test_other_languages_have_every_text_and_no_more(language: str) -> None:
    """A text that is missing would be shown in English; the order is that of the English file."""
    paths = [path for path, _ in _by_path(TRANSLATED[language])]
    wanted = [path for path, _ in _by_path(TEXTS)]
    assert not set(wanted) - set(paths), "not translated"
    assert not set(paths) - set(wanted), "nothing shows these"
    assert paths == wanted


@pytest.mark.parametrize("language", TRANSLATED)
def test_other_languages_have_the_same_placeholders(language: str) -> None:
    english = dict(_by_path(TEXTS))
    for path, text in _by_path(TRANSLATED[language]):
        assert _placeholders(text) == _placeholders(english[path]), path


@pytest.mark.parametrize("language", TRANSLATED)
def test_other_languages_are_not_english(language: str) -> None:
    """Words like "Community" may be the same, sentences can not."""
    english = {path: text for path, text in _by_path(TEXTS) if len(text) > 20}
    translated = dict(_by_path(TRANSLATED[language]))
    same = [path for path, text in english.items() if translated[path] == text]
    assert len(same) <= len(english) // 10, same
