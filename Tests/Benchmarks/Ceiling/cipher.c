#include "cipher.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t key[32] = {1};

enum cipher cipher_named(const char *name) {
    if (sodium_init() < 0) exit(1);
    if (!strcmp(name, "none")) return NO_CIPHER;
    if (!strcmp(name, "libsodium")) return LIBSODIUM;
    if (!strcmp(name, "libcrypto")) return LIBCRYPTO;
    fprintf(stderr, "'%s' is no cipher: none, libsodium or libcrypto\n", name);
    exit(2);
}

static EVP_CIPHER_CTX *context(const uint8_t *nonce, int is_sealing) {
    static __thread EVP_CIPHER_CTX *kept[2];
    EVP_CIPHER_CTX **place = &kept[is_sealing];
    if (!*place) {
        *place = EVP_CIPHER_CTX_new();
        EVP_CipherInit_ex(*place, EVP_chacha20_poly1305(), NULL, NULL, NULL, is_sealing);
    }
    EVP_CipherInit_ex(*place, NULL, NULL, key, nonce, is_sealing);
    return *place;
}

void cipher_seal(enum cipher cipher, uint8_t *bytes, int length, uint64_t counter) {
    uint8_t nonce[12] = {0};
    int written;
    memcpy(nonce + 4, &counter, 8);
    if (cipher == LIBSODIUM) {
        crypto_aead_chacha20poly1305_ietf_encrypt(
            bytes, NULL, bytes, (unsigned long long)length, NULL, 0, NULL, nonce, key);
    } else if (cipher == LIBCRYPTO) {
        EVP_CIPHER_CTX *sealing = context(nonce, 1);
        EVP_CipherUpdate(sealing, bytes, &written, bytes, length);
        EVP_CipherFinal_ex(sealing, bytes + written, &written);
        EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, bytes + length);
    }
}

int cipher_open(enum cipher cipher, uint8_t *bytes, int length, uint64_t counter) {
    uint8_t nonce[12] = {0};
    int written, inner = length - TAG_BYTES;
    memcpy(nonce + 4, &counter, 8);
    if (inner < 0) return 0;
    if (cipher == LIBSODIUM) {
        return crypto_aead_chacha20poly1305_ietf_decrypt(
            bytes, NULL, NULL, bytes, (unsigned long long)length, NULL, 0, nonce, key) == 0;
    }
    if (cipher == LIBCRYPTO) {
        EVP_CIPHER_CTX *opening = context(nonce, 0);
        EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, bytes + inner);
        EVP_CipherUpdate(opening, bytes, &written, bytes, inner);
        return EVP_CipherFinal_ex(opening, bytes + written, &written) > 0;
    }
    return 1;
}
