#!/usr/bin/env bash
# Modbus requests a second of our server, libmodbus' C loop and pymodbus' server, in turn, and what idle devices cost.
# usage: run.sh BENCH PYTHON   [SECONDS_EACH=3] [CONNECTIONS=50] [REGISTERS="10 100"] [ROUNDS=3] [IDLE=10000]
set -euo pipefail
bench=$1
python=$2
here=$(cd "$(dirname "$0")" && pwd)
seconds=${SECONDS_EACH:-3}
connections=${CONNECTIONS:-50}
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

cc -O2 -o "$work/load" "$here/load.c"
cc -O2 $(pkg-config --cflags libmodbus) -o "$work/loop" "$here/loop.c" $(pkg-config --libs libmodbus)
"$bench" serve 15021 & servers+=($!)
"$work/loop" 15022 & servers+=($!)
"$python" "$here/server.py" 15023 & servers+=($!)
for port in 15021 15022 15023; do
    for _ in $(seq 100); do (echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
done

for registers in ${REGISTERS:-10 100}; do
    declare -A best=([15021]=0 [15022]=0 [15023]=0) line=()
    # In turn, several rounds, the best of each: the machine itself swings by a third.
    for _ in $(seq "${ROUNDS:-3}"); do
        for port in 15021 15022 15023; do
            read -r rate median late < <("$work/load" "$port" "$connections" "$registers" "$seconds")
            if [ "$rate" -gt "${best[$port]}" ]; then best[$port]=$rate; line[$port]="$rate/s, median $median us, p99 $late us"; fi
        done
    done
    echo "$connections connections, $registers registers a read:"
    echo "  mirox-rig  ${line[15021]}"
    echo "  libmodbus  ${line[15022]}"
    echo "  pymodbus   ${line[15023]}"
    awk -v a="${best[15021]}" -v b="${best[15022]}" -v c="${best[15023]}" \
        'BEGIN { printf "  ratio to libmodbus %.2f (wanted 0.80), to pymodbus %.1f (wanted 4.0)\n", a / b, a / c }'
done
"$bench" idle "${IDLE:-10000}"
