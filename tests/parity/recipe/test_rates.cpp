// needs: rates
// Weight decay and rates of every parameter of a ResNet-18, as transformers, torchvision and timm have them.
#include <algorithm>
#include <iostream>
#include <map>
#include <tuneit/recipe.hpp>

#include "numbers.hpp"

using namespace tuneit;

namespace {

/// The plan's row of each parameter, by name.
template <class R>
std::map<std::string, PlanRow> rows_by_name() {
  std::map<std::string, PlanRow> rows;
  for (std::size_t i = 0; i < table<ResNet18>.size; ++i)
    if (!table<ResNet18>.rows[i].is_buffer()) rows[std::string(table<ResNet18>.name(i))] = plan<R>.rows[i];
  return rows;
}

template <class Convention>
void decays_as(std::size_t column, const std::string& who) {
  const auto ours = rows_by_name<Finetune<ResNet18, NoDecayLike<Convention>>>();
  const auto theirs = words(made("rates") / "decay.txt");
  REQUIRE(theirs.size() == ours.size());
  int decayed = 0;
  for (const auto& line : theirs) {
    INFO(who << ": " << line[0]);
    REQUIRE(ours.count(line[0]) == 1);
    CHECK(ours.at(line[0]).decay_scale == std::stod(line[column]));
    decayed += line[column] == "1";
  }
  std::cout << who << ": " << decayed << " of " << theirs.size() << " parameters of a ResNet-18 decay\n";
}

template <class Policy>
void scales_as(std::size_t column) {
  const auto ours = rows_by_name<Finetune<ResNet18, Policy>>();
  const auto theirs = words(made("rates") / "layer_decay.txt");
  REQUIRE(theirs.size() == ours.size());
  double worst = 0;
  std::map<double, int> groups;
  for (const auto& line : theirs) {
    INFO(line[0]);
    REQUIRE(ours.count(line[0]) == 1);
    const double expected = std::stod(line[column]), far = relative_difference(ours.at(line[0]).lr_scale, expected);
    CHECK(far <= 1e-12);
    worst = std::max(worst, far);
    ++groups[expected];
  }
  std::cout << "timm's layer decay: " << groups.size() << " different scales, largest relative difference " << worst
            << "\n";
}

}  // namespace

TEST_CASE("the three conventions of weight decay") {
  decays_as<Transformers>(1, "transformers");
  decays_as<Torchvision>(2, "torchvision");
  decays_as<Timm>(3, "timm");
}

TEST_CASE("timm's layer decay") {
  scales_as<LayerDecay<0.75>>(1);
  scales_as<LayerDecay<0.5, PerLayer, 0.1>>(2);
}
