#pragma once

#include "CImageCodecs.h"

/// Makes one channel of a picture whose pixels are gray (red = green = blue) and opaque, which is how many programs
/// save indices. NULL on success, else what the picture holds that is not an index; the picture is then unchanged.
const char *codecJoinChannels(CodecPicture *picture);
