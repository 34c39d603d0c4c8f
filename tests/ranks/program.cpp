// A program of a recipe as any other; what makes it one of several processes is that it links tuneit::ranks.
#include <tuneit/app/main.hpp>
#include <tuneit/models/tiny.hpp>

using namespace tuneit;

struct Small : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, FrozenStats<>, Epochs<3>, BatchSize<8>,
                        Augment<>, Precision<FP32>> {};

int main(int argc, char** argv) { return tuneit::main<Small>(argc, argv); }
