#!/usr/bin/env bash
# Builds the debug, sanitized and release trees and runs the tests of all of them in one ctest.
# Fails if a test fails, and if one does not run. Usage: check.sh [CTEST-OPTION…]
set -euo pipefail
cd "$(dirname "$0")/.."

for preset in release debug sanitize; do
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset"
done

# A directory of tests that is made of the other two.
mkdir -p build-debug/all
printf 'subdirs("%s/%s")\n' "$PWD" build-debug "$PWD" build-sanitize > build-debug/all/CTestTestfile.cmake
log=build-debug/all/log
status=0
ctest --test-dir build-debug/all --output-on-failure --no-tests=error \
  --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" "$@" </dev/null | tee "$log" || status=$?
if grep -q '^The following tests did not run' "$log"; then
  status=1
fi
exit $status
