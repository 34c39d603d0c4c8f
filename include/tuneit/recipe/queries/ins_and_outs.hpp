#pragma once
// What goes into a network and comes out of it, as a table: names, shapes, and the losses of each output.
#include <string>
#include <vector>

#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/judges/inputs.hpp"
#include "tuneit/recipe/judges/outputs.hpp"
#include "tuneit/recipe/numbers/loss_numbers.hpp"
#include "tuneit/recipe/queries/sentences.hpp"

namespace tuneit::detail {

/// "3 x 16 x 24", "8 numbers", "5 classes", "12 tokens", "12 tokens of 64 numbers"; a Dynamic size is `classes`.
inline std::string shape_text(const Shape& s, int classes, bool of_classes = false) {
  const auto size = [&](int d) { return std::to_string(s.dims[d] == Dynamic ? classes : s.dims[d]); };
  const auto counted = [&](int d, const char* one) { return size(d) + " " + one + (size(d) == "1" ? "" : "s"); };
  if (s.is_flat() && of_classes) return size(0) + " classes";
  if (s.dtype == ElementType::Index) return counted(0, "token");
  if (s.dtype == ElementType::Truth) return "which of " + counted(0, "token");
  if (s.rank == 2) return counted(0, "token") + " of " + counted(1, "number");
  return s.is_flat() ? counted(0, "number") : size(0) + " x " + size(1) + " x " + size(2);
}

/// Do the words "classes" and "pictures of side x side pixels" not say it all?
template <class R>
inline constexpr bool needs_table =
    R::model::input::others::size > 0 || output_count<typename R::model> > 1 || targets_of_pixels<R>[0] ||
    R::model::input::side == 1 || takes_tokens<typename R::model::input::first> ||
    R::model::input::at(R::model::input::side).height() != R::model::input::at(R::model::input::side).width();

/// The shape of the I-th output for pictures of this side.
template <class Model, int I>
Shape output_shape_at(int side) {
  if constexpr (constexpr int event = output_event<Model>(I); event >= 0) {
    WireShapes wires;
    KeepShapes keep;
    trace_up_to<Model>(Model::block_count, side, wires, keep);
    return keep.outputs.shape(wire_log<Model>.events[event].name);
  } else {
    return shape<Model>(side);
  }
}

/// Inputs, and outputs with what they are trained for.
template <class R>
std::string in_and_out_table(const Settings& s) {
  using Model = typename R::model;
  using In = typename Model::input;
  Columns columns({"", "name", "shape", "loss"}, "<<<<");
  const auto input = [&]<class One>(Type<One>, const Shape& shape) {
    columns.row({"input", std::string(input_name<One>()), shape_text(shape, 0), ""});
  };
  input(Type<typename In::first>{}, In::at(s.side));
  [&]<class... Others>(List<Others...>) {
    (input(Type<Others>{}, input_beside<typename In::first, Others>(s.side)), ...);
  }(typename In::others{});
  constexpr auto places = loss_places<R>;
  const std::vector<std::string> words = words_of_losses<R>(s);
  constexpr bool several = places.targets > 1;  // then it says which of a batch's
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto output = [&](int which, const NameText& name, const Shape& shape) {
      std::string losses;
      bool of_classes = false;
      for (std::size_t i = 0; i < words.size(); ++i) {
        if (places.output[i] != which) continue;
        if (losses.empty() && several)
          losses = "target " + std::to_string(places.target[i]) + ": ";
        else if (!losses.empty())
          losses += " + ";
        losses += words[i];
        of_classes = are_of_classes(kind_of_loss(static_cast<int>(i), loss_items<typename R::loss>{}));
      }
      columns.row({"output", std::string(name.data(), name.size()), shape_text(shape, s.classes, of_classes),
                   losses.empty() ? "unused: forward alone, what only it depends on is frozen" : losses});
    };
    (output(static_cast<int>(I), output_text<Model, static_cast<int>(I)>,
            output_shape_at<Model, static_cast<int>(I)>(s.side)),
     ...);
  }
  (std::make_index_sequence<output_count<Model>>{});
  return columns.text();
}

}  // namespace tuneit::detail
