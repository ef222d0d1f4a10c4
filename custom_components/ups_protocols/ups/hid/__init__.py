"""USB HID Power Devices: report descriptors, usages and values, over USB or SHUT."""
