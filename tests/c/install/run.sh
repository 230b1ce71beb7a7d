#!/usr/bin/env bash
# Installs to a folder of its own and uses what is there as a user would: install/run.sh BUILD (the folder of packaging's files).
set -euo pipefail
build=$(realpath "$1")
cd "$(dirname "$0")"
root=$(realpath ../../..)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The compiler's settings of whoever runs the tests say nothing of what is installed.
unset CFLAGS LDFLAGS LD_LIBRARY_PATH PKG_CONFIG_PATH PKG_CONFIG_LIBDIR
staged="$work/staged"
prefix="$work/installed"
package() { make --silent --no-print-directory -C "$root/packaging" OUT="$build" "$@"; }
fail() { echo "install: $1" >&2; exit 1; }

# Each program serves, and says with which version.
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml")
runs() { [ "$("$@")" = "$version" ] || fail "$* does not run as it should"; }
needs() { readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'; }

# What is installed, where Debian's packagers want it, and what is left afterwards.
subfolder=$(cc -print-multiarch)
libdir=/usr/lib${subfolder:+/$subfolder}
package install DESTDIR="$staged" PREFIX=/usr LIBDIR="$libdir"
(cd "$staged/usr" && find . -type l -printf '%P -> %l\n' -o -type f -printf '%P\n') \
    | sed 's|'"$subfolder"'/*||; s|\.so\.'"$version"'|.so.VERSION|' | LC_ALL=C sort | diff files.txt - \
    || fail "not the files that are listed"
library=$staged$libdir/libproxykit.so
archive=$staged$libdir/libproxykit.a

# What the loader reads.
readelf -d "$library" | grep -q 'SONAME.*\[libproxykit\.so\.0\]' || fail "the library has no SONAME"
readelf -d "$library" | grep -q 'BIND_NOW' || fail "its symbols are not bound when it is loaded"
! readelf -lW "$library" | grep -q 'GNU_STACK.*RWE' || fail "it wants a stack that can be executed"
! needs "$library" | grep -vE '^(libc|libgcc_s|libm|ld-linux.*)\.so' || fail "it needs libraries that it should not"
nm -g --defined-only "$archive" | awk 'NF == 3 {print $3}' | LC_ALL=C sort | diff "$root/tests/abi/symbols.txt" - \
    || fail "the archive shows other symbols than those that are listed"
! nm -D --defined-only "$library" | grep -v '@@PROXYKIT_0$' | grep -v ' A PROXYKIT_0$' || fail "symbols without a version"
# What it is built from is nobody's business.
for file in "$library" "$archive"; do
    ! grep -aqF -e "${CARGO_HOME:-$HOME/.cargo}" -e "$root" "$file" || fail "$file tells where it was built"
done

# CMake, in the staged tree: what it finds is relative.
cmake -S . -B "$work/cmake" -DCMAKE_PREFIX_PATH="$staged/usr" -DCMAKE_BUILD_TYPE=Release >"$work/log" || { cat "$work/log"; fail "CMake does not find it"; }
cmake --build "$work/cmake" >"$work/log" || { cat "$work/log"; fail "CMake does not build with it"; }
runs "$work/cmake/program"
runs "$work/cmake/program_static"
runs "$work/cmake/program_cpp"
needs "$work/cmake/program" | grep -qx libproxykit.so.0 || fail "the program does not ask for the SONAME"
! needs "$work/cmake/program_static" | grep -q proxykit || fail "the static program needs the shared library"
sed 's/proxykit 0\.1 /proxykit 0.2 /' CMakeLists.txt >"$work/CMakeLists.txt"
cp program.c program.cpp "$work"
! cmake -S "$work" -B "$work/newer" -DCMAKE_PREFIX_PATH="$staged/usr" >"$work/log" 2>&1 || fail "CMake takes 0.1 for 0.2"

package uninstall DESTDIR="$staged" PREFIX=/usr LIBDIR="$libdir"
left=$(find "$staged" ! -type d)
[ -z "$left" ] || fail "uninstall leaves $left"

# pkg-config, where it was installed for good.
package install PREFIX="$prefix"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
(cd "$work" && sh -eu "$OLDPWD/pkg_config.sh" 2>"$work/log") || { cat "$work/log"; fail "pkg-config's words do not build"; }
runs env LD_LIBRARY_PATH="$prefix/lib" "$work/program"
runs "$work/program_static"
runs "$work/program_all_static"
! needs "$work/program_static" | grep -q proxykit || fail "the static program needs the shared library"
[ -z "$(needs "$work/program_all_static")" ] || fail "the program that has everything in it needs a library"
# Beside another archive of Rust, in both orders.
rustc --edition 2024 other.rs -o "$work/libother.a"
for order in "$prefix/lib/libproxykit.a $work/libother.a" "$work/libother.a $prefix/lib/libproxykit.a"; do
    cc "$work/program.c" $(pkg-config --cflags proxykit) $order -Wl,-u,other_answer -lpthread -ldl -lm -o "$work/program_two"
    runs "$work/program_two"
done
# From C++, with the header of C and with its own.
c++ -std=c++17 -x c++ "$work/program.c" -x none $(pkg-config --cflags --libs proxykit) -o "$work/program_c_as_cpp"
runs env LD_LIBRARY_PATH="$prefix/lib" "$work/program_c_as_cpp"
c++ -std=c++17 "$work/program.cpp" $(pkg-config --cflags --libs proxykit) -o "$work/program_cpp"
runs env LD_LIBRARY_PATH="$prefix/lib" "$work/program_cpp"
echo "installed and used: by CMake and by pkg-config, shared and static, from C and C++"
