"""Asks a data logger everything that its clients can ask. Arguments: symo, gen24, solar-log or kostal; host; 'night'. Prints 'works'."""
import asyncio
import sys

import aiohttp


async def fronius(host, is_gen24, is_night):
    import pyfronius

    async with aiohttp.ClientSession() as session:
        api = pyfronius.Fronius(session, f"http://{host}")
        flow = await api.current_power_flow()
        inverter = await api.current_inverter_data("1")
        if is_night:
            assert flow["power_photovoltaics"]["value"] in (None, 0), flow
            assert is_gen24 or "power_ac" not in inverter, inverter
        else:
            assert flow["power_photovoltaics"]["value"] > 1000, flow
            assert inverter["power_ac"]["value"] > 1000, inverter
        await api.current_system_inverter_data()
        await api.current_inverter_3p_data("1")
        assert len((await api.inverter_info())["inverters"]) >= 7
        await api.current_led_data()
        assert (await api.current_active_device_info())["inverters"]
        await api.current_system_meter_data()
        await api.current_system_storage_data()
        await api.current_system_ohmpilot_data()
        try:
            logger = await api.current_logger_info()
            assert not is_gen24 and logger["unique_identifier"]["value"].startswith("musterhof/"), logger
        except (pyfronius.NotSupportedError, pyfronius.BadStatusError):
            assert is_gen24


async def kostal(host, is_night):
    import pykoplenti

    async with aiohttp.ClientSession() as session:
        client = pykoplenti.ApiClient(session, host)
        try:
            await client.login("wrong")
            raise AssertionError("a wrong password opened the door")
        except pykoplenti.AuthenticationException:
            pass
        await client.login("plant-musterhof")
        assert (await client.get_me()).is_authenticated
        names = await client.get_process_data()
        assert "P" in names["devices:local:ac"]
        values = await client.get_process_data_values({"devices:local:ac": ["P", "L1_U"], "devices:local": ["Dc_P"]})
        power = values["devices:local:ac"]["P"].value
        assert power == values["devices:local"]["Dc_P"].value == 0 if is_night else power > 1000, values
        assert len(await client.get_process_data_values("devices:local:pv1")) == 1
        assert list(await client.get_modules())
        await client.logout()


def solar_log(host, is_night):
    from sunwatcher.solarlog.solarlog import SolarLog

    logger = SolarLog(f"http://{host}")
    assert logger.power_ac == logger.power_dc == 0 if is_night else logger.power_ac > 1000, logger.power_ac
    assert logger.yield_total > logger.yield_year > logger.yield_day > 0
    assert str(logger.time).startswith("2026-06-2"), logger.time


kind, address, night = sys.argv[1], sys.argv[2], len(sys.argv) > 3
if kind == "solar-log":
    solar_log(address, night)
elif kind == "kostal":
    asyncio.run(kostal(address, night))
else:
    asyncio.run(fronius(address, kind == "gen24", night))
print("works")
