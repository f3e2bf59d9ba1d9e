# check-kernels.sh COMPILER DIRECTORY: compiles each header by itself.
for file in "$2"/*.h; do
  for mode in FIXED FLOAT; do
    "$1" -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror \
      -Wno-unused-function -DPARE_REQUANTIZE_$mode -fsyntax-only \
      -include "$file" -x c /dev/null || exit 1
  done
done
