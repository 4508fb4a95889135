#include "jpegErrors.h"

#include <jerror.h>

#include "buffer.h"

void codecStopJPEG(j_common_ptr info, CodecCode code, const char *message) {
  JPEGErrors *errors = (JPEGErrors *)info->err;
  codecSetMessage(errors->status, code, message);
  longjmp(errors->jump, 1);
}

static void stopWithLibraryMessage(j_common_ptr info) {
  char message[JMSG_LENGTH_MAX];
  info->err->format_message(info, message);
  switch (info->err->msg_code) {
    case JERR_OUT_OF_MEMORY: codecStopJPEG(info, CodecOutOfMemory, message);
    case JERR_BAD_PRECISION:
      snprintf(message, sizeof message, "a JPEG of %d bits per sample", info->err->msg_parm.i[0]);
      codecStopJPEG(info, CodecUnsupported, message);
    case JERR_SOF_UNSUPPORTED: {
      // 0xC3 and its relatives predict samples without loss; the others send several resolutions.
      int process = info->err->msg_parm.i[0] & 0x0F;
      codecStopJPEG(
          info, CodecUnsupported, process % 4 == 3 ? "a lossless JPEG (SOF3)" : "a hierarchical JPEG");
    }
    case JERR_ARITH_NOTIMPL: codecStopJPEG(info, CodecUnsupported, "a JPEG with arithmetic coding");
    default: codecStopJPEG(info, CodecDamaged, message);
  }
}

static void handleMessage(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    // libjpeg continues after these with invented pixels; other warnings concern bytes between segments.
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      stopWithLibraryMessage(info);
      break;
    default:
      info->err->num_warnings++;
  }
}

static void printNothing(j_common_ptr info) { (void)info; }

struct jpeg_error_mgr *codecInstallJPEGErrors(JPEGErrors *errors, CodecStatus *status) {
  struct jpeg_error_mgr *base = jpeg_std_error(&errors->base);
  base->error_exit = stopWithLibraryMessage;
  base->emit_message = handleMessage;
  base->output_message = printNothing;
  errors->status = status;
  return base;
}
