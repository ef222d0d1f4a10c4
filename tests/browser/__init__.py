"""Home Assistant's own page in Debian's Chromium: what users see and click."""
