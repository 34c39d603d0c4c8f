#pragma once
// How are pictures shown to a model in a test? As in its training, unless options say otherwise, and then that is said.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/app/data/known_model.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/data/augment/recipe_augment.hpp"
#include "tuneit/recipe/queries/augment_names.hpp"

namespace tuneit::app {

/// The steps of the training, which say what tests see.
inline StepList chosen_steps(const Options& o, const RecipeInfo& kind) {
  return o.augment == "recipe" ? kind.steps(o.settings) : named_steps(o.augment);
}

/// As the options say, or the recipe where they say nothing.
inline io::Preprocessing preprocessing_of(const Options& o, const RecipeInfo& kind) {
  io::Preprocessing p;
  const StepView crop = test_crop(chosen_steps(o, kind));
  p.side = o.settings.side;
  p.resize = crop.kind == StepKind::WholeImage ? 0 : data::detail::short_side(p.side, crop.n[0]);
  p.exif_orientation = o.exif_orientation;
  p.scaled_decoding = o.scaled_decoding;
  p.test_views = test_view_names[static_cast<std::size_t>(o.test_views)];
  return p;
}

namespace detail {

inline std::string side_text(int side) { return std::to_string(side) + " x " + std::to_string(side) + " pixels"; }
inline std::string crop_text(const io::Preprocessing& p) {
  return p.resize == 0
             ? "whole pictures"
             : "the middle of pictures, " + short_number(100.0 * p.side / p.resize, 3) + " % of the short side";
}

}  // namespace detail

/// What differs between the pictures of a training and those of now, a sentence for each.
inline std::vector<std::string> differences(const io::Preprocessing& before, const io::Preprocessing& now) {
  std::vector<std::string> out;
  const auto compare = [&](const std::string& what, const std::string& a, const std::string& b) {
    if (a != b) out.push_back("the model was trained with " + what + a + ", and gets " + what + b);
  };
  const auto numbers = [](const std::vector<double>& all) {
    std::string text;
    for (const double x : all) text += (text.empty() ? "" : ", ") + short_number(x);
    return text;
  };
  const auto yes = [](bool on) { return std::string(on ? "on" : "off"); };
  compare("pictures of ", detail::side_text(before.side), detail::side_text(now.side));
  if (before.side == now.side || (before.resize == 0) != (now.resize == 0))
    compare("", detail::crop_text(before), detail::crop_text(now));
  compare("channels of the mean ", numbers(before.mean), numbers(now.mean));
  compare("channels of the standard deviation ", numbers(before.stddev), numbers(now.stddev));
  compare("interpolation ", before.interpolation, now.interpolation);
  compare("--exif-orientation ", yes(before.exif_orientation), yes(now.exif_orientation));
  compare("--scaled-decoding ", yes(before.scaled_decoding), yes(now.scaled_decoding));
  return out;
}

/// The pictures of a test of weights: as their card says, but for what options say. Notes go to `known`. Throws
/// Error(Weights) for what this program cannot do.
inline io::Preprocessing preprocessing_to_test(const Options& o, const RecipeInfo& kind, KnownModel& known) {
  const io::Preprocessing now = preprocessing_of(o, kind);
  if (!known.card.preprocessing) return now;
  const io::Preprocessing& before = *known.card.preprocessing;
  const auto given = [&](const char* name) { return o.given.contains(name); };
  io::Preprocessing p = before;
  if (given("--image-size") && now.side != before.side) {
    p.side = now.side;
    if (p.resize != 0) p.resize = data::detail::short_side(p.side, static_cast<double>(before.side) / before.resize);
  }
  if (given("--augment") || given("--no-augment")) {
    const StepView crop = test_crop(chosen_steps(o, kind));
    p.resize = crop.kind == StepKind::WholeImage ? 0 : data::detail::short_side(p.side, crop.n[0]);
  }
  if (given("--test-views")) p.test_views = now.test_views;
  if (given("--exif-orientation")) p.exif_orientation = true;
  if (given("--scaled-decoding")) p.scaled_decoding = true;
  for (std::string& difference : differences(before, p)) known.notes.push_back(std::move(difference));
  std::string cannot;
  if (p.interpolation != "bilinear") cannot = "resized by " + io::quote(p.interpolation) + " interpolation";
  if (p.mean.size() != 3) cannot = "of " + std::to_string(p.mean.size()) + " channels";
  bool known_views = false;
  for (const std::string_view name : test_view_names) known_views = known_views || name == p.test_views;
  if (!known_views) cannot = "tested in the views " + io::quote(p.test_views);
  if (!cannot.empty())
    throw Error(ErrorKind::Weights,
                o.weights + ": the pictures of this model are " + cannot + ", which this program cannot do",
                "Test it with the tuneit that trained it.");
  return p;
}

/// The transforms that do so. Throws Error(Usage) for crops of whole pictures.
inline data::Augment test_augment(const io::Preprocessing& p) {
  StepView crop{StepKind::WholeImage, false, {}};
  if (p.resize != 0) crop = {StepKind::CenterCrop, false, {static_cast<double>(p.side) / p.resize}};
  StepList steps;
  steps.add(crop);
  data::Normalize normalize;
  for (std::size_t c = 0; c < 3; ++c) {
    normalize.mean[c] = static_cast<float>(p.mean[c]);
    normalize.stddev[c] = static_cast<float>(p.stddev[c]);
  }
  auto views = TestViewKind::One;
  for (std::size_t i = 0; i < std::size(test_view_names); ++i)
    if (test_view_names[i] == p.test_views) views = static_cast<TestViewKind>(i);
  return data::test_augment(steps, views, p.side, normalize);
}

}  // namespace tuneit::app
