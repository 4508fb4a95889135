// Plain C11 has no descriptors.
#define _DEFAULT_SOURCE
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Groups can contain each other, so objects and their depth are limited.
enum { deepest = 24, most_objects = 1 << 14, most_texts = 1 << 16, most_text_bytes = 1 << 24, most_rank = 8 };

typedef struct {
  FILE *file;
  int objects;
} output;

typedef struct {
  output *out;
  const char *path;
} attribute_owner;

static void put_number(output *out, long long number) { fwrite(&number, sizeof number, 1, out->file); }

static void put_text(output *out, const char *text, size_t count) {
  put_number(out, (long long)count);
  fwrite(text, 1, count, out->file);
}

static void put(output *out, char kind, const char *path) {
  fputc(kind, out->file);
  put_text(out, path, strlen(path));
}

static herr_t take_complaint(unsigned number, const H5E_error2_t *entry, void *complaint) {
  (void)number;
  snprintf(complaint, 200, "%s", entry->desc);
  return 1;
}

// The library's innermost complaint.
static void put_fault(output *out, const char *path) {
  char complaint[200] = "libhdf5 gives no reason";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_complaint, complaint);
  put(out, 'E', path);
  put_text(out, complaint, strlen(complaint));
}

// MARK: attributes

static void put_fixed_texts(output *out, const char *bytes, hssize_t count, size_t width, int pads_with_spaces) {
  for (hssize_t index = 0; index < count; index++) {
    const char *text = bytes + (size_t)index * width;
    size_t length = strnlen(text, width);
    while (pads_with_spaces && length > 0 && text[length - 1] == ' ') length--;
    put_text(out, text, length);
  }
}

static int put_texts(output *out, hid_t attribute, hid_t type, hssize_t count) {
  int is_variable = H5Tis_variable_str(type) > 0;
  size_t width = is_variable ? sizeof(char *) : H5Tget_size(type);
  if (width == 0 || count > most_texts || (size_t)count > most_text_bytes / width) return 0;
  hid_t memory = H5Tcopy(is_variable ? H5T_C_S1 : type);
  if (is_variable) {
    H5Tset_size(memory, H5T_VARIABLE);
    H5Tset_cset(memory, H5Tget_cset(type));
  }
  char *bytes = calloc((size_t)count, width);
  int is_good = bytes && H5Aread(attribute, memory, bytes) >= 0;
  put_number(out, is_good ? count : -1);
  if (is_good && is_variable) {
    for (hssize_t index = 0; index < count; index++) {
      const char *text = ((char **)bytes)[index];
      put_text(out, text ? text : "", text ? strlen(text) : 0);
    }
  } else if (is_good) {
    put_fixed_texts(out, bytes, count, width, H5Tget_strpad(type) == H5T_STR_SPACEPAD);
  }
  free(bytes);
  H5Tclose(memory);
  return 1;
}

static herr_t list_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context) {
  (void)info;
  attribute_owner *owner = context;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  hssize_t count = H5Sget_simple_extent_npoints(space);
  // An empty array counts as one of strings, whatever its type: that is how h5py writes it.
  int holds_texts = count == 0 || (count > 0 && H5Tget_class(type) == H5T_STRING);
  put(owner->out, holds_texts ? 'A' : 'a', owner->path);
  put_text(owner->out, name, strlen(name));
  if (holds_texts && (count == 0 || !put_texts(owner->out, attribute, type, count)))
    put_number(owner->out, count == 0 ? 0 : -1);
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(attribute);
  return 0;
}

// MARK: arrays and groups

static void list_dataset(output *out, hid_t dataset, const char *path) {
  hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset), creation = H5Dget_create_plist(dataset);
  hsize_t lengths[most_rank] = {0}, chunk[most_rank] = {0};
  int rank = H5Sget_simple_extent_ndims(space);
  int is_known = type >= 0 && creation >= 0 && rank >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL
                 && (rank > most_rank || H5Sget_simple_extent_dims(space, lengths, NULL) >= 0);
  H5D_layout_t layout = is_known ? H5Pget_layout(creation) : H5D_LAYOUT_ERROR;
  if (layout == H5D_LAYOUT_ERROR
      || (layout == H5D_CHUNKED && rank <= most_rank && H5Pget_chunk(creation, rank, chunk) != rank)) {
    put_fault(out, path);
  } else {
    put(out, 'D', path);
    put_number(out, H5Tget_class(type) == H5T_FLOAT ? (long long)H5Tget_size(type) : 0);
    put_number(out, rank);
    for (int axis = 0; axis < rank && rank <= most_rank; axis++) put_number(out, (long long)lengths[axis]);
    put_number(out, layout);
    put_number(out, H5Pget_external_count(creation));
    put_number(out, (long long)H5Dget_offset(dataset));
    put_number(out, (long long)H5Dget_storage_size(dataset));
    int filters = layout == H5D_CHUNKED ? H5Pget_nfilters(creation) : 0;
    put_number(out, filters < 0 ? 0 : filters);
    for (int index = 0; index < filters; index++) {
      unsigned flags = 0, settings = 0;
      size_t values = 0;
      put_number(out, H5Pget_filter2(creation, (unsigned)index, &flags, &values, NULL, 0, NULL, &settings));
    }
    for (int axis = 0; layout == H5D_CHUNKED && axis < rank && rank <= most_rank; axis++)
      put_number(out, (long long)chunk[axis]);
  }
  H5Pclose(creation);
  H5Sclose(space);
  H5Tclose(type);
}

static void list_object(output *out, hid_t object, const char *path, int depth);

static void list_members(output *out, hid_t group, const char *path, int depth) {
  H5G_info_t info;
  if (depth >= deepest || H5Gget_info(group, &info) < 0) {
    put_fault(out, path);
    return;
  }
  for (hsize_t index = 0; index < info.nlinks && out->objects < most_objects; index++) {
    char name[1024];
    ssize_t count
        = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, sizeof name, H5P_DEFAULT);
    if (count <= 0 || (size_t)count >= sizeof name) {
      put_fault(out, path);
      return;
    }
    size_t length = strlen(path) + (size_t)count + 2;
    char *member = malloc(length);
    if (!member) return;
    snprintf(member, length, "%s/%s", path, name);
    H5L_info_t link;
    hid_t object = -1;
    if (H5Lget_info(group, name, &link, H5P_DEFAULT) < 0) {
      put_fault(out, member);
    } else if (link.type != H5L_TYPE_HARD) {
      put(out, 'L', member);
      fputc(link.type == H5L_TYPE_SOFT ? 's' : link.type == H5L_TYPE_EXTERNAL ? 'e' : 'u', out->file);
    } else if ((object = H5Oopen(group, name, H5P_DEFAULT)) < 0) {
      put_fault(out, member);
    } else {
      list_object(out, object, member, depth + 1);
      H5Oclose(object);
    }
    free(member);
  }
}

static void list_object(output *out, hid_t object, const char *path, int depth) {
  out->objects++;
  H5I_type_t kind = H5Iget_type(object);
  if (kind == H5I_DATASET)
    list_dataset(out, object, path);
  else
    put(out, kind == H5I_GROUP ? 'G' : 'O', path);
  attribute_owner owner = {out, path};
  if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, list_attribute, &owner) < 0) put_fault(out, path);
  if (kind == H5I_GROUP) list_members(out, object, path, depth);
}

static int list_file(hid_t file, const char *place, int descriptor) {
  (void)place;
  output out = {fdopen(descriptor, "w"), 0};
  if (!out.file) return 0;
  hid_t root = file < 0 ? -1 : H5Gopen2(file, "/", H5P_DEFAULT);
  if (root < 0)
    put_fault(&out, "");
  else
    list_object(&out, root, "", 0);
  // A partial listing does not count as one.
  if (out.objects < most_objects) fputc('Z', out.file);
  return fflush(out.file) == 0;
}

hdf5_reading hdf5_list(const char *path, int input, unsigned seconds) {
  return hdf5_start(list_file, path, input, "", seconds);
}
