"""Several units at once need the same modules for the first time."""

import asyncio
import sys

import pytest

from custom_components.ups_protocols.ups.loading import load


async def test_modules_are_never_half_made(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks while another imports waits for the whole module."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "slow_to_import.py").write_text("import time\ntime.sleep(0.2)\nready = True\n")
    monkeypatch.syspath_prepend(folder)

    async def is_ready(after: float) -> bool:
        await asyncio.sleep(after)
        return hasattr(await load("slow_to_import"), "ready")

    assert all(await asyncio.gather(is_ready(0), is_ready(0.05)))
    assert await load("slow_to_import") is sys.modules.pop("slow_to_import")
