"""Fetches everything that pyfronius fetches from a data logger. Arguments: base URL."""
import asyncio
import json
import sys

import aiohttp
import pyfronius


async def main():
    async with aiohttp.ClientSession() as session:
        fronius = pyfronius.Fronius(session, sys.argv[1])
        print(json.dumps({
            "flow": await fronius.current_power_flow(),
            "system": await fronius.current_system_inverter_data(),
            "inverter": await fronius.current_inverter_data("1"),
            "phases": await fronius.current_inverter_3p_data("1"),
            "inverters": await fronius.inverter_info(),
            "logger": await fronius.current_logger_info(),
            "leds": await fronius.current_led_data(),
            "devices": await fronius.current_active_device_info(),
            "meters": await fronius.current_system_meter_data(),
            "storages": await fronius.current_system_storage_data(),
        }))


asyncio.run(main())
