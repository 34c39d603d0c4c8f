// Progressive resizing: small pictures and large batches first, then larger ones; a program of one recipe.
#include <tuneit/app/main.hpp>

using namespace tuneit;

// What a phase says wins over the recipe for as long as it lasts: batches, sides, augmentation, the optimizer, who
// acts.
using Recipe = Finetune<ResNet18, ReplaceHead<Dynamic>, Sgd<Lr<1e-2>, Momentum<0.9>>, BatchSize<32>, CosineLr,
                        Phases<Phase<Epochs<2>, Side<96>, BatchSize<128>, Freeze<Backbone>, AdamW<Lr<1e-3>>>,
                               Phase<Epochs<4>, Side<160>, BatchSize<64>, Mixup<0.2>>,
                               Phase<Epochs<2>, Augment<RandomResizedCrop<0.3>, HorizontalFlip<>>, ClipNorm<1>>>>;

int main(int argc, char** argv) { return tuneit::main<Recipe>(argc, argv); }
