#!/bin/bash
# stock-in-lab.sh FILE.conf ADDRESS: at the internet of a lab, an unmodified wireguard-go with a profile as the page
# downloads it; asks the web server at the address through the tunnel, and says which key the client shows.
set -euo pipefail
conf=$1 address=$2
export WG_TUN_NAME_FILE=/run/home/tun-name WG_PROCESS_FOREGROUND=1
wireguard-go -f stock0 >/run/home/wireguard-go.log 2>&1 &
client=$!
trap 'kill $client' EXIT
for _ in $(seq 200); do [ -S /var/run/wireguard/stock0.sock ] && break; sleep 0.05; done
# wg-quick takes what wg does not know: addresses and the MTU.
sed -E '/^(Address|MTU|DNS)/d' "$conf" >/run/home/stock.conf
wg setconf stock0 /run/home/stock.conf
ip address add "$(sed -nE 's/^Address = (.*)/\1/p' "$conf")" dev stock0
ip link set stock0 mtu "$(sed -nE 's/^MTU = (.*)/\1/p' "$conf" | grep . || echo 1420)" up
for range in $(sed -nE 's/^AllowedIPs = (.*)/\1/p' "$conf" | tr -d ,); do ip route add "$range" dev stock0; done
curl -sS -i --max-time 15 "http://$address/"
echo
echo "key: $(wg show stock0 public-key)"
