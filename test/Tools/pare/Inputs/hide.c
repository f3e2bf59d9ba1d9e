/*===- hide.c - A system without some of its files -----------------*- C -*-===
 *
 * Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * As a library that is loaded before others (LD_PRELOAD), lets access() say of
 * every file whose path has the text of the variable HIDE in it that it is not
 * there.
 *
 *===----------------------------------------------------------------------===*/

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*access_fn)(const char *, int);

int access(const char *path, int mode) {
  const char *hidden = getenv("HIDE");
  if (hidden && strstr(path, hidden)) {
    errno = ENOENT;
    return -1;
  }
  return ((access_fn)dlsym(RTLD_NEXT, "access"))(path, mode);
}
