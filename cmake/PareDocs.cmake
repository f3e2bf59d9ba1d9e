#===- PareDocs.cmake - The reference, generated ----------------------------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# pare-docs writes the reference into the build tree, pare-docs-update into
# docs/reference, where it is committed; a test compares the two.
#
#===------------------------------------------------------------------------===#

find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  return()
endif()
set(command ${Python3_EXECUTABLE}
    ${PROJECT_SOURCE_DIR}/scripts/reference_docs.py
    --tblgen=$<TARGET_FILE:mlir-tblgen> --mlir-include=${MLIR_INCLUDE_DIRS})
add_custom_target(pare-docs
  COMMAND ${command} --output=${PROJECT_BINARY_DIR}/docs
  COMMENT "Writing docs")
add_custom_target(pare-docs-update
  COMMAND ${command}
  COMMENT "Writing docs/reference")
