#===- Pare.cmake - The functions that Pare's CMakeLists.txt files use ------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
#   pare_add_library(PareX [NO_MLIR] SRC... [LINK_LIBS LIB...] [DEPENDS TGT...])
#   pare_add_tool(name SRC... [LINK_LIBS LIB...])
#   pare_add_unittest(PareXTests [NO_MLIR] SRC... [LINK_LIBS LIB...])
#   pare_add_benchmark(name SRC... [LINK_LIBS LIB...])
#   pare_tablegen(OUT TD ARG...)      TD -> build/.../include/OUT
#
# NO_MLIR: the code includes no MLIR header, so it is compiled without the
# precompiled header and is not linked with libMLIR (libLLVM only if LINK_LIBS
# says so).
#
#===------------------------------------------------------------------------===#

# Compiler flags that are the same for all of Pare. They must be: a precompiled
# header can only be used by code that is compiled with the same flags.
macro(pare_configure_compiler)
  if(PARE_USE_CCACHE)
    find_program(PARE_CCACHE ccache)
  endif()
  if(PARE_CCACHE)
    # The sloppiness is what ccache needs for precompiled headers; the base
    # directory and the unhashed working directory let a clone at another path
    # hit the cache.
    set(launcher ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
        ${PARE_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  endif()

  set(CMAKE_CXX_STANDARD 17)
  set(CMAKE_CXX_STANDARD_REQUIRED ON)
  set(CMAKE_CXX_EXTENSIONS OFF)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
  set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)

  # -fPIC everywhere, executables too (CMake would give those -fPIE, and the
  # precompiled header would then not match).
  add_compile_options(-fPIC -Wall -Wextra)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    add_compile_options(-fcolor-diagnostics)
    add_link_options(-fuse-ld=lld)
  endif()
  if(PARE_SANITIZE)
    # The vptr check needs type information of LLVM's own classes that the
    # packaged libraries do not have in the expected form.
    add_compile_options(-fsanitize=${PARE_SANITIZE} -fno-sanitize=vptr
                        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${PARE_SANITIZE})
  endif()

  include_directories(${PROJECT_SOURCE_DIR}/include
                      ${PROJECT_BINARY_DIR}/include)
  include_directories(SYSTEM ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  separate_arguments(definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
  add_definitions(${definitions})

  # Everything that must exist before MLIR code can be compiled.
  add_custom_target(pare-headers)
  if(PARE_USE_PCH)
    file(WRITE ${PROJECT_BINARY_DIR}/pch/PareMLIRPCH.cpp "\n")
    add_library(PareMLIRPCH STATIC EXCLUDE_FROM_ALL
                ${PROJECT_BINARY_DIR}/pch/PareMLIRPCH.cpp)
    target_precompile_headers(PareMLIRPCH PRIVATE
                              ${PROJECT_SOURCE_DIR}/cmake/PareMLIRPCH.h)
    target_compile_features(PareMLIRPCH PRIVATE cxx_std_17)
    if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
      target_compile_options(PareMLIRPCH PUBLIC
                             "SHELL:-Xclang -fno-pch-timestamp")
    endif()
  endif()
endmacro()

# What a library, a tool and a test have in common.
macro(_pare_setup_mlir_target name)
  add_dependencies(${name} pare-headers)
  if(PARE_USE_PCH)
    target_precompile_headers(${name} REUSE_FROM PareMLIRPCH)
    if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
      target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    endif()
  endif()
endmacro()

# A static library, installed and exported as Pare::PareX. A library that has
# no source yet becomes an INTERFACE library so that others can link it.
function(pare_add_library name)
  cmake_parse_arguments(ARG "NO_MLIR" "" "LINK_LIBS;DEPENDS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
    set(scope PUBLIC)
    if(NOT ARG_NO_MLIR)
      _pare_setup_mlir_target(${name})
    endif()
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_compile_features(${name} ${scope} cxx_std_17)
  target_include_directories(${name} ${scope}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${name} ${scope} ${ARG_LINK_LIBS})
  if(NOT ARG_NO_MLIR)
    target_link_libraries(${name} ${scope} MLIR LLVM)
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  add_library(Pare::${name} ALIAS ${name})
  install(TARGETS ${name} EXPORT PareTargets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  set_property(GLOBAL APPEND PROPERTY PARE_LIBRARIES ${name})
endfunction()

# An executable in build/<preset>/bin that is installed.
function(pare_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  _pare_setup_mlir_target(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} MLIR LLVM)
  install(TARGETS ${name} EXPORT PareTargets
          RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set_property(GLOBAL APPEND PROPERTY PARE_TOOLS ${name})
endfunction()

# A GoogleTest executable in build/<preset>/bin. Its name must end in "Tests":
# that is how lit finds it. Nothing is added while the source list is empty.
function(pare_add_unittest name)
  cmake_parse_arguments(ARG "NO_MLIR" "" "LINK_LIBS" ${ARGN})
  if(NOT ARG_UNPARSED_ARGUMENTS OR NOT PARE_BUILD_TESTS)
    return()
  endif()
  if(NOT name MATCHES "Tests$")
    message(FATAL_ERROR "pare_add_unittest(${name}): the name must end in Tests")
  endif()
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  if(ARG_NO_MLIR)
    target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  else()
    _pare_setup_mlir_target(${name})
    target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} MLIR LLVM)
  endif()
  target_link_libraries(${name} PRIVATE GTest::gtest GTest::gtest_main)
  set_property(GLOBAL APPEND PROPERTY PARE_UNITTESTS ${name})
endfunction()

# An executable in build/<preset>/bin that measures; not installed.
function(pare_add_benchmark name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  _pare_setup_mlir_target(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} MLIR LLVM)
endfunction()

# Runs mlir-tblgen on TD (relative to the current source directory) and puts
# the result at include/OUT of the build tree, where `#include "OUT"` finds it.
function(pare_tablegen out td)
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${td})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
                 ${CMAKE_CURRENT_SOURCE_DIR})
    return()
  endif()
  set(target_file ${PROJECT_BINARY_DIR}/include/${out})
  get_filename_component(dir ${target_file} DIRECTORY)
  file(MAKE_DIRECTORY ${dir})
  add_custom_command(
    OUTPUT ${target_file}
    COMMAND mlir-tblgen ${ARGN} -I ${CMAKE_CURRENT_SOURCE_DIR}
            -I ${MLIR_INCLUDE_DIRS}
            -I ${PROJECT_SOURCE_DIR}/dialects -I ${PROJECT_SOURCE_DIR}/include
            ${CMAKE_CURRENT_SOURCE_DIR}/${td} --write-if-changed
            -o ${target_file} -d ${target_file}.d
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${td}
    DEPFILE ${target_file}.d
    COMMENT "Generating ${out}")
  string(MAKE_C_IDENTIFIER "pare-gen-${out}" gen)
  add_custom_target(${gen} DEPENDS ${target_file})
  add_dependencies(pare-headers ${gen})
endfunction()
