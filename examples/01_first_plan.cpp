// torch-free: what a recipe will do, known to the compiler and printed before any weights are there.
#include <cstdio>
#include <tuneit/recipe.hpp>

using namespace tuneit;

using Hotdog = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>, Sgd<Lr<1e-2>, Momentum<0.9>>,
                        StepLr<Epochs<7>, 0.1>>;

static_assert(trainable_parameters<Hotdog> == 10'494'466);
static_assert(plan<Hotdog>.rows[0].frozen);
static_assert(lr_at<Hotdog>(0, 100) == 1e-2);
static_assert(memory<Hotdog>(32, 224) < 1_GiB);

// A refusal is a value: nothing stops the compilation until somebody uses the recipe.
using Misspelt = Finetune<ResNet18, Freeze<Layer<"layr4">>>;
static_assert(std::is_same_v<verdict<Misspelt>, NoSuchLayer<ResNet18, "layr4", DidYouMean<"layer4">>>);

int main() {
  std::puts(print<ResNet18>().c_str());
  std::puts(explain<Hotdog>().c_str());
}
