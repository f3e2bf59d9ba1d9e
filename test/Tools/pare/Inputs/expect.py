# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""expect.py CODE TEXT COMMAND...: COMMAND exits with CODE, prints nothing to
standard output, and says TEXT to standard error in exactly one line."""

import subprocess
import sys

code, text, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
result = subprocess.run(command, capture_output=True, text=True)
if (result.returncode, result.stdout, result.stderr) != (code, "", text + "\n"):
    sys.exit(
        f"expected exit code {code} and one line:\n{text}\n"
        f"found exit code {result.returncode}, standard error:\n{result.stderr}"
        f"standard output:\n{result.stdout}"
    )
