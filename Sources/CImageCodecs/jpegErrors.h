#pragma once

#include <setjmp.h>
#include <stdio.h>
// libjpeg's header needs stdio.h before it.
#include <jpeglib.h>

#include "CImageCodecs.h"

typedef struct {
  struct jpeg_error_mgr base;  // first: libjpeg hands back a pointer to it
  jmp_buf jump;
  CodecStatus *status;
} JPEGErrors;

/// Errors, and warnings that mean lost picture data, fill `status` and jump; nothing is ever printed.
struct jpeg_error_mgr *codecInstallJPEGErrors(JPEGErrors *errors, CodecStatus *status);

/// Fills the status and jumps to `errors->jump`.
_Noreturn void codecStopJPEG(j_common_ptr info, CodecCode code, const char *message);
