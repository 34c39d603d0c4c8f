// The language compiles behind headers that define macros named like things in it: <X11/Xlib.h>, <complex.h>, curses,
// embedded systems. Afterwards these are as they were.
#include <complex.h>
#if __has_include(<X11/Xlib.h>)
#include <X11/Xlib.h>
#else  // what it defines of ours
#define Bool int
#define Status int
#define True 1
#define False 0
#define None 0L
#define Always 2
#define Success 0
#define Complex 0
#endif
#undef I
#define A 1
#define B 2
#define C 3
#define D 4
#define E 5
#define F 6
#define G 7
#define H 8
#define I 9
#define J 10
#define K 11
#define L 12
#define M 13
#define N 14
#define O 15
#define P 16
#define Q 17
#define R 18
#define S 19
#define T 20
#define U 21
#define V 22
#define W 23
#define X 24
#define Y 25
#define Z 26
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define box(w, v, h) 0
#define clear() 0
#define erase() 0
#define move(y, x) 0

#include <tuneit/recipe.hpp>

static_assert(A == 1 && I == 9 && Z == 26 && None == 0 && True == 1 && max(2, 3) == 3 && box(1, 2, 3) == 0);

using Plain = tuneit::Finetune<tuneit::ResNet18, tuneit::ReplaceHead<2>, tuneit::Freeze<tuneit::Layers<0, 3>>,
                               tuneit::Mixup<0.2>, tuneit::ClipNorm<1>, tuneit::CosineLr>;
static_assert(tuneit::trainable_parameters<Plain> > 0);
static_assert(tuneit::defaults<Plain>().classes == 2);
