#!/bin/sh
# A file is interesting (1) while it holds a cosine.
if grep -q 'math\.cos' "$1"; then exit 1; fi
exit 0
