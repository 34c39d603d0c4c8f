// A recipe of one's own on a folder of pictures: 02_finetune_folder PICTURES WEIGHTS
#include <cstdio>
#include <tuneit/tuneit.hpp>

using namespace tuneit;

using Recipe = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>, AdamW<Lr<2e-4>>, CosineLr,
                        Epochs<2>, BatchSize<32>>;
static_assert(memory<Recipe>(32, 224) < 1_GiB);  // known before anything runs

int main(int argc, char** argv) try {
  if (argc != 3) throw Error(ErrorKind::Usage, "usage: 02_finetune_folder PICTURES WEIGHTS");
  const data::Dataset pictures = data::open_dataset(argv[1]);
  data::Loader train(pictures.train, data::imagenet_train(), {.batch_size = 32, .shuffle = true});
  data::Loader validation(pictures.test, data::imagenet_eval(), {.batch_size = 32});

  Trainer<Recipe> trainer(defaults<Recipe>());           // numbers can be changed here, at run time
  load_weights(trainer, argv[2], {.fresh_head = true});  // the head starts anew, even if the file's would fit
  SaveBest best([](const Tensors& t) { save_weights<Recipe::model>(t, "best.safetensors"); });
  for (const EpochResult& e : fit(trainer, train, &validation, best))
    std::printf("epoch %d: validation accuracy %.4f\n", e.epoch, e.validation.accuracy());
  std::printf("best.safetensors: epoch %d, %.4f on the validation split that picked it\n", best.epoch(),
              best.accuracy());
} catch (const Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return e.exit_status();
}
