#ifndef CTESTHOOKS_H
#define CTESTHOOKS_H

#include <stdint.h>

/// How many blocks of memory the calling thread has taken since it began, whoever asked: the program that this is linked
/// into takes all its memory through here.
uint64_t allocation_count(void);

/// From now on the kernel refuses, with that errno, what the calling thread sends as several datagrams in one message, as
/// it does where the device below cannot finish checksums; 0 ends it.
void refuse_segments(int error);

/// How many messages were refused so.
uint64_t refused_segments(void);

#endif
