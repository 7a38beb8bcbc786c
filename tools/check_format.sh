#!/bin/sh
# Checks that clang-format would change nothing.
set -eu
cd "$(dirname "$0")/.."
find src programs tests bench -name '*.cc' -o -name '*.h' |
  xargs clang-format --dry-run --Werror
echo "format: fine"
