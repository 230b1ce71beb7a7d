#!/usr/bin/env bash
# Compares the symbols that the shared library exports with the committed list, and looks at what it imports: check_symbols.sh LIBRARY
#
# A symbol that is missing breaks programs; one that is new must be meant, and belongs in symbols.txt. What is not imported
# cannot be called: none of these changes what belongs to the host, ends it, or prints.
set -euo pipefail

list=$(dirname "$0")/symbols.txt
never='_exit|exit|quick_exit|atexit|__cxa_atexit|on_exit|signal|sigaction|sigaltstack|raise|kill|setenv|putenv|unsetenv|clearenv'
never+='|chdir|fchdir|chroot|umask|setlocale|uselocale|setrlimit.*|setpriority|nice|setuid|setgid|setsid|prctl'
never+='|fork|vfork|exec.*|posix_spawn.*|system|popen|pthread_atfork|dlopen'
never+='|printf|fprintf|vprintf|puts|fputs|putchar|fwrite|perror|syslog|__printf_chk|__fprintf_chk|stdin|stdout|stderr'

if diff "$list" <(nm -D --defined-only "$1" | awk '$2 != "A" {sub(/@@.*/, "", $NF); print $NF}' | LC_ALL=C sort); then
    echo "$(wc -l < "$list") symbols are exported, all as listed"
else
    echo "$1 exports other symbols than $list (< listed, > exported)" >&2
    exit 1
fi
if nm -D --undefined-only "$1" | awk '{sub(/@.*/, "", $NF); print $NF}' | grep -xE "$never"; then
    echo "$1 imports functions that a guest has no use for" >&2
    exit 1
fi
