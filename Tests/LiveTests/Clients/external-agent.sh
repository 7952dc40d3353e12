#!/usr/bin/env bash
# A machine that serves a lab with a place left for the agent of 'weinberg', and on it a stock WireGuard peer, or our own agent, that
# takes the place: it enrols with the printed token, has a device's address itself, and answers there.
# Run it in user, network, mount and PID namespaces of its own. Arguments: mirox-rig, a fixture, a name for the lab, stock or ours.
set -euo pipefail
rig=$1 fixture=$2 name=$3 kind=$4
unset WG_PROCESS_FOREGROUND
ip link set lo up
mount -t tmpfs tmpfs /run
mkdir /run/page
echo 'answered by a real agent' >/run/page/index.html

exec {output}< <(exec "$rig" up "$fixture" --name "$name" --expose 127.0.0.1:0 --external-agent weinberg 2>&1)
up=$!
token='' web='' gateway=''
while IFS= read -r line <&"$output"; do
    printf '%s\n' "$line"
    case $line in
        *'enrolment token'*) token=${line##* } ;;
        *'curl -sS '*) web=$(grep -o 'http://[0-9.:]*' <<<"$line") ;;
        *'gateway  '*) gateway=$(awk '{print $2}' <<<"$line") && break ;;
    esac
done

curl_inside() { "$rig" exec --lab "$name" anna/laptop -- curl -sS --max-time "$1" http://10.20.0.30/; }
curl_inside 3 && exit 3 || echo 'refused before'

stock_agent() {
    (umask 077 && wg genkey >/run/key)
    answer=$(curl -sS "$web/api/v1/agent/enroll" -H 'Content-Type: application/json' \
        -d "{\"token\": \"$token\", \"publicKey\": \"$(wg pubkey </run/key)\"}")
    key=$(grep -o '"publicKey" *: *"[^"]*"' <<<"$answer" | sed 's/.*: *"//; s/"$//; s#\\/#/#g')
    pool=$(grep -o '"pool" *: *"[^"]*"' <<<"$answer" | sed 's/.*: *"//; s/"$//; s#\\/#/#g')

    wireguard-go wgagent >/dev/null 2>&1
    wg set wgagent private-key /run/key peer "$key" allowed-ips "$pool" endpoint "$gateway" persistent-keepalive 1
    ip link set wgagent mtu 1420 up
    ip route add "$pool" dev wgagent src 10.20.0.30
}

ip address add 10.20.0.30/32 dev lo
if [ "$kind" = stock ]; then
    stock_agent
    ended() { ip link delete wgagent; }
else
    "$rig" agent --control-plane "$web" --token "$token" --gateway "$gateway" --device wgagent &
    agent=$!
    ended() { kill -INT "$agent" && wait "$agent" || echo "our agent ended with $?"; }
fi
python3 -m http.server 80 --bind 10.20.0.30 --directory /run/page >/dev/null 2>&1 &

for _ in $(seq 30); do
    if curl_inside 5; then break; fi
    sleep 0.5
done
ended
kill -TERM "$up"
wait "$up" || true
