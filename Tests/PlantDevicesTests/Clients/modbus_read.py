"""Reads with pymodbus: the identity block, an address outside the map, another unit. Arguments: host, port."""
import json
import sys

from pymodbus.client import ModbusTcpClient

client = ModbusTcpClient(sys.argv[1], port=int(sys.argv[2]), timeout=5)
client.connect()
identity = client.read_holding_registers(49000, count=66, device_id=1)
text = "".join(chr(word >> 8) + chr(word & 255) for word in identity.registers)
names = [part.strip("\0") for part in (text[:4], text[4:68], text[68:132])]
outside = client.read_holding_registers(1000, count=2, device_id=1)
stranger = client.read_holding_registers(40000, count=2, device_id=7)
about = client.read_device_information(device_id=1)
client.close()
print(json.dumps({
    "identity": names, "outside": outside.exception_code, "stranger": stranger.exception_code,
    "about": {str(key): value.decode() for key, value in about.information.items()},
}))
