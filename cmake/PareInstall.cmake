#===- PareInstall.cmake - What `cmake --install` puts where ----------------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#

include(CMakePackageConfigHelpers)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${PROJECT_BINARY_DIR}/include/
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.inc" PATTERN "*.h")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/dialects
        DESTINATION ${CMAKE_INSTALL_DATADIR}/pare
        FILES_MATCHING PATTERN "*.td" PATTERN "README.md")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DATADIR}/pare)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Pare)
install(EXPORT PareTargets NAMESPACE Pare:: DESTINATION ${config_dir})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/PareConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/PareConfig.cmake
  INSTALL_DESTINATION ${config_dir}
  PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/cmake/PareConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cmake/PareConfig.cmake
              ${PROJECT_BINARY_DIR}/cmake/PareConfigVersion.cmake
        DESTINATION ${config_dir})
