# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lit configuration of the unit tests: every *Tests executable in bin/."""

import os

import lit.formats

config.name = "Pare-Unit"
config.suffixes = []
config.test_source_root = config.pare_bin_dir
config.test_exec_root = config.pare_bin_dir
config.test_format = lit.formats.GoogleTest(".", "Tests")
# Unit tests that read shared models look here and skip without it.
config.environment["PARE_SHARED"] = os.path.realpath(
    os.path.join(config.pare_source_dir, "..", "shared")
)
config.environment["PARE_SOURCE_DIR"] = config.pare_source_dir
