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
#   pare_tablegen(OUT TD ARG...)      TD -> build/.../include/OUT
#
# NO_MLIR: the code includes no MLIR header, so it is compiled without the
# precompiled header and is not linked with libMLIR (libLLVM only if LINK_LIBS
# says so).
#
#===------------------------------------------------------------------------===#

# Compiler flags, the same for all of Pare. They must be: a precompiled header
# can only be used by code that is compiled with the same flags.
macro(pare_configure_compiler)
  if(PARE_USE_CCACHE)
    find_program(PARE_CCACHE ccache)
  endif()
  if(PARE_CCACHE)
    # The sloppiness and the external checksum are what ccache needs for
    # precompiled headers; the base directory and the unhashed working directory
    # let a clone at another path hit the cache.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        CCACHE_PCH_EXTSUM=1 CCACHE_NOHASHDIR=1
        CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${PARE_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
  endif()

  set(CMAKE_CXX_STANDARD 17)
  set(CMAKE_CXX_STANDARD_REQUIRED ON)
  set(CMAKE_CXX_EXTENSIONS OFF)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
  set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)

  # libMLIR is not on the loader's path: installed tools have to say where it is.
  set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

  # -fPIC everywhere, executables too (CMake would give those -fPIE, and the
  # precompiled header would then not match).
  # A fused multiply-add would change the float requantization of the numeric
  # contract, so there are none.
  set(PARE_COMPILE_FLAGS -fPIC -Wall -Wextra -ffp-contract=off)
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    list(APPEND PARE_COMPILE_FLAGS -fcolor-diagnostics)
    add_link_options(-fuse-ld=lld)
  endif()
  if(PARE_SANITIZE)
    # vptr wants type information that the packaged LLVM's classes lack.
    list(APPEND PARE_COMPILE_FLAGS -fsanitize=${PARE_SANITIZE}
         -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer
         -fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizers.ignore)
    add_link_options(-fsanitize=${PARE_SANITIZE})
  endif()
  add_compile_options(${PARE_COMPILE_FLAGS}
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)

  # Generated code is not held to our warnings.
  include_directories(${PROJECT_SOURCE_DIR}/include)
  include_directories(SYSTEM ${PROJECT_BINARY_DIR}/include ${MLIR_INCLUDE_DIRS})
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include)
  separate_arguments(PARE_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
  add_definitions(${PARE_DEFINITIONS})

  # Everything that pare_tablegen writes.
  add_custom_target(pare-headers)

  if(PARE_USE_PCH AND CMAKE_GENERATOR STREQUAL Ninja AND
     CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    _pare_add_pch()
  endif()
endmacro()

# One precompiled header for all MLIR code. CMake's target_precompile_headers is
# not used because it puts absolute paths on every command line: no other clone
# would ever hit the compiler cache. Ninja compiles in the build directory, so a
# relative path does. For the same reason ccache looks at the .sum file, which
# says what went into the header, and not at the header's bytes.
function(_pare_add_pch)
  set(header ${PROJECT_SOURCE_DIR}/cmake/PareMLIRPCH.h)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
  separate_arguments(flags NATIVE_COMMAND
                     "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${config}}")
  list(APPEND flags ${PARE_DEFINITIONS} ${PARE_COMPILE_FLAGS} -fno-exceptions
       -isystem ${MLIR_INCLUDE_DIRS} -std=c++17)
  if(PARE_SANITIZE)
    list(APPEND flags -include ${PROJECT_SOURCE_DIR}/cmake/PareStatistics.h)
  endif()
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY
               CMAKE_CONFIGURE_DEPENDS ${header})
  file(READ ${header} text)
  string(SHA256 sum "${text}${flags}${CMAKE_CXX_COMPILER_VERSION}")
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/pch)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/pch/PareMLIR.pch.sum
       CONTENT "${sum}")
  add_custom_command(
    OUTPUT ${PROJECT_BINARY_DIR}/pch/PareMLIR.pch
    COMMAND ${CMAKE_CXX_COMPILER} ${flags} -x c++-header
            -Xclang -fno-pch-timestamp -fpch-instantiate-templates
            -MD -MF pch/PareMLIR.d -MT pch/PareMLIR.pch
            -o pch/PareMLIR.pch ${header}
    DEPENDS ${header}
    DEPFILE ${PROJECT_BINARY_DIR}/pch/PareMLIR.d
    WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
    COMMENT "Precompiling cmake/PareMLIRPCH.h" VERBATIM)
  add_custom_target(pare-pch DEPENDS ${PROJECT_BINARY_DIR}/pch/PareMLIR.pch)
endfunction()

# What a library, a tool and a test that include MLIR's headers have in common.
function(_pare_setup_mlir_target name)
  if(TARGET pare-pch)
    add_dependencies(${name} pare-pch)
    target_compile_options(${name} PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:SHELL:-include-pch pch/PareMLIR.pch>)
    get_target_property(sources ${name} SOURCES)
    set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS
                 ${PROJECT_BINARY_DIR}/pch/PareMLIR.pch)
  elseif(PARE_SANITIZE)
    target_compile_options(${name} PRIVATE
      "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-include ${PROJECT_SOURCE_DIR}/cmake/PareStatistics.h>")
  endif()
endfunction()

# A static library, installed and exported as Pare::PareX.
function(pare_add_library name)
  cmake_parse_arguments(ARG "NO_MLIR" "" "LINK_LIBS;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_compile_features(${name} PUBLIC cxx_std_17)
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS})
  if(NOT ARG_NO_MLIR)
    _pare_setup_mlir_target(${name})
    target_link_libraries(${name} PUBLIC MLIR LLVM)
  endif()
  # A consumer of the installed package gets LLVM's headers with the library.
  target_include_directories(${name} PUBLIC
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_include_directories(${name} SYSTEM PUBLIC
                             $<INSTALL_INTERFACE:${MLIR_INCLUDE_DIRS}>)
  target_compile_options(${name} PUBLIC
                         "$<INSTALL_INTERFACE:${PARE_DEFINITIONS}>")
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

# Runs mlir-tblgen on TD (relative to the current source directory) and puts
# the result at include/OUT of the build tree, where `#include "OUT"` finds it.
function(pare_tablegen out td)
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
  # A dialect's library depends on its own headers, and whoever links the
  # library on the library.
  get_filename_component(dialect ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  if(NOT TARGET pare-headers-${dialect})
    add_custom_target(pare-headers-${dialect})
    add_dependencies(pare-headers pare-headers-${dialect})
  endif()
  add_dependencies(pare-headers-${dialect} ${gen})
endfunction()
