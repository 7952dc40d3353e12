#!/bin/sh
# behind.sh ADDRESS: at a plant of a lab, a machine of its own behind the plant's network, with the agent's host as router:
# a namespace 'behind' with the address, reached over Ethernet. What it sends to people goes out through the tunnel.
set -eu
address=$1
ip netns add behind
ip link add lan0 type veth peer name eth0 netns behind
ip address add 192.168.1.254/32 dev lan0
ip link set lan0 up
ip route add "$address/32" dev lan0
# The devices that live at the plant itself know their LAN only; this one has a router.
ip rule add from "$address" lookup main priority 500
ip netns exec behind ip address add "$address/24" dev eth0
ip netns exec behind ip link set lo up
ip netns exec behind ip link set eth0 up
ip netns exec behind ip route add default via 192.168.1.254
echo 1 >/proc/sys/net/ipv4/ip_forward
