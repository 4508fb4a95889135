#include <hdf5.h>

// A macro that opens the library first, over a global variable that Swift may not read.
static inline hid_t hdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
