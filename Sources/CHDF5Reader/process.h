#pragma once

#include "CHDF5Reader.h"

#include <hdf5.h>

// What a process does with an open file; returns whether all went well.
typedef int (*hdf5_task)(hid_t file, const char *place, int descriptor);

// Runs `task` on the file at `path` in a copy of this process, whose standard input is `input` unless that is -1.
hdf5_reading hdf5_start(hdf5_task task, const char *path, int input, const char *place, unsigned seconds);

// Writes all bytes, or returns 0.
int hdf5_write(int descriptor, const void *bytes, size_t count);
