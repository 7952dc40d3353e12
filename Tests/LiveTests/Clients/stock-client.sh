#!/usr/bin/env bash
# A machine that serves a lab with --expose, and on it a stock WireGuard client with the profile that the rig prints.
# Run it in user, network, mount and PID namespaces of its own: on a real host the profile would take the machine's private ranges.
# Arguments: mirox-rig, a fixture, a name for the lab. Prints what was seen, each part under a line '== PART'.
set -euo pipefail
rig=$1 fixture=$2 name=$3
# With it, wireguard-go would not go to the background.
unset WG_PROCESS_FOREGROUND
part() { printf '== %s\n' "$1"; }
# What fails is for the test to see.
try() { "$@" 2>&1 || printf 'status %s\n' "$?"; }

ip link set lo up
mount -t tmpfs tmpfs /run
profile=/run/wgtest.conf
links() { ip -oneline link | cut -d: -f2; }
part links-before
links
mounts_before=$(</proc/self/mounts)

exec {output}< <(exec "$rig" up "$fixture" --name "$name" --expose 127.0.0.1:0 2>&1)
up=$!
part up
while IFS= read -r line <&"$output"; do
    printf '%s\n' "$line"
    [[ $line == *" - ready" ]] && break
done

part status-before
try "$rig" status --lab "$name" --json
part conf
(umask 077 && "$rig" conf --lab "$name" anna/laptop >"$profile")
grep -v PrivateKey "$profile"
part status-after
try "$rig" status --lab "$name" --json

# What `wg-quick up` does, without its question whether the kernel has WireGuard. A profile that leaves the MTU unsaid gets the
# loopback's, less WireGuard's 80 bytes.
value() { sed -n "s/^$1 = //p" "$profile"; }
mtu=$(value MTU)
wireguard-go wgtest >/dev/null 2>&1
wg setconf wgtest <(wg-quick strip "$profile")
ip address add "$(value Address)" dev wgtest
ip link set wgtest mtu "${mtu:-65456}" up
for prefix in $(value AllowedIPs | tr , ' '); do ip route add "$prefix" dev wgtest; done

part curl
try curl -sS -i --max-time 10 http://192.168.1.30/
part ping
try ping -c 2 -W 5 192.168.1.20
part modbus
try mbpoll -m tcp -a 1 -0 -r 40000 -c 1 -t 4:hex -1 192.168.1.20
part refused
try ping -c 1 -W 5 172.16.5.20
part large-ping
try ping -c 2 -W 5 -s 3000 192.168.1.20
part wg
try wg show wgtest
part handshakes
try wg show wgtest latest-handshakes
part inside
try "$rig" exec --lab "$name" anna/laptop -- curl -sS --max-time 2 http://192.168.1.30/

ip link delete wgtest
kill -TERM "$up"
part up-status
wait "$up" || printf '%s\n' "$?"
part links-after
links
part mounts
[[ $(</proc/self/mounts) == "$mounts_before" ]] && echo unchanged
