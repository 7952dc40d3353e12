#!/bin/bash
# Unpacks, and does not install, the wireguard-go of Debian unstable, by way of this machine's own mirror, as the strongest peer.
# Without a mirror that has it the benchmark goes on with the installed one.
set -eu
target=$(realpath -m "$1")
mkdir -p "$target"
ls "$target"/wireguard-go-2* >/dev/null 2>&1 && exit 0
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    grep -E '^(deb|URIs:) ' | grep -oE '[a-z]+(\+[a-z]+)?://[^ ]+' | grep -v security | head -1)
[ -n "$mirror" ] || { echo "no mirror is configured" >&2; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
echo "deb [trusted=yes] $mirror sid main" >"$work/sources.list"
options=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
cd "$work"
if apt-get "${options[@]}" update >/dev/null 2>&1 && apt-get "${options[@]}" download wireguard-go >/dev/null 2>&1; then
    package=$(ls wireguard-go_*.deb)
    dpkg-deb -x "$package" root
    version=$(sed -E 's/.*_0\.0\.([0-9]{8}).*/\1/' <<<"$package")
    cp root/usr/bin/wireguard-go "$target/wireguard-go-$version"
else
    echo "the mirror has no newer wireguard-go" >&2
fi
