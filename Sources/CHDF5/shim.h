#include <hdf5.h>

// Macros that open the library first, over global variables that Swift may not read.
static inline hid_t hdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t hdf5_c_string(void) { return H5T_C_S1; }
static inline hid_t hdf5_file_access(void) { return H5P_FILE_ACCESS; }

// Functions whose C name differs from version to version; macros choose it.

// The type of a link: hard, soft, external or of a user's own; H5L_TYPE_ERROR where there is none.
static inline H5L_type_t hdf5_link_type(hid_t group, const char *name) {
  H5L_info_t information;
  return H5Lget_info(group, name, &information, H5P_DEFAULT) < 0 ? H5L_TYPE_ERROR : information.type;
}

// The number of links in a group, -1 on an error.
static inline long long hdf5_link_count(hid_t group) {
  H5G_info_t information;
  return H5Gget_info(group, &information) < 0 ? -1 : (long long)information.nlinks;
}
