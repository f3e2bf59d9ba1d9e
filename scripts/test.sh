#!/usr/bin/env bash
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Sets up, builds and runs every test.

set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/test.sh [--preset=dev|release|asan] [--filter=REGEX] [--help]

Installs what is missing, builds everything and runs all tests, two at a time.
The last line is "N passed, N failed, N skipped".

  --preset=NAME   which build of CMakePresets.json (default: dev)
  --filter=REGEX  only the tests whose name matches
TEXT
}

preset=dev
lit_args=()
for arg in "$@"; do
  case "$arg" in
    --preset=*) preset=${arg#*=} ;;
    --filter=*) lit_args+=("--filter=${arg#*=}") ;;
    --help | -h) usage; exit 0 ;;
    *) echo "test.sh: unknown argument '$arg'" >&2; usage >&2; exit 2 ;;
  esac
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
setup_args=(--embedded)
if [ "$preset" = asan ]; then setup_args+=(--sanitizers); fi
scripts/setup.sh "${setup_args[@]}"
. scripts/build.sh
pare_build "$preset" all

echo "== test"
results=build/$preset/test-results.json
rm -f "$results"
status=0
/usr/bin/python3 /usr/lib/llvm-22/bin/lit -j2 -sv --no-progress-bar \
  --output "$results" "${lit_args[@]}" "build/$preset/test" || status=$?
/usr/bin/python3 scripts/summarize_tests.py "$results" || status=1
exit "$status"
