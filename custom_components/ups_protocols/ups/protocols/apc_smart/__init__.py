"""APC's smart protocol: Smart-UPS, Back-UPS Pro, Matrix and Symmetra on their serial port."""

from .driver import ApcSmart as driver

__all__ = ["driver"]
