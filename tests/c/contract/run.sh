#!/usr/bin/env bash
# Runs the tests of the contract, each in a process of its own: contract/run.sh PROGRAM [WRAPPER…]. ONLY names those that it runs.
set -euo pipefail

program=$1
shift
passed=0
for name in ${ONLY:-$("$program")}; do
    begun=$(date +%s%N)
    if ! said=$("$@" "$program" "$name" 2>&1); then
        printf '%s\n%s failed\n' "$said" "$name"
        exit 1
    fi
    printf '%s (%d ms)%s\n' "$name" $((($(date +%s%N) - begun) / 1000000)) "${said:+: $said}"
    passed=$((passed + 1))
done
[ $passed -gt 0 ]
echo "$passed passed, 0 failed"
