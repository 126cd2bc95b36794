// Drives FAUST's LLVM compiler, loaded at run time where it is installed: prints the milliseconds of
// processor time from source text to callable code, and what a sample costs.

#include <dlfcn.h>

#include "clock.h"

// The C interface of libfaust, as its documentation gives it.
struct ui {
    void *self;
    void (*open_tab)(void *, const char *);
    void (*open_horizontal)(void *, const char *);
    void (*open_vertical)(void *, const char *);
    void (*close)(void *);
    void (*button)(void *, const char *, float *);
    void (*check_button)(void *, const char *, float *);
    void (*vertical_slider)(void *, const char *, float *, float, float, float, float);
    void (*horizontal_slider)(void *, const char *, float *, float, float, float, float);
    void (*number)(void *, const char *, float *, float, float, float, float);
    void (*horizontal_bar)(void *, const char *, float *, float, float);
    void (*vertical_bar)(void *, const char *, float *, float, float);
    void (*soundfile)(void *, const char *, const char *, void **);
    void (*declare)(void *, float *, const char *, const char *);
};

static void box(void *self, const char *label) {}
static void close_box(void *self) {}
static void button(void *self, const char *label, float *zone) { add_control(label, zone, 0, 0, 1, 0); }
static void slider(void *self, const char *label, float *zone, float init, float low, float high, float step) {
    add_control(label, zone, init, low, high, 1);
}
static void bar(void *self, const char *label, float *zone, float low, float high) {}
static void soundfile(void *self, const char *label, const char *file, void **zone) {}
static void declare(void *self, float *zone, const char *key, const char *value) {}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    // Global: compiled code finds the functions of the C library through it.
    void *library = dlopen("libfaust.so.2", RTLD_NOW | RTLD_GLOBAL);
    if (!library) return 3;
    void *(*create)(const char *, const char *, int, const char **, const char *, char *, int) = dlsym(library, "createCDSPFactoryFromString");
    void *(*instantiate)(void *) = dlsym(library, "createCDSPInstance");
    void (*init)(void *, int) = dlsym(library, "initCDSPInstance");
    void (*build)(void *, struct ui *) = dlsym(library, "buildUserInterfaceCDSPInstance");
    int (*inputs)(void *) = dlsym(library, "getNumInputsCDSPInstance");
    int (*outputs)(void *) = dlsym(library, "getNumOutputsCDSPInstance");
    compute_function compute = dlsym(library, "computeCDSPInstance");
    if (!create || !instantiate || !init || !build || !inputs || !outputs || !compute) return 3;

    static char source[1 << 20];
    FILE *file = fopen(arguments[1], "r");
    if (!file) return 2;
    source[fread(source, 1, sizeof source - 1, file)] = 0;
    fclose(file);

    char error[4096] = "";
    double start = now(CLOCK_PROCESS_CPUTIME_ID);
    void *factory = create("patch", source, 0, 0, "", error, -1);
    if (!factory) {
        fprintf(stderr, "%s", error);
        return 1;
    }
    void *self = instantiate(factory);
    double compiled = now(CLOCK_PROCESS_CPUTIME_ID);
    init(self, 48000);
    printf("compile_ms %.3f\n", 1e3 * (compiled - start));
    struct ui ui = {0, box, box, box, close_box, button, button, slider, slider, slider, bar, bar, soundfile, declare};
    build(self, &ui);
    time_burst(self, compute, inputs(self), outputs(self), strcmp(arguments[2], "moving") == 0, atof(arguments[3]));
    return 0;
}
