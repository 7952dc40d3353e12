"""Scans an inverter with pysunspec2 and writes what it understood as JSON. Arguments: host, port."""
import json
import sys

import sunspec2.modbus.client as client

device = client.SunSpecModbusClientDeviceTCP(slave_id=1, ipaddr=sys.argv[1], ipport=int(sys.argv[2]), timeout=5)
device.scan()
seen = {}
for models in device.model_list:
    points = {name: point.cvalue for name, point in models.points.items()}
    groups = {
        f"{name}.{index + 1}": {p: point.cvalue for p, point in group.points.items()}
        for name, value in models.groups.items()
        for index, group in enumerate(value if isinstance(value, list) else [value])
    }
    seen[models.model_id] = {"length": models.model_len, "error": models.error_info, "points": points, "groups": groups}

controls = device.models[123][0]
controls.WMaxLimPct.cvalue = 10
controls.WMaxLim_Ena.value = 1
controls.write()
inverter = device.models[103][0]
inverter.read()
limited = inverter.W.cvalue
controls.WMaxLim_Ena.value = 0
controls.write()
inverter.read()
device.close()
print(json.dumps({"base": device.base_addr, "models": seen, "limited": limited, "freed": inverter.W.cvalue}))
