#pragma once
// Do the layers of a network fit together? Asked once per model and translation unit, before any policy is judged.
#include "tuneit/net/shape.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/recipe/judges/layers.hpp"
#include "tuneit/recipe/judges/wires.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

/// What comes out of a model, and where the first layer stands that cannot take what reaches it: in no block, if all
/// is well.
struct Fitting {
  Shape out{};
  int block = -1;
  Shape reaches{};
  bool all_said = true;  ///< by every layer
  NameText merge{};      ///< it is a Merge: of this wire, on which is this
  Shape on_wire{};
};

struct FindMisfit {
  Shape reaches{};
  bool found = false, all_said = true;
  NameText merge{};  ///< of two shapes that do not go together: its wire
  Shape on_wire{};
  WireShapes* wires = nullptr;
  template <class Leaf>
  constexpr void operator()(Leaf, Shape in, Shape out) {
    all_said = all_said && says_all<Leaf>;
    if (found || !in.fits || (out.fits && out.height() > 0 && out.width() > 0)) return;
    found = true;
    reaches = in;
    if constexpr (WireTag<Leaf>) {
      merge = name_text<Leaf::wire_name>();
      on_wire = wires->shape(name_hash<Leaf::wire_name>);
    }
  }
};

template <class In, class... Blocks>
constexpr Fitting fit_blocks(List<Blocks...>, Shape in) {
  [[maybe_unused]] WireShapes wires;
  if constexpr (wired<List<Blocks...>>) put_inputs<In>(wires, side_of(in));
  Fitting fit;
  fit.out = in;
  int number = 0;
  [[maybe_unused]] const auto one = [&](auto layers) {
    const Shape before = fit.out;
    FindMisfit find{.wires = &wires};
    fit.out = trace(layers, before, find);
    fit.all_said = fit.all_said && find.all_said;
    if (fit.block < 0 && (find.found || !fit.out.fits)) {
      fit.block = number;
      fit.reaches = find.found ? find.reaches : before;
      fit.merge = find.merge;
      fit.on_wire = find.on_wire;
    }
    ++number;
  };
  (one(typename Blocks::layers{}), ...);
  return fit;
}

/// The shapes within a model, for a picture of its usual side.
template <class Model>
inline constexpr Fitting fitting = fit_blocks<typename Model::input>(typename Model::blocks{},
                                                                     Model::input::at(Model::input::side));

template <class Model, int Block, bool Merges>
struct JudgeMisfit {
  static constexpr Shape reaches = fitting<Model>.reaches;
  using block = typename TypeAt<std::size_t{Block}, typename Model::blocks>::type;
  using type = LayersDoNotFit<Model, block::name, Arrives<reaches.channels(), reaches.height(), reaches.width()>>;
};
template <class Model, int Block>
struct JudgeMisfit<Model, Block, true> {
  static constexpr Shape x = fitting<Model>.reaches, w = fitting<Model>.on_wire;
  static constexpr auto merge = fixed_string<fitting<Model>.merge.size() + 1>(fitting<Model>.merge.data(), 0);
  using block = typename TypeAt<std::size_t{Block}, typename Model::blocks>::type;
  using type = ShapesDoNotMerge<Model, block::name, merge, Arrives<x.channels(), x.height(), x.width()>,
                                Arrives<w.channels(), w.height(), w.width()>>;
};
template <class Model, int Block>
struct JudgeFitAt : JudgeMisfit<Model, Block, (fitting<Model>.merge.size() > 0)> {};
template <class Model>
struct JudgeFitAt<Model, -1> {
  using type = Accepted;
};
template <class Model>
struct JudgeFit : JudgeFitAt<Model, fitting<Model>.block> {};

/// The first row that is tied to none.
constexpr std::size_t loose_row(const TensorRow* rows, std::size_t count) {
  std::size_t i = 0;
  while (i < count && rows[i].tied != TensorRow::tied_to_none) ++i;
  return i;
}
/// Is each tied tensor one that is there? Asked of a network alone, and of the plans of a recipe.
template <class Model, std::size_t Row = loose_row(table<Model>.rows, table<Model>.size),
          bool Loose = (Row < table<Model>.size)>
struct JudgeTies {
  using type = Accepted;
};
template <class Model, std::size_t Row>
struct JudgeTies<Model, Row, true> {
  using type = TiedToNothing<Model, row_name<Model, Row>>;
};

template <class Model>
struct JudgeNetwork : judge_all<Demand<(std::size_t{Model::block_count} > 0), NothingInside<Model>>,
                                JudgeLayers<Model, fitting<Model>.all_said>, JudgeFit<Model>> {};
template <class Model>
requires has_wires<Model>
struct JudgeNetwork<Model>
    : judge_all<Demand<(std::size_t{Model::block_count} > 0), NothingInside<Model>>,
                JudgeLayers<Model, fitting<Model>.all_said>, JudgeWires<Model>, JudgeFit<Model>> {
};

}  // namespace tuneit::detail
