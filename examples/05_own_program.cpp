// A program from a recipe: its command line is made from it. Try --help, or
//   05_own_program --weights resnet18.pth --data my_pictures --phase-2-lr 5e-5 --lr-scale 5
#include <tuneit/app/main.hpp>

using namespace tuneit;

// The new head alone for two epochs; then everything above layer2, at a lower rate that falls to zero.
struct Transfer : Finetune<ResNet18, ReplaceHead<Dynamic>, AdamW<Lr<1e-3>>, LrScale<Head, 10>, BatchSize<32>,
                           Phases<Phase<Epochs<2>, Freeze<Backbone>>,  //
                                  Phase<Epochs<4>, Freeze<Layers<0, 3>>, Lr<1e-4>, CosineLr>>> {};

int main(int argc, char** argv) { return tuneit::main<Transfer>(argc, argv); }
