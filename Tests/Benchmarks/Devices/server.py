"""The other yardstick: pymodbus' own server. Arguments: port; holding registers 40000 to 40999 on 127.0.0.1."""
import asyncio
import sys

from pymodbus.server import StartAsyncTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

device = SimDevice(id=1, simdata=[SimData(40000, count=1000, values=7, datatype=DataType.REGISTERS)])
asyncio.run(StartAsyncTcpServer(device, address=("127.0.0.1", int(sys.argv[1]))))
