#include "tui/glyph.h"
