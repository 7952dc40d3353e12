"""Scans, reads and, where there is something to write, writes with pysunspec2.

Arguments: host, port, unit, and 'endless' where the chain has no end model: there the scan fails, as it does in the field, behind
the last model, and what it has found can be worked with. Prints 'works'.
"""
import sys

import sunspec2.modbus.client as client
import sunspec2.modbus.modbus as modbus

host, port, unit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
device = client.SunSpecModbusClientDeviceTCP(slave_id=unit, ipaddr=host, ipport=port, timeout=5)
is_endless = "endless" in sys.argv
try:
    device.scan()
    assert not is_endless, "the scan came to an end that is not there"
except modbus.ModbusClientException:
    assert is_endless
    assert [key for key in device.models if isinstance(key, int)] == [1, 103, 120, 121, 122, 123, 160], device.models
for model in device.model_list:
    assert not model.error_info, (model.model_id, model.error_info)
assert "musterhof/" in device.common[0].SN.value, device.common[0].SN.value
if 123 in device.models:
    controls = device.models[123][0]
    inverter = next(device.models[number][0] for number in (103, 113) if number in device.models)
    before = inverter.W.cvalue
    controls.WMaxLimPct.cvalue = 10
    controls.WMaxLim_Ena.value = 1
    controls.write()
    inverter.read()
    rated = device.models[120][0].WRtg.cvalue if 120 in device.models else 110_000
    assert before > 0.2 * rated and inverter.W.cvalue <= 0.101 * rated, (before, inverter.W.cvalue, rated)
    controls.WMaxLim_Ena.value = 0
    controls.write()
    inverter.read()
    assert inverter.W.cvalue > 0.2 * rated, inverter.W.cvalue
if 203 in device.models:
    assert device.models[203][0].W.cvalue < -10_000, device.models[203][0].W.cvalue
if 302 in device.models:
    assert device.models[302][0].repeating[0].GHI.cvalue > 100
    assert device.models[307][0].TmpAmb.cvalue == 24
if 601 in device.models:
    tracker = device.models[601][0]
    assert tracker.N.value == 2 and 50 < tracker.tracker[1].ElPos.cvalue < 70, tracker.tracker[1].ElPos.cvalue
    tracker.tracker[0].ElCtl.cvalue = 12.5
    tracker.tracker[0].Ctl.value = 1
    tracker.write()
    tracker.read()
    assert abs(tracker.tracker[0].ElPos.cvalue - 12.5) < 0.01, tracker.tracker[0].ElPos.cvalue
device.close()
print("works")
