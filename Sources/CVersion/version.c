#include "cversion.h"

const char *mirox_rig_commit(void) { return MIROX_RIG_COMMIT; }
