#pragma once

// What came of looking at everything in a file in a process of its own.
typedef enum {
  // libhdf5 came through it, whatever it complained about.
  HDF5_PROBE_SURVIVED,
  // It crashed.
  HDF5_PROBE_CRASHED,
  // It computed longer than allowed.
  HDF5_PROBE_ENDLESS,
  // There was no process to be had.
  HDF5_PROBE_UNAVAILABLE,
} hdf5_probe_result;

// Opens every group, attribute and array of the file at `path` with libhdf5 in a copy of this process.
//
// libhdf5 follows addresses and lengths in a file that it has not checked, so that a damaged file can end the process.
// Nobody else may use libhdf5 during the call.
hdf5_probe_result hdf5_probe(const char *path, unsigned seconds);
