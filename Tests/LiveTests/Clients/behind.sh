#!/bin/sh
# behind.sh ADDRESS COMMAND...: at a plant of a lab, runs a command on a machine of its own behind the plant's network: a
# network namespace with the address, reached over Ethernet, with the agent's host as router. It goes with the command.
set -eu
address=$1
shift
unshare --net sleep 600 &
machine=$!
trap 'kill $machine; ip rule del from "$address" lookup main priority 500' EXIT
there() { nsenter --target "$machine" --net "$@"; }
# Until the namespace is another than ours.
while [ "$(readlink /proc/$machine/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
ip link add lan0 type veth peer name eth0 netns "$machine"
ip address add 192.168.1.254/32 dev lan0
ip link set lan0 up
# The devices that live at the plant itself know their LAN only; this one has a router.
ip rule add from "$address" lookup main priority 500
there ip address add "$address/24" dev eth0
there ip link set lo up
there ip link set eth0 up
there ip route add default via 192.168.1.254
ip route add "$address/32" dev lan0
echo 1 >/proc/sys/net/ipv4/ip_forward
there "$@"
