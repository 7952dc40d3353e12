#!/bin/bash
# At a technician's desk: unmodified clients against a device of every type. Arguments: python, the folder of the tests' clients.
# Prints a line for each that works, and what went wrong for each that does not.
python=$1
clients=$2
say() { # NAME EXPECTED COMMAND...
    local name=$1 expected=$2 seen
    shift 2
    seen=$("$@" 2>&1)
    if grep -qE -- "$expected" <<<"$seen"; then echo "ok $name"; else echo "FAILED $name: $seen"; fi
}
# SunSpec: address, port and unit of every vendor; scan, read and write.
while read -r vendor address port unit end; do
    say "sunspec-$vendor" "^works$" "$python" "$clients/vendor.py" "$address" "$port" "$unit" $end
done <<'LIST'
generic 192.168.1.20 502 1
solaredge 192.168.1.21 1502 1
solaredge-follower 192.168.1.21 1502 2
sma 192.168.1.22 502 126 endless
fronius 192.168.1.23 502 1
huawei 192.168.1.24 502 1
kostal 192.168.1.25 1502 71
sungrow 192.168.1.26 502 1
meter 192.168.1.30 502 1
tracker 192.168.1.31 502 1
weather 192.168.1.32 502 1
LIST
say mbpoll-float "[0-9]" mbpoll -m tcp -a 1 -0 -r 40093 -c 1 -t 4:float -B -1 192.168.1.23
say mbpoll-dump "4875" mbpoll -m tcp -a 1 -0 -r 100 -c 2 -1 192.168.1.33
say mbpoll-strange-unit "[Tt]arget device failed to respond" mbpoll -m tcp -a 9 -0 -r 40000 -c 2 -1 192.168.1.20
say snmp "musterhof/switch" snmpwalk -v 2c -c public -On 192.168.1.60
say snmp-v1 "port3" snmpget -v 1 -c public 192.168.1.60 1.3.6.1.2.1.2.2.1.2.3
say https-stranger "self-signed|self signed" curl -sS https://192.168.1.44/
say https "musterhof" curl -sSk https://192.168.1.44/
say curve "<polygon points=\"0,120 " curl -sS http://192.168.1.40/
say fronius-symo "^works$" "$python" "$clients/loggers.py" symo 192.168.1.40
say fronius-gen24 "^works$" "$python" "$clients/loggers.py" gen24 192.168.1.41
say solar-log "^works$" "$python" "$clients/loggers.py" solar-log 192.168.1.42
say kostal "^works$" "$python" "$clients/loggers.py" kostal 192.168.1.43
ssh=(-o StrictHostKeyChecking=yes -o BatchMode=yes)
folder=$(mktemp -d)
head -c 300000 /dev/urandom >"$folder/up"
say scp-up "^$" scp "${ssh[@]}" "$folder/up" service@192.168.1.50:notes.bin
say sftp-list "notes.bin" sftp "${ssh[@]}" -b <(echo "mkdir logs
rename notes.bin logs/notes.bin
ls logs") service@192.168.1.50
say scp-down "^$" scp "${ssh[@]}" service@192.168.1.50:logs/notes.bin "$folder/down"
say scp-same "^same$" sh -c "cmp '$folder/up' '$folder/down' && echo same"
# The old protocol, which has no SFTP in it.
say scp-old-up "^$" scp -O "${ssh[@]}" "$folder/up" service@192.168.1.50:old.bin
say scp-old-tree "^$" scp -O -r "${ssh[@]}" service@192.168.1.50:logs "$folder/tree"
say scp-old-down "^$" scp -O "${ssh[@]}" service@192.168.1.50:old.bin "$folder/old"
say scp-old-same "^same$" sh -c "cmp '$folder/up' '$folder/old' && cmp '$folder/up' '$folder/tree/notes.bin' && echo same"
say scp-old-missing "No such file" scp -O "${ssh[@]}" service@192.168.1.50:nowhere "$folder/none"
say ssh-shell "notes.bin" ssh "${ssh[@]}" service@192.168.1.50 ls logs
audit=$("$python" -m ssh_audit --skip-rate-test -l fail 192.168.1.50 2>&1) || true
if grep -q "\[fail\]" <<<"$audit" || ! grep -q "SSH-2.0" <<<"$audit$("$python" -m ssh_audit --skip-rate-test 192.168.1.50 2>&1)"; then
    echo "FAILED ssh-audit: $audit"
else
    echo "ok ssh-audit"
fi
rm -rf "$folder"
