// C11 alone has no processes.
#define _DEFAULT_SOURCE
#include "CHDF5Probe.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// Groups can hold each other: a bound on the steps, and on their depth.
enum { deepest = 32, most_objects = 1 << 17, most_bytes = 1 << 24 };

static int objects = 0;

static void look_at_attribute(hid_t attribute) {
  hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  hssize_t count = H5Sget_simple_extent_npoints(space);
  size_t size = H5Tget_size(type);
  if (H5Tget_class(type) == H5T_STRING && count > 0 && size > 0 && (size_t)count < most_bytes / size) {
    int is_variable = H5Tis_variable_str(type) > 0;
    hid_t memory = H5Tcopy(is_variable ? H5T_C_S1 : type);
    if (is_variable) {
      H5Tset_size(memory, H5T_VARIABLE);
      H5Tset_cset(memory, H5Tget_cset(type));
    }
    void *bytes = calloc((size_t)count, size > sizeof(char *) ? size : sizeof(char *));
    if (bytes && H5Aread(attribute, memory, bytes) >= 0 && is_variable)
      H5Dvlen_reclaim(memory, space, H5P_DEFAULT, bytes);
    free(bytes);
    H5Tclose(memory);
  }
  H5Sclose(space);
  H5Tclose(type);
}

static herr_t look_at_attribute_named(hid_t object, const char *name, const H5A_info_t *info, void *unused) {
  (void)info, (void)unused;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute >= 0) {
    look_at_attribute(attribute);
    H5Aclose(attribute);
  }
  return 0;
}

static void look_at_dataset(hid_t dataset) {
  hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset), creation = H5Dget_create_plist(dataset);
  H5Dget_storage_size(dataset);
  hssize_t count = H5Sget_simple_extent_npoints(space);
  // Chunks have tables and filters of their own; what lies in one piece is read by nothing but the system.
  if (H5Tget_class(type) == H5T_FLOAT && H5Pget_layout(creation) != H5D_VIRTUAL && count > 0
      && H5Pget_external_count(creation) == 0 && (size_t)count < most_bytes / sizeof(float)) {
    float *numbers = malloc((size_t)count * sizeof(float));
    if (numbers) H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
    free(numbers);
  }
  H5Pclose(creation);
  H5Sclose(space);
  H5Tclose(type);
}

static void look_at_object(hid_t object, int depth) {
  if (depth > deepest || ++objects > most_objects) return;
  H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, look_at_attribute_named, NULL);
  H5I_type_t kind = H5Iget_type(object);
  if (kind == H5I_DATASET) look_at_dataset(object);
  H5G_info_t group;
  if (kind != H5I_GROUP || H5Gget_info(object, &group) < 0) return;
  for (hsize_t index = 0; index < group.nlinks && objects < most_objects; index++) {
    char name[1024];
    H5L_info_t link;
    if (H5Lget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, sizeof name, H5P_DEFAULT) < 0) break;
    if (H5Lget_info(object, name, &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD) continue;
    hid_t member = H5Oopen(object, name, H5P_DEFAULT);
    if (member < 0) continue;
    look_at_object(member, depth + 1);
    H5Oclose(member);
  }
}

// Never returns.
static void look_at_file(const char *path, unsigned seconds) {
  int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGXCPU};
  for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) signal(signals[index], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  int silence = open("/dev/null", O_WRONLY);
  if (silence >= 0) dup2(silence, STDERR_FILENO);
  struct rlimit time = {seconds, RLIM_INFINITY};
  setrlimit(RLIMIT_CPU, &time);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_sec2(access);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
  if (file >= 0) {
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root >= 0) {
      look_at_object(root, 0);
      H5Gclose(root);
    }
    H5Fclose(file);
  }
  _exit(0);
}

hdf5_probe_result hdf5_probe(const char *path, unsigned seconds) {
  pid_t child = fork();
  if (child == 0) look_at_file(path, seconds);
  if (child < 0) return HDF5_PROBE_UNAVAILABLE;
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return HDF5_PROBE_UNAVAILABLE;
  if (WIFEXITED(status)) return HDF5_PROBE_SURVIVED;
  return WTERMSIG(status) == SIGXCPU ? HDF5_PROBE_ENDLESS : HDF5_PROBE_CRASHED;
}
