#!/usr/bin/env bash
# Builds the ground floor with libFuzzer's eyes and feeds each entry for FUZZ_SECONDS (60); what hurts is kept under Fixtures/fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-60}
work=.build/fuzz
mkdir -p "$work"
flags=(-swift-version 6 -package-name mirox_rig -O -enable-testing -sanitize=fuzzer,address -use-ld=lld -parse-as-library
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility
    -I "$work" -I Sources/CSodium -Xlinker -lsodium -Xlinker -lcrypto)
# The package manager writes such a map by itself.
echo "module CCrypto { header \"$PWD/Sources/CCrypto/include/ccrypto.h\" export * }" >"$work/module.modulemap"
"${CC:-cc}" -O2 -c -I Sources/CCrypto/include -o "$work/aead.o" Sources/CCrypto/aead.c
module() {
    # Only the last one is a program: libFuzzer's main must stand in it alone.
    swiftc "${flags[@]}" -emit-module -emit-module-path "$work/$1.swiftmodule" -module-name "$1" \
        -wmo -emit-object -o "$work/$1.o" "${@:2}"
}
for name in Timebase Digest Addressing AccessModel ControlProtocol WireGuardProtocol TunnelRouting; do
    module "$name" $(find "Sources/$name" -name '*.swift' | sort)
done
module FuzzEntries Tests/FuzzEntries/*.swift
swiftc "${flags[@]}" -module-name Fuzzing -o "$work/fuzzing" Tests/Fuzzing/Entry.swift "$work"/*.o

failed=0
for target in ${FUZZ_TARGETS:-datagram inner configuration}; do
    corpus="$work/corpus-$target"
    mkdir -p "$corpus"
    options=(-max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1
        -artifact_prefix="Fixtures/fuzz/$target/")
    [ "$target" = configuration ] && options+=(-dict=Tests/Fuzzing/configuration.dict)
    echo "fuzzing $target for $seconds s"
    FUZZ_TARGET=$target "$work/fuzzing" "${options[@]}" "$corpus" "Fixtures/fuzz/$target" >"$work/$target.log" 2>&1 \
        || { failed=1; grep -E '^(SUMMARY|.*Fatal error|==.*ERROR|Test unit written)' "$work/$target.log" || tail -5 "$work/$target.log"; }
    grep -E 'cov: [0-9]+' "$work/$target.log" | tail -1
    grep -E 'number_of_executed_units|peak_rss_mb' "$work/$target.log" || true
done
exit $failed
