#pragma once

#include <sys/types.h>

// libhdf5 in separate processes, which write what they find into a pipe.
//
// libhdf5 follows unchecked lengths and addresses in a file: damaged files crash it or keep it in a loop, and crafted
// ones may do worse. Here that ends a process that has only the file, and the reader gets an error.

// A process that reads, and the end of the pipe that delivers its findings; -1 and 0 where there is none.
typedef struct {
  int descriptor;
  pid_t process;
} hdf5_reading;

// How a process ended.
typedef enum { HDF5_FINISHED, HDF5_FAILED, HDF5_CRASHED, HDF5_ENDLESS } hdf5_ending;

// Lists everything in the file at `path`, within `seconds` of processor time. Unless it is -1, the process has `input`
// as its standard input, so that `path` may be its name there.
//
// Records of a letter and fields; numbers have 8 bytes in the machine's order, texts a number and so many bytes:
//   E path reason      what is at the path cannot be read
//   G path             a group
//   L path letter      a link that is not followed: s soft, e external, u of a user's own
//   A path name count texts...   an attribute of texts
//   a path name        another attribute
//   D path width rank lengths... layout outside offset size filters identifiers... chunk lengths...
//                      an array; width in bytes, 0 where it holds no floats; layout as in H5D_layout_t; outside is the
//                      number of other files; the chunk has as many lengths as the array, in the layout of chunks only
//   O path             something else
//   Z                  the end
hdf5_reading hdf5_list(const char *path, int input, unsigned seconds);

// Writes the array at `place` in the file at `path`, as 32-bit floats of the machine's order and in row-major order.
hdf5_reading hdf5_floats(const char *path, int input, const char *place, unsigned seconds);

// Closes the pipe and waits for the process, whose output nobody reads anymore.
hdf5_ending hdf5_end(hdf5_reading reading);
