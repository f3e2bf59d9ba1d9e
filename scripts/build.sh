# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Sourced by the other scripts: pare_build PRESET TARGET... configures and builds
# quietly, and shows the compiler's output only if something fails.

pare_build() {
  local preset=$1 log
  shift
  log=build/$preset-build.log
  mkdir -p build
  echo "== configure and build ($preset)"
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "configuring failed" >&2
    return 1
  fi
  # On a terminal ninja's one line of progress is worth seeing.
  if [ -t 1 ]; then
    ninja -C "build/$preset" "$@"
    return
  fi
  if ! ninja -C "build/$preset" -k 0 "$@" >"$log" 2>&1; then
    grep -E -A 12 'FAILED|error:|undefined' "$log" | head -n 200 >&2
    echo "building failed" >&2
    return 1
  fi
  tail -n 1 "$log"
}
