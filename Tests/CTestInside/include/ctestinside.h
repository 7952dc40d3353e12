// Tests inside namespaces: a process that is started with MIROX_RIG_TEST_INSIDE=1 enters new user, network and mount namespaces
// before main, since a test process has threads by the time that a test runs.
#pragma once

/// Whether this process was asked to be inside.
int test_inside_wanted(void);
/// 0, or the errno of what went wrong on the way in, and where.
int test_inside_error(void);
const char *test_inside_failed_step(void);
