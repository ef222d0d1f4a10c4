"""A page of Home Assistant in a browser, worked as a user does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
import json
import os
from pathlib import Path
import shutil

from playwright.async_api import Locator, Page, TimeoutError as PlaywrightTimeout, async_playwright

from scripts.lab import ROOT, Lab

# where pictures go; those for the README are taken with UPS_PICTURES=docs/images
PICTURES = ROOT / os.environ.get("UPS_PICTURES", ".cache/pictures")
PATIENCE = 40_000
"""Milliseconds for what takes a moment on a machine that is busy."""
_SEEN = """
(() => {
  localStorage.setItem("hassTokens", JSON.stringify(%s));
  localStorage.setItem("dockedSidebar", JSON.stringify("always_hidden"));
})()
"""
_READY = """() => {
  const main = document.querySelector("home-assistant");
  return main?.hass?.connected && main.hass.states && main.hass.panels;
}"""

# Home Assistant writes states straight into shadow roots, where the browser's own search for texts
# does not look
_SHOWS = """(wanted) => {
  const shown = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent.trim() === wanted;
    if (node instanceof Element && getComputedStyle(node).display === "none") return false;
    return [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].some(shown);
  };
  return shown(document.body);
}"""


def chromium() -> str | None:
    """Return the system's browser, None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One window, in which the user is logged in."""

    def __init__(self, lab: Lab, page: Page) -> None:
        """Take an empty window."""
        self.lab = lab
        self.page = page

    async def go(self, path: str) -> None:
        """Open a page of Home Assistant."""
        await self.page.goto(f"{self.lab.base}{path}", wait_until="domcontentloaded")
        await self.page.wait_for_function(_READY, timeout=PATIENCE)

    async def begin(self, path: str, name: str) -> None:
        """Open a page and press the button that it brings, again until it does.

        A Home Assistant that starts for the first time installs what its pages need.
        """
        for _ in range(6):
            await self.go(path)
            with suppress(PlaywrightTimeout):
                button = self.page.get_by_role("button", name=name, exact=True)
                await button.click(timeout=PATIENCE / 2)
                return
        raise AssertionError(f"{path} brings no button {name!r}")

    async def press(self, name: str) -> None:
        """Press a button by its text."""
        await self.page.get_by_role("button", name=name, exact=True).click(timeout=PATIENCE)

    async def choose(self, text: str) -> None:
        """Click on a text."""
        await self.text(text).click(timeout=PATIENCE)

    def text(self, text: str) -> Locator:
        """Return the first place where a text is seen."""
        return self.page.get_by_text(text, exact=True).filter(visible=True).first

    async def sees(self, text: str) -> None:
        """Wait until a text stands somewhere on the page."""
        await self.page.wait_for_function(_SHOWS, arg=text, timeout=PATIENCE)

    async def open(self, what: Locator, text: str) -> None:
        """Click on what opens something until a text is seen: it may not be alive yet."""
        for _ in range(10):
            await what.click(timeout=PATIENCE)
            with suppress(PlaywrightTimeout):
                await self.text(text).wait_for(state="visible", timeout=PATIENCE / 10)
                return
        raise AssertionError(f"nothing brings {text!r}")

    async def press_beside(self, text: str, name: str) -> None:
        """Press a button in the row of a text."""
        row = self.page.locator("hui-button-entity-row").filter(has_text=text)
        await row.get_by_text(name).first.click(timeout=PATIENCE)

    async def picture(self, name: str, of: Locator | None = None) -> Path:
        """Take a picture of the window, or of a part of it."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        # cards and dialogs come with animations
        await self.page.wait_for_timeout(1500)
        await (of or self.page).screenshot(path=path)
        return path


@asynccontextmanager
async def browser(lab: Lab, *, width: int = 1280, height: int = 900) -> AsyncGenerator[Browser]:
    """Run a browser in which the user of a lab is logged in."""
    tokens = {
        "hassUrl": lab.base,
        "clientId": f"{lab.base}/",
        "access_token": lab.token,
        "refresh_token": lab.refresh_token,
        "token_type": "Bearer",
        "expires_in": 1800,
        "expires": 9_999_999_999_999,
    }
    async with async_playwright() as playwright:
        chrome = await playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        try:
            page = await chrome.new_page(
                viewport={"width": width, "height": height}, locale="en-US"
            )
            await page.add_init_script(_SEEN % json.dumps(tokens))
            window = Browser(lab, page)
            try:
                yield window
            except BaseException:
                with suppress(Exception):
                    await page.set_viewport_size({"width": width, "height": 2400})
                    await window.picture("failed")
                raise
        finally:
            await chrome.close()
