#pragma once

/// The commit that this program was built from.
const char *mirox_rig_commit(void);
