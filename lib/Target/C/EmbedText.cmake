#===- EmbedText.cmake - Text files as C++ string literals -----------------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
#   cmake -DOUT=file -DDIR=dir -DFILES=a,b -P EmbedText.cmake
#
# Writes {"a", R"PARE_C(...)PARE_C"}, for each file, in the given order.
#
#===------------------------------------------------------------------------===#

set(text "")
string(REPLACE "," ";" FILES "${FILES}")
foreach(file IN LISTS FILES)
  file(READ "${DIR}/${file}" content)
  string(APPEND text "{\"${file}\", R\"PARE_C(${content})PARE_C\"},\n")
endforeach()
file(WRITE "${OUT}" "${text}")
