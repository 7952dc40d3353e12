// What launch, join and spawn share; all of it is safe between fork and exec.
#pragma once

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/// Default dispositions for every signal: exec keeps what is ignored.
void process_reset_signals(void);

/// Closes every descriptor that is not in the sorted list.
void process_close_except(const int *sorted, size_t count);

/// The signals that a supervisor passes on, and SIGCHLD.
void process_supervised_signals(sigset_t *set);

/// Waits for the main child, reaps every other one, passes signals on to it and returns what a shell would: its exit status, or
/// 128 + the signal that ended it. The supervised signals are blocked; the killing one (0: none), blocked too, becomes SIGKILL.
int process_supervise(pid_t child, int killing);

int process_status(int status);

/// Makes /dev/null the standard input.
void process_empty_input(void);

/// Makes the process the keeper of a lab, a child of the outer program, and returns in the lab's first program only, which goes on
/// with 0, 1, 2 and the descriptors passed; reports as clinux_launch does.
void process_become_lab(const int *passed, size_t passed_count, int report, pid_t outer);
