#include "greyIndices.h"

#include <stdlib.h>
#include <string.h>

// One loop for each depth: `found` collects every difference, so that the loop has no branches.
#define DEFINE_JOIN(NAME, SAMPLE)                                                            \
  static const char *NAME(SAMPLE *samples, size_t count, uint32_t channels) {                \
    SAMPLE colors = 0, alpha = 0;                                                            \
    for (size_t i = 0; i < count; i++) {                                                     \
      const SAMPLE *pixel = samples + i * channels;                                          \
      if (channels >= 3) colors |= (SAMPLE)((pixel[0] ^ pixel[1]) | (pixel[0] ^ pixel[2]));  \
      if (channels % 2 == 0) alpha |= (SAMPLE)~pixel[channels - 1];                          \
    }                                                                                        \
    if (colors) return "holds colors";                                                       \
    if (alpha) return "holds transparent pixels";                                            \
    for (size_t i = 0; i < count; i++) samples[i] = samples[i * channels];                   \
    return NULL;                                                                             \
  }

DEFINE_JOIN(joinBytes, uint8_t)
DEFINE_JOIN(joinWords, uint16_t)

const char *codecJoinChannels(CodecPicture *picture) {
  if (picture->channels == 1) return NULL;
  size_t count = (size_t)picture->width * picture->height;
  const char *fault = picture->bitDepth == 16
                          ? joinWords((uint16_t *)picture->samples, count, picture->channels)
                          : joinBytes(picture->samples, count, picture->channels);
  if (fault) return fault;
  picture->byteCount /= picture->channels;
  picture->channels = 1;
  uint8_t *less = realloc(picture->samples, picture->byteCount);
  if (less) picture->samples = less;
  return NULL;
}
