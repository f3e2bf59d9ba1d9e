# check-kernels.sh COMPILER DIRECTORY: compiles each header by itself.
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
for file in "$2"/*.h; do
  for mode in FIXED FLOAT; do
    # Some define macros alone, which pedantic compilers call no C.
    echo "typedef int not_empty;" |
      "$1" -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror \
        -Wno-unused-function -DPARE_REQUANTIZE_$mode -fsyntax-only \
        -include "$file" -x c - || exit 1
  done
done
