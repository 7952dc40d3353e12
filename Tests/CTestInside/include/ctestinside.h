// Tests inside namespaces: a process that is started with MIROX_RIG_TEST_INSIDE=1 enters new user, network and mount namespaces
// before main, since a test process has threads by the time that a test runs.
#pragma once

/// Whether this process was asked to be inside.
int test_inside_wanted(void);
/// 0, or the errno of what went wrong on the way in, and where.
int test_inside_error(void);
const char *test_inside_failed_step(void);

/// Starts this very program on a terminal of its own, which is 33 rows high and 99 columns wide; returns its pid and, at terminal,
/// the end that a person would sit at. The arguments and the environment end with NULL.
int test_inside_on_terminal(char *const *arguments, char *const *environment, int *terminal);
