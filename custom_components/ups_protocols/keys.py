"""The keys under which translations and icons name variables, commands, words and failures."""

import re

_PHASES = {"L{phase}-L{to}": "l_l", "L{phase}-N": "l_n", "L{phase}": "l"}
_INDEX = re.compile(r"\{\w+\}")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_SLUG = re.compile(r"[^a-z0-9]+")


def template_key(template: str) -> str:
    """Return the key of a variable's or command's template.

    ``input.L{phase}-N.voltage`` is ``input_l_n_voltage``, ``outlet.{outlet}.current`` is
    ``outlet_number_current``.
    """
    for phases, key in _PHASES.items():
        template = template.replace(phases, key)
    return slug(_INDEX.sub("number", template))


def slug(text: str) -> str:
    """Return a text as a key: ``noTransfer`` is ``no_transfer``, ``warning-low`` warning_low."""
    return _NO_SLUG.sub("_", _HUMP.sub("_", text).lower()).strip("_")
