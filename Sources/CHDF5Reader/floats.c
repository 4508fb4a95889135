#include "process.h"

#include <stdlib.h>

// Bytes read and sent at a time.
enum { block_bytes = 1 << 22, most_rank = 8 };

static int send_rows(hid_t dataset, hid_t space, int rank, const hsize_t *lengths, int descriptor) {
  hsize_t rows = rank == 0 ? 1 : lengths[0], row = 1;
  for (int axis = 1; axis < rank; axis++) row *= lengths[axis];
  if (rows == 0 || row == 0) return 1;
  hsize_t block = block_bytes / sizeof(float) / row;
  if (block == 0) block = 1;
  if (block > rows) block = rows;
  float *floats = malloc(block * row * sizeof(float));
  if (!floats) return 0;
  int is_good = 1;
  for (hsize_t first = 0; is_good && first < rows; first += block) {
    hsize_t start[most_rank] = {first}, count[most_rank] = {rows - first < block ? rows - first : block};
    for (int axis = 1; axis < rank; axis++) count[axis] = lengths[axis];
    hsize_t total = count[0] * row;
    hid_t memory = H5Screate_simple(1, &total, NULL);
    if (rank > 0) is_good = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0;
    is_good = is_good && H5Dread(dataset, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, floats) >= 0
              && hdf5_write(descriptor, floats, total * sizeof(float));
    H5Sclose(memory);
  }
  free(floats);
  return is_good;
}

static int send_floats(hid_t file, const char *place, int descriptor) {
  hid_t dataset = H5Dopen2(file, place, H5P_DEFAULT);
  hid_t space = H5Dget_space(dataset);
  hsize_t lengths[most_rank];
  int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0 || rank > most_rank || H5Sget_simple_extent_dims(space, lengths, NULL) < 0) return 0;
  return send_rows(dataset, space, rank, lengths, descriptor);
}

hdf5_reading hdf5_floats(const char *path, int input, const char *place, unsigned seconds) {
  return hdf5_start(send_floats, path, input, place, seconds);
}
