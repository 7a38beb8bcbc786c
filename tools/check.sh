#!/usr/bin/env bash
# Builds what is released and the sanitized tree, and runs the tests of both in one ctest.
# Fails if a test fails, and if one does not run. Usage: check.sh [CTEST-OPTION…]
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset release -DWARREN_TESTS=ON >/dev/null
cmake --build --preset release
cmake --preset sanitize >/dev/null
cmake --build --preset sanitize

# A directory of tests that is made of the other two.
mkdir -p build/all
printf 'subdirs("%s/%s")\n' "$PWD" build "$PWD" build-sanitize > build/all/CTestTestfile.cmake
log=build/all/log
status=0
# Most tests wait for most of their time.
jobs=$((3 * ${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}))
ctest --test-dir build/all --output-on-failure --no-tests=error --parallel "$jobs" "$@" </dev/null | tee "$log" || status=$?
if grep -q '^The following tests did not run' "$log"; then
  status=1
fi
exit $status
