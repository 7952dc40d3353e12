// ChaCha20-Poly1305 of OpenSSL's libcrypto, which has faster code for wide vectors than libsodium.
//
// A context for each thread holds the key that it used last until it uses another.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Seals in place or not; the tag's 16 bytes go behind the sealed ones. The nonce is four zero bytes and the counter, little-endian.
/// Returns 1, or 0 when libcrypto fails.
int ccrypto_seal(const uint8_t *plain, size_t length, const uint8_t *key, uint64_t counter, uint8_t *sealed);
/// Opens `length` sealed bytes, the last 16 of which are the tag. Returns 1, or 0 when the tag is wrong.
int ccrypto_open(const uint8_t *sealed, size_t length, const uint8_t *key, uint64_t counter, uint8_t *plain);
