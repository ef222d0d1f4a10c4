"""A real Home Assistant in a folder of its own: started, given a user, and worked by its API."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.util import find_spec
from itertools import count
import json
import os
from pathlib import Path
import socket
import sys
from types import TracebackType
from typing import Any, Self

import aiohttp

ROOT = Path(__file__).resolve().parents[1]
USER, PASSWORD = "demo", "demo-password"
START_TIMEOUT = 600
FLOW_TIMEOUT = 120
STOP_TIMEOUT = 20

CONFIGURATION = """\
homeassistant:
  name: UPS Protocols
  latitude: 52.0
  longitude: 5.0
  elevation: 10
  unit_system: metric
  time_zone: UTC
  currency: EUR
  country: NL
frontend:
config:
history:
recorder:
  commit_interval: 1
logbook:
energy:
automation: !include automations.yaml
logger:
  default: warning
  logs:
    custom_components.ups_protocols: debug
"""

# The `http:` key of the YAML would only be imported into a configuration that waits for a
# confirmation and is reverted, to all addresses, after five minutes.
_HTTP = {
    "version": 2,
    "minor_version": 2,
    "key": "http",
    "data": {
        "stable": {
            "server_host": ["127.0.0.1"],
            "server_port": 8123,
            "cors_allowed_origins": [],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": True,
            "ssl_profile": "modern",
            "use_x_frame_options": True,
            "created_at": "2026-01-01T00:00:00+00:00",
            "error": None,
            "error_message": None,
        },
        "pending": None,
        "yaml_migration_done": True,
    },
}
# Only the user is left to do: the other steps add integrations that want the internet.
_ONBOARDING = {
    "version": 4,
    "minor_version": 1,
    "key": "onboarding",
    "data": {"done": ["core_config", "analytics", "integration"]},
}


# Home Assistant's voice assistant cannot be left out, and these two parts of it are C++ that many
# machines cannot build: the page would wait for a minute and then never load. Nothing here speaks.
_VOICE = {"pymicro-vad": "MicroVad", "pyspeex-noise": "AudioProcessor"}


class LabError(Exception):
    """Home Assistant did not do what it was asked."""


def free_port(wanted: int = 0) -> int:
    """Return a port of 127.0.0.1 that nothing listens on. Raises LabError for a taken one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise LabError(f"port {wanted} is in use; choose another one") from error
        return int(probe.getsockname()[1])


def _stand_in_for_voice(folder: Path) -> None:
    """Put empty packages into a folder for those of the voice assistant that are not here."""
    manifest = files("homeassistant") / "components" / "assist_pipeline" / "manifest.json"
    for requirement in json.loads(manifest.read_text(encoding="utf-8"))["requirements"]:
        name, _, version = requirement.partition("==")
        if name not in _VOICE or find_spec(name.replace("-", "_")) is not None:
            continue
        module = name.replace("-", "_")
        (folder / f"{module}.py").write_text(f"class {_VOICE[name]}: ...\n", encoding="utf-8")
        metadata = folder / f"{module}-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
        )


@dataclass(slots=True)
class Lab:
    """A running Home Assistant and a user who is logged in."""

    folder: Path
    port: int
    process: asyncio.subprocess.Process
    http: aiohttp.ClientSession
    token: str = ""
    refresh_token: str = ""
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def base(self) -> str:
        """Return the address of the page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Return what Home Assistant wrote."""
        return (self.folder / "output.log").read_text(encoding="utf-8", errors="replace")

    # login

    async def onboard(self) -> None:
        """Make the user, and log in."""
        client = f"{self.base}/"
        code = (
            await self.request(
                "POST",
                "/api/onboarding/users",
                {
                    "client_id": client,
                    "name": "Demo",
                    "username": USER,
                    "password": PASSWORD,
                    "language": "en",
                },
            )
        )["auth_code"]
        answer = await self.http.post(
            f"{self.base}/auth/token",
            data={"client_id": client, "grant_type": "authorization_code", "code": code},
        )
        tokens = await answer.json()
        self.token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]

    # the APIs

    async def request(self, method: str, path: str, body: Any = None) -> Any:
        """Call the REST API. Raises LabError."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.http.request(
            method, f"{self.base}{path}", json=body, headers=headers
        ) as answer:
            text = await answer.text()
            if answer.status >= 400:
                told = text[:500] if answer.status < 500 else f"\n{self.log[-3000:]}"
                raise LabError(f"{method} {path}: {answer.status} {told}")
            return json.loads(text) if text else None

    async def command(self, kind: str, **values: Any) -> Any:
        """Call the WebSocket API once. Raises LabError."""
        async with self.http.ws_connect(f"{self.base}/api/websocket") as socket_:
            await socket_.receive_json()
            await socket_.send_json({"type": "auth", "access_token": self.token})
            if (await socket_.receive_json())["type"] != "auth_ok":
                raise LabError("the login has expired")
            await socket_.send_json({"id": next(self._numbers), "type": kind, **values})
            answer = await socket_.receive_json()
        if not answer["success"]:
            raise LabError(f"{kind}: {answer['error']['message']}")
        return answer["result"]

    async def state(self, entity_id: str) -> str:
        """Return an entity's state. Raises LabError where there is none."""
        return str((await self.request("GET", f"/api/states/{entity_id}"))["state"])

    async def add_ups(self, wire: str, typed: Mapping[str, Any]) -> str:
        """Add a UPS as a user does; return the id of its config entry. Raises LabError.

        ``wire`` is the choice in the flow's menu, ``typed`` what is typed into its form.
        """
        flows = "/api/config/config_entries/flow"
        step = await self.request("POST", flows, {"handler": "ups_protocols"})
        flow = f"{flows}/{step['flow_id']}"
        async with asyncio.timeout(FLOW_TIMEOUT):
            while step["type"] != "create_entry":
                match step["type"], step.get("step_id"):
                    case "menu", _:
                        step = await self.request("POST", flow, {"next_step_id": wire})
                    case "form", _ if step["errors"]:
                        reason = (step["description_placeholders"] or {}).get("reason")
                        raise LabError(f"{typed}: {step['errors']} {reason}")
                    case "form", "confirm":
                        step = await self.request("POST", flow, {})
                    case "form", _:
                        step = await self.request("POST", flow, dict(typed))
                    case "progress", _:
                        await asyncio.sleep(0.2)
                        step = await self.request("GET", flow)
                    case _:
                        raise LabError(f"{typed}: {step.get('reason', step['type'])}")
        return str(step["result"]["entry_id"])

    async def set_options(self, entry_id: str, options: Mapping[str, Any]) -> None:
        """Fill in the form of an entry's options. Raises LabError."""
        flows = "/api/config/config_entries/options/flow"
        form = await self.request("POST", flows, {"handler": entry_id})
        step = await self.request("POST", f"{flows}/{form['flow_id']}", dict(options))
        if step["type"] != "create_entry":
            raise LabError(f"{options}: {step['errors']}")

    async def entities(self, entry_id: str, *, until: str = "") -> dict[str, str]:
        """Return the entities of a config entry, once the one of the key ``until`` is there.

        A key is what follows the entry's id in an entity's unique id.
        """
        async with asyncio.timeout(FLOW_TIMEOUT):
            while True:
                rows = await self.command("config/entity_registry/list")
                found = {
                    row["unique_id"].removeprefix(f"{entry_id}_"): row["entity_id"]
                    for row in rows
                    if row["config_entry_id"] == entry_id
                }
                if not until or until in found:
                    return found
                await asyncio.sleep(0.2)

    # life

    async def __aenter__(self) -> Self:
        """Wait until the page answers, and log in."""
        try:
            async with asyncio.timeout(START_TIMEOUT):
                while not await self._is_up():
                    await asyncio.sleep(0.2)
            await self.onboard()
        except BaseException:
            await self._stop()
            raise
        return self

    async def _is_up(self) -> bool:
        if self.process.returncode is not None:
            raise LabError(f"Home Assistant ended:\n{self.log[-3000:]}")
        try:
            async with self.http.get(f"{self.base}/api/onboarding") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        await self._stop()

    async def _stop(self) -> None:
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def home_assistant(
    folder: Path, *, port: int = 0, environment: Mapping[str, str] | None = None
) -> AsyncGenerator[Lab]:
    """Run Home Assistant with this integration in an empty folder, until the block ends.

    Raises LabError when it does not come up.
    """
    port = free_port(port)
    storage = folder / ".storage"
    storage.mkdir(parents=True)
    (folder / "configuration.yaml").write_text(CONFIGURATION, encoding="utf-8")
    (folder / "automations.yaml").write_text("[]\n", encoding="utf-8")
    (folder / "custom_components").symlink_to(ROOT / "custom_components")
    http = json.loads(json.dumps(_HTTP))
    http["data"]["stable"]["server_port"] = port
    for content in (http, _ONBOARDING):
        (storage / str(content["key"])).write_text(json.dumps(content), encoding="utf-8")
    stand_ins = folder / "stand_ins"
    stand_ins.mkdir()
    _stand_in_for_voice(stand_ins)
    with (folder / "output.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "homeassistant", "--config", str(folder)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **(environment or {}), "PYTHONPATH": str(stand_ins)},
            # a Ctrl-C at the terminal is for us: we end Home Assistant in order
            start_new_session=True,
        )
    async with aiohttp.ClientSession() as session, Lab(folder, port, process, session) as lab:
        yield lab
