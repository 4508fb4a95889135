#pragma once

#include "CImageCodecs.h"

/// Makes one channel of a picture whose pixels are grey (red = green = blue) and opaque, which is how many programs
/// save indices. NULL when done, else what the picture holds that is no index; it is then unchanged.
const char *codecJoinChannels(CodecPicture *picture);
