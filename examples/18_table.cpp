// torch-free
// Recipes side by side before any is trained: as a table, and what two of them do differently.
#include <cstdio>
#include <tuneit/recipe.hpp>

using namespace tuneit;

using Plain = Finetune<ResNet18, ReplaceHead<5>, AdamW<Lr<3e-4>>, Epochs<10>>;
using Probe = Append<Plain, Freeze<Backbone>>;
using Gradual = Append<Plain, LayerDecay<0.5>, NoDecay<Norms>>;
using Larger = Rebind<Probe, ResNet50>;
using Slower = Replace<Gradual, Lr<3e-4>, Lr<1e-4>>;

static_assert(std::is_same_v<Remove<Probe, Freeze<Backbone>>, Plain>);
static_assert(trainable_parameters<Probe> < trainable_parameters<Plain> / 1000);
static_assert(fingerprint<Slower> != fingerprint<Gradual>);

int main(int argc, char**) {
  using All = List<Plain, Probe, Gradual, Slower, Larger>;
  std::fputs(tabulate<All>(argc > 1 ? TableStyle::Markdown : TableStyle::Plain).c_str(), stdout);
  std::printf("\nPlain | Probe:\n%s", compare<Plain, Probe>().text().c_str());
  std::printf("\nGradual | Slower:\n%s", compare<Gradual, Slower>().text().c_str());
}
