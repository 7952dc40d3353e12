"""Discovers an inverter with pysunspec2. Argument: host. Prints its models and its serial number."""
import sys

import sunspec2.modbus.client as client

device = client.SunSpecModbusClientDeviceTCP(slave_id=1, ipaddr=sys.argv[1], timeout=5)
device.scan()
print(sorted(key for key in device.models if isinstance(key, int)))
print(device.common[0].SN.value)
device.close()
