// ChaCha20-Poly1305 under one key that never changes, by one library or the other, or none at all.
#pragma once

#include <stdint.h>

enum cipher { NO_CIPHER, LIBSODIUM, LIBCRYPTO };

enum { TAG_BYTES = 16 };

/// The cipher of that name; exits for an unknown one.
enum cipher cipher_named(const char *name);
/// Seals in place; the tag goes behind.
void cipher_seal(enum cipher cipher, uint8_t *bytes, int length, uint64_t counter);
/// Opens in place; `length` counts the tag. Returns 0 when the tag is wrong.
int cipher_open(enum cipher cipher, uint8_t *bytes, int length, uint64_t counter);
