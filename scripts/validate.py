"""Checks a custom integration against the installed Home Assistant, in hassfest's place.

The rules of manifest.json and hacs.json are restated from Home Assistant's and HACS's public
documentation. Texts and icons are checked by example: a key path must have a shape that some core
integration has. Services, triggers and conditions go through Home Assistant's own schemas. Beyond
hassfest, what the source names (translation keys, flow steps) must have a text.

Usage: validate.py INTEGRATION_FOLDER; prints the findings and exits with 1 if there are any.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
import json
from pathlib import Path
import re
import sys
from typing import Any

from PIL import Image

import homeassistant
from homeassistant.helpers import condition, service
from homeassistant.helpers.trigger import descriptions as trigger_descriptions
from homeassistant.util.yaml import load_yaml_dict

type Tree = dict[str, Any]

CORE = Path(str(homeassistant.__file__)).parent / "components"

# fmt: off
# https://developers.home-assistant.io/docs/creating_integration_manifest
MANIFEST_KEYS = {
    "domain", "name", "after_dependencies", "bluetooth", "codeowners", "config_flow",
    "dependencies", "dhcp", "disabled", "documentation", "homekit", "import_executor",
    "integration_type", "iot_class", "issue_tracker", "loggers", "mqtt", "preview_features",
    "quality_scale", "requirements", "single_config_entry", "ssdp", "usb", "version", "zeroconf",
}
MANIFEST_MUST = (
    "domain", "name", "codeowners", "documentation", "integration_type", "iot_class",
    "issue_tracker", "version",
)
IOT_CLASSES = {
    "assumed_state", "calculated", "cloud_polling", "cloud_push", "local_polling", "local_push",
}
INTEGRATION_TYPES = {"device", "entity", "hardware", "helper", "hub", "service", "system"}
# https://hacs.xyz/docs/publish/start
HACS_KEYS = {
    "content_in_root", "country", "filename", "hacs", "hide_default_branch", "homeassistant",
    "name", "persistent_directory", "render_readme", "zip_release",
}
# Below these keys of translations and icons the integration chooses the names itself.
FREE = {
    "abort", "action_type", "common", "condition_type", "conditions", "config_subentries",
    "create_entry", "data", "data_description", "device", "entity", "error", "exceptions",
    "extra_fields", "extra_fields_descriptions", "fields", "info", "initiate_flow", "issues",
    "menu_option_descriptions", "menu_options", "options", "progress", "range", "sections",
    "selector", "services", "state", "state_attributes", "step", "trigger_subtype",
    "trigger_type", "triggers",
}
# fmt: on
# https://developers.home-assistant.io/docs/core/integration/brand_images: sizes in pixels
ICON_SIZES = {"icon.png": 256, "icon@2x.png": 512}
LOGO_SHORT_SIDES = {"logo.png": (128, 256), "logo@2x.png": (256, 512)}

SLUG = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?|_")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Findings(list[str]):
    """What is wrong, one line each."""

    def add(self, where: str, what: object) -> None:
        """Note a finding."""
        self.append(f"{where}: {what}")


def key_paths(tree: Tree, prefix: tuple[str, ...] = (), parent: str | None = None) -> Iterator[str]:
    """Yield each leaf's path, free names as ``*``; ``entity.<platform>.<key>`` has two of them."""
    for key, value in tree.items():
        free = parent in FREE or (len(prefix) == 2 and prefix[0] in {"entity", "entity_component"})
        if parent == "options" and len(prefix) == 1:  # the options flow, not a selector's options
            free = False
        here = (*prefix, "*" if free else key)
        if isinstance(value, dict):
            yield from key_paths(value, here, None if free and parent != "entity" else key)
        else:
            yield ".".join(here)


def core_shapes(name: str) -> set[str]:
    """Return every key path that core integrations have in their files of a name."""
    return {
        path
        for file in CORE.glob(f"*/{name}")
        for path in key_paths(json.loads(file.read_text(encoding="utf-8")))
    }


def leaves(tree: Tree, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted path and value of each leaf."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def load_json(path: Path, findings: Findings) -> Tree:
    """Read an object; keys that stand twice are findings, which json alone would hide."""

    def unique(pairs: list[tuple[str, Any]]) -> Tree:
        for key, count in Counter(key for key, _ in pairs).items():
            if count > 1:
                findings.add(path.name, f"key {key} stands {count} times")
        return dict(pairs)

    try:
        tree: Tree = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)
    except (OSError, ValueError) as err:
        findings.add(path.name, err)
        return {}
    return tree


def check_manifest(root: Path, findings: Findings) -> None:
    """Check manifest.json as hassfest does for custom integrations."""
    manifest = load_json(root / "manifest.json", findings)
    for key in MANIFEST_MUST:
        if not manifest.get(key):
            findings.add("manifest.json", f"{key} is missing")
    for key in manifest.keys() - MANIFEST_KEYS:
        findings.add("manifest.json", f"unknown key {key}")
    order = ["domain", "name", *sorted(manifest.keys() - {"domain", "name"})]
    if list(manifest) != order:
        findings.add("manifest.json", f"keys must stand so: {', '.join(order)}")
    domain = manifest.get("domain", "")
    if domain != root.name:
        findings.add("manifest.json", f"the domain {domain} is not the folder's name")
    if (CORE / str(domain) / "manifest.json").exists():
        findings.add("manifest.json", f"{domain} is a core integration's domain")
    if manifest.get("iot_class") not in IOT_CLASSES:
        findings.add("manifest.json", f"no such iot_class: {manifest.get('iot_class')}")
    if manifest.get("integration_type") not in INTEGRATION_TYPES:
        findings.add("manifest.json", f"no such type: {manifest.get('integration_type')}")
    page = str(manifest.get("documentation"))
    if not page.startswith("https://") or "home-assistant.io/integrations" in page:
        findings.add("manifest.json", "documentation must be an https page of this project")
    for requirement in manifest.get("requirements", []):
        if not re.search(r"[=>]=", requirement):
            findings.add("manifest.json", f"requirement {requirement} has no version")
    for key in ("dependencies", "after_dependencies"):
        for dependency in manifest.get(key, []):
            if not (CORE / dependency).is_dir():
                findings.add("manifest.json", f"{key}: no core integration {dependency}")
    check_matchers(manifest, findings)


def check_matchers(manifest: Tree, findings: Findings) -> None:
    """Check the letter case that Home Assistant's discovery compares with."""
    for matcher in manifest.get("usb", []):
        for key, value in matcher.items():
            if key in {"vid", "pid"} and not re.fullmatch(r"[0-9A-F]{4}", value):
                findings.add("manifest.json", f"usb {key} {value} is not four upper case digits")
            elif key not in {"vid", "pid"} and value != value.lower():
                findings.add("manifest.json", f"usb {key} {value} is not lower case")
    for matcher in manifest.get("dhcp", []):
        mac, host = matcher.get("macaddress", "*"), matcher.get("hostname", "")
        if mac != mac.upper() or "*" not in mac:
            findings.add("manifest.json", f"dhcp macaddress {mac} is not upper case with a star")
        if host != host.lower():
            findings.add("manifest.json", f"dhcp hostname {host} is not lower case")


def check_hacs(root: Path, findings: Findings) -> None:
    """Check hacs.json, two floors above the integration."""
    hacs = load_json(root.parent.parent / "hacs.json", findings)
    if not hacs.get("name"):
        findings.add("hacs.json", "name is missing")
    for key in hacs.keys() - HACS_KEYS:
        findings.add("hacs.json", f"unknown key {key}")
    if (
        len(integrations := [p for p in root.parent.iterdir() if (p / "manifest.json").exists()])
        > 1
    ):
        findings.add("hacs.json", f"HACS takes one integration, here are {len(integrations)}")


def check_brand(root: Path, findings: Findings) -> None:
    """Check that the brand images are there, light and dark, in the sizes Home Assistant wants."""
    for prefix in ("", "dark_"):
        for name, size in ICON_SIZES.items():
            if (found := image_size(root, prefix + name, findings)) and found != (size, size):
                findings.add(prefix + name, f"is {found}, not {size} pixels square")
        for name, (low, high) in LOGO_SHORT_SIDES.items():
            if (found := image_size(root, prefix + name, findings)) and not (
                low <= min(found) <= high
            ):
                findings.add(prefix + name, f"is {found}, its short side is not {low} to {high}")


def image_size(root: Path, name: str, findings: Findings) -> tuple[int, int] | None:
    """Return a brand image's width and height, or None and a finding."""
    try:
        with Image.open(root / "brand" / name, formats=["PNG"]) as image:
            return image.size
    except OSError as err:
        findings.add(name, err)
        return None


def check_texts(root: Path, findings: Findings) -> Tree:
    """Check translations/*.json and return the English one."""
    if (root / "strings.json").exists():
        findings.add("strings.json", "custom integrations ship translations/en.json only")
    english = load_json(root / "translations" / "en.json", findings)
    for path in sorted(set(key_paths(english)) - core_shapes("strings.json")):
        findings.add("en.json", f"no core integration has a key like {path}")
    texts = dict(leaves(english))
    for key, text in texts.items():
        if not isinstance(text, str) or not text or text != text.strip():
            findings.add("en.json", f"{key} is no clean text")
        elif re.search(r"\[%key:|<[a-z/]", text):
            findings.add("en.json", f"{key}: references and HTML do not work here")
        elif re.search(r"'\{|\}'", text):
            findings.add("en.json", f"{key} has single quotes around a placeholder")
    for key in (*english.get("exceptions", {}), *english.get("issues", {}), *entity_keys(english)):
        if not SLUG.fullmatch(key):
            findings.add("en.json", f"{key} is no key")
    for other in sorted((root / "translations").glob("*.json")):
        for key, text in leaves(load_json(other, findings)):
            if key not in texts:
                findings.add(other.name, f"{key} is not in en.json")
            elif set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(texts[key])):
                findings.add(other.name, f"{key} has other placeholders than en.json")
    return english


def entity_keys(texts: Tree) -> set[str]:
    """Return the translation keys of all platforms."""
    return {key for platform in texts.get("entity", {}).values() for key in platform}


def check_icons(root: Path, texts: Tree, findings: Findings) -> Tree:
    """Check icons.json and return it."""
    file = root / "icons.json"
    if not file.exists():
        return {}
    icons = load_json(file, findings)
    for path in sorted(set(key_paths(icons)) - core_shapes("icons.json")):
        findings.add("icons.json", f"no core integration has a key like {path}")
    for platform, keys in icons.get("entity", {}).items():
        for key in keys.keys() - texts.get("entity", {}).get(platform, {}).keys():
            findings.add("icons.json", f"entity.{platform}.{key} has no text")
    for path, icon in leaves(icons):
        if not re.fullmatch(r"mdi:[a-z0-9-]+", str(icon)):
            findings.add("icons.json", f"{path}: {icon} is no icon")
    return icons


def check_descriptions(root: Path, texts: Tree, icons: Tree, findings: Findings) -> None:
    """Check services.yaml, triggers.yaml and conditions.yaml, and their texts and icons."""
    schemas = {
        "services": service._SERVICES_SCHEMA,  # noqa: SLF001
        "triggers": trigger_descriptions._TRIGGERS_DESCRIPTION_SCHEMA,  # noqa: SLF001
        "conditions": condition._CONDITIONS_DESCRIPTION_SCHEMA,  # noqa: SLF001
    }
    for kind, schema in schemas.items():
        file, module = root / f"{kind}.yaml", root / f"{kind[:-1]}.py"
        if not file.exists():
            if kind != "services" and module.exists():
                findings.add(module.name, f"{file.name} is missing")
            continue
        try:
            described: Tree = schema(load_yaml_dict(str(file)))
        except Exception as err:  # noqa: BLE001
            findings.add(file.name, err)
            continue
        for key, body in described.items():
            own = texts.get(kind, {}).get(key, {})
            missing = [what for what in ("name", "description") if what not in own]
            missing += [
                f"fields.{field}.name"
                for field in field_names((body or {}).get("fields") or {})
                if "name" not in own.get("fields", {}).get(field, {})
            ]
            for what in missing:
                findings.add("en.json", f"{kind}.{key}.{what} is missing")
            if key not in icons.get(kind, {}):
                findings.add("icons.json", f"{kind}.{key} is missing")
        for key in texts.get(kind, {}).keys() - described.keys():
            findings.add("en.json", f"{kind}.{key} is not in {file.name}")


def field_names(fields: Tree) -> Iterator[str]:
    """Yield the fields of an action, those in sections too."""
    for name, field in fields.items():
        yield from field_names(field["fields"]) if "fields" in field else (name,)


def check_source(root: Path, texts: Tree, findings: Findings) -> None:
    """Check that each translation key and flow step in the source has a text."""
    entities = entity_keys(texts)
    others = {
        key
        for part in ("device", "exceptions", "issues", "selector")
        for key in texts.get(part, {})
    }
    flows = [texts.get("config", {}), texts.get("options", {})]
    flows += texts.get("config_subentries", {}).values()
    steps = {step for flow in flows for step in flow.get("step", {})}
    for file in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
            for kind, key in named_texts(node):
                if (
                    (kind == "translation_key" and key not in entities | others)
                    or (kind == "_attr_translation_key" and key not in entities)
                    or (kind == "step_id" and file.name == "config_flow.py" and key not in steps)
                ):
                    line = getattr(node, "lineno", "?")
                    findings.add(file.name, f"line {line}: {kind} {key!r} has no text")
    for flow in flows:
        for step, parts in flow.get("step", {}).items():
            for field in parts.get("data", {}).keys() - parts.get("data_description", {}).keys():
                findings.add("en.json", f"step {step}: data_description.{field} is missing")


def named_texts(node: ast.AST) -> Iterable[tuple[str, str]]:
    """Return (keyword or attribute, literal) where a node gives a name a literal text."""
    match node:
        case ast.keyword(arg=str(name), value=ast.Constant(value=str(text))):
            return [(name, text)]
        case ast.Assign(targets=targets, value=ast.Constant(value=str(text))):
            return [(target.id, text) for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(text))):
            return [(name, text)]
    return []


def check_quality_scale(root: Path, findings: Findings) -> None:
    """Check that quality_scale.yaml judges every rule that core integrations are judged by."""
    file = root / "quality_scale.yaml"
    judged = load_yaml_dict(str(file)).get("rules", {}) if file.exists() else {}
    lists = [load_yaml_dict(str(path))["rules"] for path in CORE.glob("*/quality_scale.yaml")]
    counts = Counter(rule for rules in lists for rule in rules)
    current = {rule for rule, count in counts.items() if count > len(lists) / 2}
    if missing := sorted(current - judged.keys()):
        findings.add(file.name, f"{len(missing)} rules are missing: {', '.join(missing)}")
    for rule in sorted(judged.keys() - counts.keys()):
        findings.add(file.name, f"no such rule: {rule}")
    for rule, judgement in judged.items():
        match judgement:
            case "done" | "todo" | {"status": "done" | "todo"}:
                pass
            case {"status": "exempt", "comment": str(reason)} if reason.strip():
                pass
            case _:
                findings.add(file.name, f"{rule} must be done, todo, or exempt with a comment")


def main() -> None:
    """Check the folder named on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: validate.py INTEGRATION_FOLDER")
    root = Path(sys.argv[1]).resolve()
    findings = Findings()
    check_manifest(root, findings)
    check_hacs(root, findings)
    check_brand(root, findings)
    texts = check_texts(root, findings)
    icons = check_icons(root, texts, findings)
    check_descriptions(root, texts, icons, findings)
    check_source(root, texts, findings)
    check_quality_scale(root, findings)
    print("\n".join(findings) or "no findings")
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
