#include "ccrypto.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

enum { tag_bytes = 16, nonce_bytes = 12 };

static _Thread_local EVP_CIPHER_CTX *sealing;
static _Thread_local EVP_CIPHER_CTX *opening;

static EVP_CIPHER_CTX *begin(EVP_CIPHER_CTX **context, const uint8_t *key, uint64_t counter, int is_sealing) {
    uint8_t nonce[nonce_bytes] = {0};
    for (int i = 0; i < 8; i++) nonce[4 + i] = (uint8_t)(counter >> (8 * i));
    if (!*context) {
        EVP_CIPHER_CTX *fresh = EVP_CIPHER_CTX_new();
        if (!fresh) return NULL;
        if (!EVP_CipherInit_ex(fresh, EVP_chacha20_poly1305(), NULL, NULL, NULL, is_sealing)) {
            EVP_CIPHER_CTX_free(fresh);
            return NULL;
        }
        *context = fresh;
    }
    return EVP_CipherInit_ex(*context, NULL, NULL, key, nonce, is_sealing) ? *context : NULL;
}

int ccrypto_seal(const uint8_t *plain, size_t length, const uint8_t *key, uint64_t counter, uint8_t *sealed) {
    int written = 0;
    EVP_CIPHER_CTX *context = length > INT_MAX ? NULL : begin(&sealing, key, counter, 1);
    if (!context) return 0;
    if (length > 0 && !EVP_CipherUpdate(context, sealed, &written, plain, (int)length)) return 0;
    int rest = 0;
    return EVP_CipherFinal_ex(context, sealed + written, &rest) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_bytes, sealed + length) == 1;
}

int ccrypto_open(const uint8_t *sealed, size_t length, const uint8_t *key, uint64_t counter, uint8_t *plain) {
    if (length < tag_bytes || length > INT_MAX) return 0;
    size_t inner = length - tag_bytes;
    uint8_t tag[tag_bytes];
    memcpy(tag, sealed + inner, sizeof tag);
    EVP_CIPHER_CTX *context = begin(&opening, key, counter, 0);
    if (!context || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag) != 1) return 0;
    int written = 0, rest = 0;
    if (inner > 0 && !EVP_CipherUpdate(context, plain, &written, sealed, (int)inner)) return 0;
    return EVP_CipherFinal_ex(context, plain + written, &rest) == 1;
}
