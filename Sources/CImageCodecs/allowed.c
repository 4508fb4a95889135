#include "CImageCodecs.h"

// Masks are checked pixel by pixel whenever they are read, so these loops must become vector instructions: one `or`
// over all pixels, no branches.

int codecAllAllowedBytes(const uint8_t *bytes, size_t count, uint32_t limit, int32_t extra) {
  uint8_t found = 0;
  if (limit > UINT8_MAX) return 1;
  for (size_t i = 0; i < count; i++) found |= (uint8_t)((bytes[i] >= (uint8_t)limit) & (bytes[i] != extra));
  return !found;
}

int codecAllAllowedWords(const uint16_t *words, size_t count, uint32_t limit, int32_t extra) {
  uint16_t found = 0;
  if (limit > UINT16_MAX) return 1;
  for (size_t i = 0; i < count; i++) found |= (uint16_t)((words[i] >= (uint16_t)limit) & (words[i] != extra));
  return !found;
}
