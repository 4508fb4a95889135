// Finds the classes in a picture: segment CHECKPOINT PICTURE.ppm MASK.pgm
//
//   cc -o segment segment.c $(pkg-config --cflags --libs tessera)
//
// Pictures are PPM files of 8 bits ("P6"), which most programs convert to; the mask is a PGM file of 16 bits. It prints
// the share of each class.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <tessera.h>

static void fail(const char *where, const char *why) {
  fprintf(stderr, "%s: %s\n", where, why);
  exit(1);
}

static uint8_t *read_picture(const char *path, size_t *width, size_t *height) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path, "cannot be opened");
  int most;
  bool is_read = fscanf(file, "P6 %zu %zu %d", width, height, &most) == 3 && most == 255 && fgetc(file) != EOF;
  if (!is_read) fail(path, "is no PPM of 8 bits");
  if (*width > 65536 || *height > 65536) fail(path, "is too large");
  size_t count = *width * *height * 3;
  uint8_t *pixels = malloc(count);
  if (pixels == NULL || fread(pixels, 1, count, file) != count) fail(path, "ends too early");
  fclose(file);
  return pixels;
}

static void write_mask(const char *path, const uint16_t *mask, size_t width, size_t height) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) fail(path, "cannot be written");
  fprintf(file, "P5 %zu %zu 65535\n", width, height);
  for (size_t i = 0; i < width * height; i++) {
    fputc(mask[i] >> 8, file);
    fputc(mask[i] & 255, file);
  }
  if (fclose(file) != 0) fail(path, "cannot be written");
}

int main(int count, char **words) {
  if (count != 4) fail("usage", "segment CHECKPOINT PICTURE.ppm MASK.pgm");
  char message[512];
  tessera_network *network = tessera_load(words[1], NULL, message, sizeof message);
  if (network == NULL) fail("segment", message);
  if (tessera_channel_count(network) != 3) fail(words[1], "does not look at photographs");

  size_t width, height;
  uint8_t *pixels = read_picture(words[2], &width, &height);
  uint16_t *mask = malloc(width * height * sizeof *mask);
  if (mask == NULL) fail(words[2], "is too large for the memory");
  if (tessera_predict(network, pixels, width, height, 0, mask, message, sizeof message) != 0) fail(words[2], message);
  write_mask(words[3], mask, width, height);

  for (int32_t index = 0; index < tessera_class_count(network); index++) {
    size_t pixels_of_class = 0;
    for (size_t i = 0; i < width * height; i++) pixels_of_class += mask[i] == index;
    double share = 100.0 * (double)pixels_of_class / (double)(width * height);
    if (pixels_of_class > 0) printf("%5.1f %% %s\n", share, tessera_class_name(network, index));
  }
  free(mask);
  free(pixels);
  tessera_free(network);
  return 0;
}
