// The language alone: no LibTorch on this machine is needed, or looked for.
#include <tuneit/recipe.hpp>

#include <cstdio>

using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>>;
static_assert(trainable_parameters<R> > 0);

int main() { std::printf("%lld parameters train\n", static_cast<long long>(trainable_parameters<R>)); }
