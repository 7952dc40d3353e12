// What the primitives alone allow on one core: a line for each, `name value`.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cipher.h"

enum { PACKET_BYTES = 1420, ROUNDS = 7 };

/// Seconds of processor time of this thread, which other programs do not lengthen much.
static double spent(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/// Microseconds of one call: the best of some rounds.
static double cost(void (*call)(void *), void *argument, int times) {
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = spent();
        for (int i = 0; i < times; i++) call(argument);
        double own = (spent() - start) / times * 1e6;
        if (own < best) best = own;
    }
    return best;
}

static uint8_t packet[PACKET_BYTES + TAG_BYTES];

static void seal_and_open(void *cipher) {
    cipher_seal(*(enum cipher *)cipher, packet, PACKET_BYTES, 7);
    if (!cipher_open(*(enum cipher *)cipher, packet, PACKET_BYTES + TAG_BYTES, 7)) exit(1);
}

static uint8_t scalar[32] = {8, [31] = 64}, point[32] = {9}, result[32];

static void make_public(void *nothing) {
    (void)nothing;
    crypto_scalarmult_base(result, scalar);
    scalar[1] ^= result[1];
}

static void agree(void *nothing) {
    (void)nothing;
    if (crypto_scalarmult(result, scalar, point) != 0) exit(1);
    scalar[1] ^= result[1];
}

int main(void) {
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "libcrypto" : "libsodium";
        enum cipher cipher = cipher_named(name);
        double pair = cost(seal_and_open, &cipher, 20000);
        printf("%s-pair-us %.3f\n", name, pair);
        // Two hops seal and open each packet twice; both cores may do nothing else.
        printf("%s-two-hops-gbit %.2f\n", name, 2 * PACKET_BYTES * 8 / (2 * pair) / 1e3);
    }
    double base = cost(make_public, NULL, 2000), other = cost(agree, NULL, 2000);
    printf("x25519-base-us %.1f\nx25519-agree-us %.1f\n", base, other);
    // A responder makes one ephemeral and agrees three times; what is agreed of both static keys is kept.
    printf("handshakes-per-core %.0f\n", 1e6 / (base + 3 * other));
    return 0;
}
