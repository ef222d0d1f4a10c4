"""Megatec and its dialects: the largest family of small UPSes."""

from .driver import Megatec as driver

__all__ = ["driver"]
