// A whole program in one translation unit: pictures, weights, recipe, training loop, progress, results.
#include <tuneit/tuneit.hpp>
using namespace tuneit;

using Recipe = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>>;

int main(int, char** argv) {
  const data::Dataset pictures = data::open_dataset(argv[1]);
  data::Loader train(pictures.train, data::imagenet_train(), {.shuffle = true});
  data::Loader test(pictures.test, data::imagenet_eval(), {});
  Trainer<Recipe> trainer(defaults<Recipe>());
  copy_weights<Recipe::model>(trainer.tensors(), argv[2], true);
  fit(trainer, train, &test);
  save_weights<Recipe::model>(trainer.tensors(), argv[3]);
}
