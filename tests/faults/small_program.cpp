// A program that trains in no time, for what happens to it from outside: signals, full disks (check_runs.py).
#include <tuneit/app/main.hpp>
#include <tuneit/models/tiny.hpp>

using namespace tuneit;

struct Small : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<3>, BatchSize<8>, Augment<>> {};

int main(int argc, char** argv) { return tuneit::main<Small>(argc, argv); }
