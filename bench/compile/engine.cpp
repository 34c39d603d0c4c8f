// A recipe and its training loop: everything that a program of one's own compiles.
#include <tuneit/tuneit.hpp>
using namespace tuneit;

using Recipe = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>>;

std::vector<EpochResult> train(data::Loader& pictures, data::Loader& test) {
  Trainer<Recipe> trainer(defaults<Recipe>());
  return fit(trainer, pictures, &test);
}
