"""XCP, the serial protocol of Powerware and Eaton UPSes, also over USB."""

from .driver import Xcp as driver

__all__ = ["driver"]
