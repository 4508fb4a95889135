/* Tessera for C, and for every language that can call C: masks from trained networks.

     char message[512];
     tessera_network *network = tessera_load("best.safetensors", NULL, message, sizeof message);
     if (network == NULL) { fprintf(stderr, "%s\n", message); exit(1); }
     if (tessera_predict(network, pixels, width, height, 0, mask, message, sizeof message) != 0) ...
     printf("top left: %s\n", tessera_class_name(network, mask[0]));
     tessera_free(network);

   cc program.c $(pkg-config --cflags --libs tessera)

   Threads: any number of them may use one network at the same time; only tessera_free must come last. Predictions that
   find no place (tessera_options.side_by_side) wait, in order of arrival. A child of fork() must load its own networks.
   Memory: what a call returns belongs to the network and lives until tessera_free; buffers are the caller's.
   Failures: a call that can fail takes a buffer of `size` bytes, which gets the reason as UTF-8 with a final 0, cut to
   fit; NULL and 0 if nobody wants it. After a success it is left alone. A process that has no memory left ends. */

#ifndef TESSERA_H
#define TESSERA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A trained network with its weights and classes. */
typedef struct tessera_network tessera_network;

/* How a network predicts; 0 is the default everywhere. */
typedef struct tessera_options {
  int32_t threads;      /* 1 to 1024, for the same masks; 0: as many as the process may use processors. */
  int32_t side_by_side; /* Predictions that compute at a time, 1 to 1024, which share the threads; 0: one. */
  int32_t full_size;    /* 0: the network sees pictures at the size of its training; 1: at their own size, in tiles. */
} tessera_options;

/* Loads a checkpoint of Tessera, such as a run's checkpoints/best.safetensors; NULL after a failure.
   `options` may be NULL. */
tessera_network *tessera_load(const char *path, const tessera_options *options, char *message, size_t size);

/* Lets go of the network; NULL is allowed. */
void tessera_free(tessera_network *network);

/* The number of classes; masks hold 0 to this number - 1. */
int32_t tessera_class_count(const tessera_network *network);

/* The name of a class, as UTF-8; NULL if there is no such class. */
const char *tessera_class_name(const tessera_network *network, int32_t index);

/* The number of samples of each pixel that the network sees: 3 (red, green, blue) unless it was trained otherwise. */
int32_t tessera_channel_count(const tessera_network *network);

/* Finds the most probable class of each pixel: the mask that `tessera predict` writes.

   pixels     8-bit samples, rows from top to bottom, the channels of a pixel side by side
   row_bytes  from the start of a row to that of the next; 0: width times channels
   mask       gets width * height classes, row by row
   Sides are 1 to 65536. Returns 0, or -1 after a failure, when the mask is left alone. */
int32_t tessera_predict(
    const tessera_network *network, const uint8_t *pixels, size_t width, size_t height, size_t row_bytes,
    uint16_t *mask, char *message, size_t size);

/* The version of the library, such as "0.2.0". */
const char *tessera_version(void);

#ifdef __cplusplus
}
#endif

#endif
