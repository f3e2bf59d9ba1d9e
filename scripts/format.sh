#!/usr/bin/env bash
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# clang-format, over all of Pare's C++ or over the files that are named.

set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/format.sh [--check] [FILE...]

Formats the C++ files that git knows (or the FILEs), as .clang-format says.

  --check  change nothing; list what is not formatted, and fail if anything is
TEXT
}

mode=(-i)
files=()
for arg in "$@"; do
  case "$arg" in
    --check) mode=(--dry-run -Werror) ;;
    --help | -h) usage; exit 0 ;;
    -*) echo "format.sh: unknown argument '$arg'" >&2; usage >&2; exit 2 ;;
    *) files+=("$arg") ;;
  esac
done

if [ ${#files[@]} -eq 0 ]; then
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  mapfile -t files < <(git ls-files -- '*.cpp' '*.h')
fi
clang-format-22 "${mode[@]}" "${files[@]}"
