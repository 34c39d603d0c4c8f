// What does a recipe say of its augmentation: numbers, words, steps as plain values?
#include <algorithm>
#include <string>
#include <vector>

#include <tuneit/recipe.hpp>
#include <tuneit/recipe/queries/augment_names.hpp>

#include <catch2/catch.hpp>

using namespace tuneit;

namespace {

using Usual = Finetune<TinyNet>;
using Strong = Finetune<
    TinyNet, LrScale<Head, 10>,
    Augment<RandomResizedCrop<0.2>, HorizontalFlip<>, Rotation<30, Bilinear>, RandAugment<3>, RandomErasing<0.25>>,
    TestViews<TenCrops>>;

std::vector<StepKind> kinds(const StepList& steps) {
  std::vector<StepKind> all;
  for (const StepView& v : steps) all.push_back(v.kind);
  return all;
}

}  // namespace

TEST_CASE("the numbers of augmentation have names, and can be changed", "[recipe][augment]") {
  Settings s = defaults<Strong>();
  CHECK(hyperparameters<Strong>.size() == 1 + 4 + 1 + 1 + 3 + 5);
  set_number<Strong>(s, "flip", 0.1);
  set_number<Strong>(s, "erasing", 0.75);
  set_number<Strong>(s, "rotation", 12);
  const StepList steps = train_steps<Strong>(s);
  CHECK(kinds(steps) == std::vector{StepKind::RandomResizedCrop, StepKind::HorizontalFlip, StepKind::Rotation,
                                    StepKind::RandAugment, StepKind::RandomErasing});
  CHECK(steps.steps[0].n[0] == 0.2);
  CHECK(steps.steps[0].n[3] == 4.0 / 3);
  CHECK(steps.steps[1].n[0] == 0.1);
  CHECK(steps.steps[2].n[0] == 12);
  CHECK(steps.steps[2].bilinear);
  CHECK_FALSE(steps.steps[3].bilinear);
  CHECK(steps.steps[3].n[0] == 3);
  CHECK(steps.steps[4].n[0] == 0.75);
  CHECK(steps.steps[4].n[4] == 3.3);
  CHECK_THROWS_AS(set_number<Strong>(s, "flip", 1.5), Error);
  CHECK(named_numbers<Strong>()[5].policy == type_name<HorizontalFlip<>>());
  set_number<Strong>(s, "crop-scale-high", 0.1);  // by itself in its range, but below crop-scale-low
  CHECK_THROWS_AS(train_steps<Strong>(s), Error);
}

TEST_CASE("a recipe that says nothing sees random crops and mirror images", "[recipe][augment]") {
  CHECK(hyperparameters<Usual>.size() == 0);
  const StepList steps = train_steps<Usual>(defaults<Usual>());
  CHECK(kinds(steps) == std::vector{StepKind::RandomResizedCrop, StepKind::HorizontalFlip});
  CHECK(steps.steps[0].n[0] == 0.08);
  CHECK(Usual::test_views::kind == TestViewKind::One);
  CHECK(explain<Usual>().find("training sees") == std::string::npos);
}

TEST_CASE("augmentation in words", "[recipe][augment]") {
  const std::string text = explain<Strong>();
  CHECK(text.find("training sees random crops of 20 % to 100 % of the area, ratio 0.75 to 1.333; mirrored with "
                  "probability 0.5; turned by up to 30 degrees; RandAugment, 3 transforms at magnitude 9 of 31; 2 % to "
                  "33 % of the area erased with probability 0.25\n") != std::string::npos);
  CHECK(text.find("tests average the outputs of ten crops") != std::string::npos);
  CHECK(augment_text(detail::default_steps(List<WholeImage, RandomErasing<0.1, 0.02, 0.33, 0.3, 3.3, Noise>>{})) ==
        "whole pictures; 2 % to 33 % of the area replaced by noise with probability 0.1");
  CHECK(augment_text(StepList()) == "the middle of pictures, 87.5 % of the short side");
  std::vector<std::string> all;
  for (int kind = 1; kind <= static_cast<int>(StepKind::RandomErasing); ++kind) {
    all.push_back(detail::step_text(StepView{static_cast<StepKind>(kind), false, {}}));
    CHECK(all.back() != "a step of one's own");
  }
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("augmentation by name", "[recipe][augment]") {
  for (const std::string_view name : augment_names) CHECK_NOTHROW(named_steps(name));
  CHECK(named_steps("none").empty());
  CHECK(kinds(named_steps("trivial")).back() == StepKind::RandomErasing);
  CHECK(test_crop(named_steps("flips")).kind == StepKind::WholeImage);
  CHECK(test_crop(named_steps("imagenet")).n[0] == 0.875);
  CHECK_FALSE(crops(named_steps("none")));
  CHECK_THROWS_AS(named_steps("imagenets"), Error);
}
