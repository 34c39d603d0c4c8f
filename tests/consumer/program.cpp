// A program of a recipe, on target tuneit::program.
#include <tuneit/app/main.hpp>
#include <tuneit/models/tiny.hpp>

using namespace tuneit;

struct Small : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-3>>, Epochs<3>> {};

#ifndef TUNEIT_SEPARATE_PROGRAM
#error target tuneit::program compiles apart what does not depend on the recipe
#endif

int main(int argc, char** argv) { return tuneit::main<Small>(argc, argv); }
