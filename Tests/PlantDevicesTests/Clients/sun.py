"""What pvlib makes of the numbers on standard input, one JSON object: moments of a sky, and cosines through the chain."""
import json
import sys

import numpy
import pandas
from pvlib import clearsky, inverter, pvsystem, solarposition, temperature

given = json.load(sys.stdin)
times = pandas.to_datetime(given["seconds"], unit="s", utc=True)
sun = solarposition.spa_python(times, given["latitude"], given["longitude"])
zenith = numpy.degrees(numpy.arccos(numpy.array(given["cosines"])))
irradiance = clearsky.haurwitz(pandas.Series(zenith))["ghi"].to_numpy()
cell = temperature.pvsyst_cell(irradiance, given["ambient"], 0, u_c=29, u_v=0, module_efficiency=0.1, alpha_absorption=0.9)
dc = numpy.maximum(0, pvsystem.pvwatts_dc(irradiance, cell, given["dc"], -0.004, 25))
ac = numpy.maximum(0, inverter.pvwatts(dc, given["rated"] / 0.96))
json.dump(
    {
        "zenith": sun["zenith"].tolist(), "azimuth": sun["azimuth"].tolist(), "irradiance": irradiance.tolist(),
        "cell": cell.tolist(), "dc": dc.tolist(), "ac": ac.tolist(),
    }, sys.stdout)
