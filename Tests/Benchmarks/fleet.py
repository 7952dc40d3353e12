"""A fleet of plants of ten devices each: up, every device pinged, a register of each plant read, and down."""
import json, os, subprocess, tempfile, threading, time
from pathlib import Path
from common import RIG, WORKLOAD, available, busy, cpu_seconds, run


def fixture(plants):
    return f"""format: 1
fixture: {plants} plants of ten devices, one technician for all of them
kinds:
  string-inverter: {{ type: inverter, vendor: generic, models: [1, 103, 120, 121, 122, 123, 160], rated: 10kW }}
organizations:
  fernwind:
    members:
      greta: {{ standing: admin }}
      emil: {{ job-role: operator }}
    portfolios:
      fleet:
        plants:
          "park-{{i}}":
            count: {plants}
            subnets:
              derived:
""" + "".join(f"                inverter-{index}: {{ at: .{19 + index}, kind: string-inverter }}\n" for index in range(1, 11)) + """grants:
  - { to: emil, portfolio: fleet, since: 2026-01-05 }
laptops:
  emil:
    laptop: { wan: 203.0.113.70 }
"""


def fleet(plants):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "fleet.yaml")
        file.write_text(fixture(plants))
        load, memory = busy(), available()
        name = f"fleet-{os.getpid()}"
        begin = time.monotonic()
        up = subprocess.Popen([RIG, "up", str(file), "--name", name], stdout=subprocess.PIPE, text=True)
        try:
            measure(up, name, plants, folder, begin, memory, load)
        finally:
            if up.poll() is None:
                up.send_signal(2)
                up.wait(timeout=120)


def measure(up, name, plants, folder, begin, memory, load):
    ready = None
    for line in up.stdout:
        if line.rstrip().endswith("- ready"):
            ready = time.monotonic() - begin
            break
    if ready is None:
        print(f"fleet of {plants}: does not come up, status {up.wait()}")
        return
    # Whoever reads on keeps the program from stopping at a full pipe.
    threading.Thread(target=lambda: [None for _ in up.stdout], daemon=True).start()
    used, spent = (memory - available()) / plants, cpu_seconds(up.pid)
    status = json.loads(run(RIG, "status", "--lab", name, "--json", timeout=120))
    devices = [[device["address"] for device in plant["devices"]] for plant in status["plants"]]
    Path(folder, "ping").write_text("\n".join(address for plant in devices for address in plant))
    Path(folder, "read").write_text("\n".join(plant[0] for plant in devices))
    words = run(RIG, "exec", "--lab", name, "emil/laptop", "--", WORKLOAD, "sweep", folder, 60).split()
    ping, read, pinged, answered, asked, to_read = *map(float, words[:2]), *map(int, words[2:])
    end = time.monotonic()
    up.send_signal(2)
    up.wait(timeout=120)
    down = time.monotonic() - end
    print(f"fleet of {plants} x {len(devices[0])}: up in {ready:.2f} s with {spent:.2f} s of processor, "
          f"pinged {pinged}/{asked} in {ping:.2f} s, read {answered}/{to_read} in {read:.2f} s, "
          f"all {ready + ping + read:.2f} s (goal <= 3 for 1,000); down in {down:.2f} s (goal <= 1); "
          f"{used:.3f} MB a plant (goal <= 0.6); others keep {load:.2f} cores busy")
