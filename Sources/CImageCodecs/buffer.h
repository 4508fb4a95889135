#pragma once

#include "CImageCodecs.h"

/// Makes room for `extra` more bytes; 0 when out of memory (the buffer is unchanged).
int codecReserve(CodecBuffer *buffer, size_t extra);

/// Appends bytes; 0 when out of memory.
int codecAppend(CodecBuffer *buffer, const uint8_t *bytes, size_t count);

/// Allocates the samples of `picture` from its other fields; 0 when out of memory.
int codecAllocate(CodecPicture *picture);

void codecSetMessage(CodecStatus *status, CodecCode code, const char *message);
