#include "variant.h"

// The instruction set that every machine of the architecture has.
#define TK_NAME plain
#define TK_LANES 4
#include "table.h"
