// What the two drivers share: controls, the clock, and the loop that is timed.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xmmintrin.h>

enum { BLOCK = 64, CHANNELS = 8, MOVING_BLOCKS = 8, CONTROLS = 1024 };

struct control {
    float *zone, init, low, high;
    int moves;
};

static struct control controls[CONTROLS];
static int control_count;

static void add_control(const char *label, float *zone, float init, float low, float high, int moves) {
    if (control_count == CONTROLS) return;
    struct control c = {zone, init, low, high, moves};
    controls[control_count++] = c;
    // The note is held and the recorder records, as in synthc's patches.
    *zone = strcmp(label, "gate") == 0 || strcmp(label, "rec") == 0 ? 1.0f : init;
}

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

// New targets for every block: a triangle of ±10 % of the range.
static void move_controls(int block) {
    float turn = (float)(block % MOVING_BLOCKS) / MOVING_BLOCKS;
    float triangle = 1.0f - 4.0f * (turn < 0.5f ? 0.5f - turn : turn - 0.5f);
    for (int i = 0; i < control_count; i++) {
        struct control *c = &controls[i];
        if (!c->moves) continue;
        float value = c->init + 0.1f * (c->high - c->low) * triangle;
        *c->zone = value < c->low ? c->low : value > c->high ? c->high : value;
    }
}

typedef void (*compute_function)(void *self, int frames, float **inputs, float **outputs);

// Prints the nanoseconds per sample of one burst of about `milliseconds`.
static void time_burst(void *self, compute_function compute, int inputs, int outputs, int moving, double milliseconds) {
    static float in[CHANNELS][BLOCK], out[CHANNELS][BLOCK];
    float *input[CHANNELS], *output[CHANNELS];
    if (inputs > CHANNELS || outputs > CHANNELS) exit(2);
    unsigned noise = 0x9E3779B9u;
    for (int c = 0; c < CHANNELS; c++) {
        input[c] = in[c];
        output[c] = out[c];
        for (int i = 0; i < BLOCK; i++) {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            in[c][i] = 0.5f * (float)(int)noise / 2147483648.0f;
        }
    }
    _mm_setcsr(_mm_getcsr() | 0x8040); // flush denormals
    long blocks = 0, batch = 16;
    double best = 1e30, start = now(CLOCK_MONOTONIC);
    // Several short bursts in one: the best is what undisturbed running costs.
    while (now(CLOCK_MONOTONIC) - start < 1e-3 * milliseconds) {
        double from = now(CLOCK_MONOTONIC);
        for (long b = 0; b < batch; b++, blocks++) {
            if (moving) move_controls((int)blocks);
            compute(self, BLOCK, input, output);
        }
        double time = now(CLOCK_MONOTONIC) - from;
        if (time < 5e-4) { batch *= 2; continue; }
        double ns = time * 1e9 / (double)(batch * BLOCK);
        if (ns < best) best = ns;
    }
    printf("ns %.4f\n", best);
}
