#pragma once

#include "CImageCodecs.h"

/// Makes room for `extra` more bytes; 0 when there is no memory (the buffer stays as it was).
int codecReserve(CodecBuffer *buffer, size_t extra);

/// Appends bytes; 0 when there is no memory.
int codecAppend(CodecBuffer *buffer, const uint8_t *bytes, size_t count);

/// Allocates the samples of `picture` from its other fields; 0 when there is no memory.
int codecAllocate(CodecPicture *picture);

void codecSetMessage(CodecStatus *status, CodecCode code, const char *message);
