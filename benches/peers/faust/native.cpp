// Architecture for FAUST's C++ output: runs the class `mydsp` and prints what a sample costs.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "clock.h"

#define FAUSTFLOAT float

struct Meta {
    void declare(const char *, const char *) {}
};

struct UI {
    void openTabBox(const char *) {}
    void openHorizontalBox(const char *) {}
    void openVerticalBox(const char *) {}
    void closeBox() {}
    void addButton(const char *label, float *zone) { add_control(label, zone, 0, 0, 1, 0); }
    void addCheckButton(const char *label, float *zone) { add_control(label, zone, 0, 0, 1, 0); }
    void addVerticalSlider(const char *label, float *zone, float init, float low, float high, float) {
        add_control(label, zone, init, low, high, 1);
    }
    void addHorizontalSlider(const char *label, float *zone, float init, float low, float high, float) {
        add_control(label, zone, init, low, high, 1);
    }
    void addNumEntry(const char *label, float *zone, float init, float low, float high, float) {
        add_control(label, zone, init, low, high, 1);
    }
    void addHorizontalBargraph(const char *, float *, float, float) {}
    void addVerticalBargraph(const char *, float *, float, float) {}
    void declare(float *, const char *, const char *) {}
};

struct dsp {
    virtual ~dsp() {}
};

<<includeIntrinsic>>
<<includeclass>>

static void compute(void *self, int frames, float **inputs, float **outputs) {
    static_cast<mydsp *>(self)->compute(frames, inputs, outputs);
}

int main(int, char **arguments) {
    mydsp *self = new mydsp();
    self->init(48000);
    UI ui;
    self->buildUserInterface(&ui);
    int moving = strcmp(arguments[1], "moving") == 0;
    time_burst(self, compute, self->getNumInputs(), self->getNumOutputs(), moving, atof(arguments[2]));
    return 0;
}
