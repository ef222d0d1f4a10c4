"""Tripp Lite's protocol of USB id 09ae:0001, in its six forms (card usb-other, H1)."""

from .driver import TrippLite as driver

__all__ = ["driver"]
