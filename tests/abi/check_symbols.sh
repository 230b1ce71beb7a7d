#!/usr/bin/env bash
# Compares the symbols that the shared library exports with the committed list: check_symbols.sh LIBRARY
#
# A symbol that is missing breaks programs; one that is new must be meant, and belongs in symbols.txt.
set -euo pipefail

list=$(dirname "$0")/symbols.txt
if diff "$list" <(nm -D --defined-only "$1" | awk '{print $NF}' | LC_ALL=C sort); then
    echo "$(wc -l < "$list") symbols are exported, all as listed"
else
    echo "$1 exports other symbols than $list (< listed, > exported)" >&2
    exit 1
fi
