#!/bin/sh
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A file is interesting (1) while it holds a cosine.
if grep -q 'math\.cos' "$1"; then exit 1; fi
exit 0
