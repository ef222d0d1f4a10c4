"""Simulated USB UPSes: the device side of USB, without a kernel's USB and without root.

The rooms, from the device outwards:

* `usb`, `faults`, `device`: what any USB device does: descriptors, control requests, endpoints,
  faults, a log of transfers.
* `usages`, `report_descriptor`, `hidbuild`, `power_device`, `hid`: HID Power Devices, whose
  reports follow a simulated battery and mains.
* `carrier`, `bridges`, `string_bridges`, `xcp`: a serial UPS of `tests.simulators` behind USB;
  `small`: odd ones.
* `devices`: the devices themselves, as tables; `devices.make("apc")`.
* `bus`: what is plugged in where; two transports stand on it. `pyusb_bus` is a pure-Python
  backend for pyusb. `usbfs`, `usbfs_node` and `usbfs_bus` serve real libusb through umockdev's
  preload library.
* `control`, `remote`, `preload`, `nut`: for tests and people: verbs, a simulator in a child
  process, where the preload library is, NUT's drivers on a simulated device.
"""
