#!/bin/bash
# Plays the host: a namespace with a stock WireGuard client, and a lab whose gateway is exposed to it.
# usage: stock-client.sh MIROX_RIG FOLDER, inside `unshare -Urnm --pid --fork --kill-child --mount-proc`.
set -eu
rig=$1; folder=$2
unset WG_PROCESS_FOREGROUND
mount -t tmpfs tmpfs /run; mkdir -p /run/wireguard
ip link set lo up
"$rig" up Fixtures/sites/nordwind.yaml --name stock --expose 127.0.0.1:0 > "$folder/up.log" 2>&1 &
until grep -q ' - ready' "$folder/up.log"; do
    kill -0 $! || { cat "$folder/up.log"; exit 1; }
    sleep 0.05
done
"$rig" conf --lab stock anna/laptop > "$folder/mirox-vpn.conf"
echo "before: $("$rig" status --lab stock | grep anna/laptop)"
address=$(sed -n 's/^Address = //p' "$folder/mirox-vpn.conf")
wireguard-go wgstock > /dev/null 2>&1
wg setconf wgstock <(wg-quick strip "$folder/mirox-vpn.conf")
ip address add "$address" dev wgstock
ip link set wgstock mtu 1420 up
for prefix in $(sed -n 's/^AllowedIPs = //p' "$folder/mirox-vpn.conf" | tr -d ,); do ip route add "$prefix" dev wgstock; done
ping -c 2 -W 5 192.168.1.20 > /dev/null && echo "ping: answered"
echo "http: $(curl -sS --max-time 10 -D - -o /dev/null http://192.168.1.30/ | tr -d '\r' | grep -i '^x-plant')"
echo "modbus: $(mbpoll -m tcp -a 1 -0 -r 40000 -c 1 -t 4:hex -1 192.168.1.20 | grep '^.40000')"
echo "refused: $(ping -c 1 -W 5 172.16.5.20 | grep -o 'Packet filtered')"
wg show wgstock latest-handshakes | awk '{ print ($2 > 0) ? "handshake: done" : "handshake: none" }'
kill -INT %1; wait %1 || true
