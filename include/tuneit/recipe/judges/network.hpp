#pragma once
// Do the layers of a network fit together? Asked once per model and translation unit, before any policy is judged.
#include "tuneit/net/shape.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/recipe/judges/layers.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

/// What comes out of a model, and where the first layer stands that cannot take what reaches it: in no block, if all
/// is well.
struct Fitting {
  Shape out{};
  int block = -1;
  Shape reaches{};
  bool all_said = true;  ///< by every layer
};

struct FindMisfit {
  Shape reaches{};
  bool found = false, all_said = true;
  template <class Leaf>
  constexpr void operator()(Leaf, Shape in, Shape out) {
    all_said = all_said && says_all<Leaf>;
    if (found || !in.fits || (out.fits && out.height > 0 && out.width > 0)) return;
    found = true;
    reaches = in;
  }
};

template <class... Blocks>
constexpr Fitting fit_blocks(List<Blocks...>, Shape in) {
  Fitting fit;
  fit.out = in;
  int number = 0;
  [[maybe_unused]] const auto one = [&](auto layers) {
    const Shape before = fit.out;
    FindMisfit find;
    fit.out = trace(layers, before, find);
    fit.all_said = fit.all_said && find.all_said;
    if (fit.block < 0 && (find.found || !fit.out.fits)) {
      fit.block = number;
      fit.reaches = find.found ? find.reaches : before;
    }
    ++number;
  };
  (one(typename Blocks::layers{}), ...);
  return fit;
}

/// The shapes within a model, for a picture of its usual side.
template <class Model>
inline constexpr Fitting fitting = fit_blocks(typename Model::blocks{},
                                              Shape{Model::input::channels, Model::input::side, Model::input::side});

template <class Model, int Block>
struct JudgeFitAt {
  static constexpr Shape reaches = fitting<Model>.reaches;
  using block = typename TypeAt<std::size_t{Block}, typename Model::blocks>::type;
  using type = LayersDoNotFit<Model, block::name, Arrives<reaches.channels, reaches.height, reaches.width>>;
};
template <class Model>
struct JudgeFitAt<Model, -1> {
  using type = Accepted;
};
template <class Model>
struct JudgeFit : JudgeFitAt<Model, fitting<Model>.block> {};

template <class Model>
struct JudgeNetwork : judge_all<Demand<(std::size_t{Model::block_count} > 0), NothingInside<Model>>,
                                JudgeLayers<Model, fitting<Model>.all_said>, JudgeFit<Model>> {};

}  // namespace tuneit::detail
