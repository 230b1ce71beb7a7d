#!/usr/bin/env bash
# Runs the calls, the contract and the scenario host with a sanitizer: sanitizers/run.sh address|undefined
#
# With address both sides are instrumented, the library by the compiler's flag that is not stable yet, in a build of its own.
# With undefined only the C side is, beside the library as it is shipped.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?address or undefined}
root=$(realpath ../..)
host=$(rustc -vV | sed -n 's/^host: //p')
build=${CARGO_TARGET_DIR:-$root/target}/sanitizers/$kind
out=$root/build/c/$kind

runtime=
case $kind in
    undefined) libraries=$root/target/release ;;
    address)
        libraries=$build/$host/debug
        # With a target of its own, build scripts and macros are built without the flag.
        RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=$build CARGO_PROFILE_DEV_OPT_LEVEL=1 \
            cargo rustc --quiet --locked -p proxykit-ffi --crate-type staticlib --target "$host"
        # The toolchain's runtime, which knows the code of its compiler, and that a process with threads may fork.
        mkdir -p "$out/runtime"
        ln -sf "$(rustc --print sysroot)/lib/rustlib/$host/lib/librustc-stable_rt.asan.a" "$out/runtime/libasan.a"
        runtime="-static-libasan -B$out/runtime" ;;
    *) echo "no such sanitizer: $kind" >&2; exit 2 ;;
esac

# A process that ends while it serves has no occasion to free anything.
without_leaks=the_host_exits_as_it_likes
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export PROXYKIT_WATCHED=1 PROXYKIT_CYCLES=200 PROXYKIT_FORKS=5 PROXYKIT_CERTIFICATES=$out

make --silent OUT="$out" LIBRARIES="$libraries" CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=$kind -fno-sanitize-recover=all $runtime" \
    "$out/test_abi" "$out/test_contract_static" "$out/scenario_host" "$out/certificate.pem"
"$out/test_abi" | tail -n 1
contract=$out/test_contract_static
ONLY=$("$contract" | grep -vx "$without_leaks") contract/run.sh "$contract"
ONLY=$without_leaks ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 contract/run.sh "$contract"
"$out/scenario_host" < host/smoke.txt > "$out/smoke.txt"
cut -f 1-3 "$out/smoke.txt" | diff host/smoke.expected.txt -
echo "the $kind sanitizer has nothing to say"
