//===- main.c - A firmware that reads digits ------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   firmware IMAGES.npy LABELS.npy [COUNT]
//
// Classifies images of 28x28 pixels and prints what it sees beside the labels.
// Where a product would have a camera, this has a file of the machine that runs
// the emulator.
//
//===----------------------------------------------------------------------===//

#include "board.h"
#include "digits.h"

#include <stdio.h>
#include <stdlib.h>

// The memory of the network. The image is put right where the network may have
// it, and the scores come out there too, so that nothing else is needed.
static union {
  uint64_t alignment;
  uint8_t bytes[DIGITS_ARENA_BYTES];
} arena;

// Opens a .npy file of bytes, behind its header.
static FILE *open_bytes(const char *path) {
  unsigned char start[10];
  FILE *file = fopen(path, "rb");
  if (!file || fread(start, 1, sizeof(start), file) != sizeof(start) ||
      fseek(file, start[8] + 256L * start[9], SEEK_CUR) != 0) {
    printf("cannot read %s\n", path);
    exit(2);
  }
  return file;
}

static int find_largest(const int8_t *scores) {
  int largest = 0;
  for (int i = 1; i < DIGITS_OUTPUT_0_SIZE; ++i)
    if (scores[i] > scores[largest])
      largest = i;
  return largest;
}

int main(int argc, char **argv) {
  if (argc < 3)
    return 2;
  FILE *const images = open_bytes(argv[1]);
  FILE *const labels = open_bytes(argv[2]);
  const int count = argc > 3 ? atoi(argv[3]) : 10;
  int8_t *const image = (int8_t *)arena.bytes + DIGITS_INPUT_0_OFFSET;
  int8_t *const scores = (int8_t *)arena.bytes + DIGITS_OUTPUT_0_OFFSET;
  const digits_inputs in = {image};
  const digits_outputs out = {scores};
  int right = 0;
  for (int i = 0; i < count; ++i) {
    uint8_t pixels[DIGITS_INPUT_0_SIZE], label;
    if (fread(pixels, 1, sizeof(pixels), images) != sizeof(pixels) ||
        fread(&label, 1, 1, labels) != 1)
      return 2;
    // A pixel p stands for p / 255, which the network writes as p - 128.
    for (int j = 0; j < DIGITS_INPUT_0_SIZE; ++j)
      image[j] = (int8_t)(pixels[j] - 128);
    board_start_timer();
    if (digits_invoke(&in, &out, arena.bytes) != 0)
      return 1;
    const unsigned long instructions = (unsigned long)board_instructions();
    const int digit = find_largest(scores);
    const float score = DIGITS_OUTPUT_0_SCALE *
                        (float)(scores[digit] - DIGITS_OUTPUT_0_ZERO_POINT);
    right += digit == label;
    printf("image %d: %d, score %d.%02d, label %d, %lu instructions\n", i,
           digit, (int)score, (int)(score * 100.0f) % 100, label, instructions);
  }
  printf("%d of %d right\n", right, count);
  return 0;
}
