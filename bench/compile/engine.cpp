// A recipe and its training loop: everything that a program of one's own compiles where its pictures are read in
// another translation unit (program.cpp is a whole program in one).
#include <tuneit/train.hpp>
using namespace tuneit;

using Recipe = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>>;

std::vector<EpochResult> train(data::Batches& pictures, data::Batches& test) {
  Trainer<Recipe> trainer(defaults<Recipe>());
  return fit(trainer, pictures, &test);
}
