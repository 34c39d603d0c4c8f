#pragma once
// What does a recipe take of a batch? By number and name: the network's inputs, then what the losses take.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tuneit/data/batches/batches.hpp"
#include "tuneit/recipe/judges/inputs.hpp"
#include "tuneit/recipe/judges/outputs.hpp"

namespace tuneit {

namespace detail {

template <class In>
data::SchemaItem schema_of_input() {
  data::SchemaItem item{std::string(input_name<In>())};
  constexpr Shape shape = In::at(In::side);
  item.type = shape.dtype == ElementType::Index   ? data::ItemType::Index
              : shape.dtype == ElementType::Truth ? data::ItemType::Truth
                                                  : data::ItemType::Number;
  if (shape.rank == 3) item.sizes = {shape.dims[0], -1, -1};
  if (takes_tokens<In>)
    item.sizes = {-1};  // how many there are at most is asked of each batch
  else if (shape.rank == 1 && NamedInput<In>)
    item.sizes = {shape.dims[0]};  // else an image of one pixel is a row, too
  return item;
}
/// Of the I-th loss, which is the first of its output.
template <class R, class L, std::size_t I>
void add_target(data::Schema& s) {
  constexpr auto places = loss_places<R>;
  if constexpr (places.loss_of(places.output[I]) == static_cast<int>(I)) {
    constexpr Shape out = output_shape<typename R::model, places.output[I]>();
    const NameText& name = output_text<typename R::model, places.output[I]>;
    data::SchemaItem item{std::string(name.data(), name.size())};
    if (target_kind<L> == TargetKind::Classes) {
      item.type = data::ItemType::Index;
      item.sizes.emplace();
      if (out.rank == 2) item.sizes->push_back(-1);
    } else if (target_kind<L> == TargetKind::Spans) {
      item.type = data::ItemType::Index;
      item.sizes = {2};
    } else if (target_kind<L> == TargetKind::Values) {
      item.type = data::ItemType::Number;
      if (out.rank == 3 && out.height() * out.width() > 1) item.sizes = {out.dims[0], -1, -1};
    }
    s.targets.push_back(std::move(item));
  }
}

}  // namespace detail

/// What the recipe R takes of a batch.
template <class R>
data::Schema schema() {
  using In = typename R::model::input;
  data::Schema s;
  s.inputs.push_back(detail::schema_of_input<typename In::first>());
  [&]<class... Others>(List<Others...>) {
    (s.inputs.push_back(detail::schema_of_input<Others>()), ...);
  }(typename In::others{});
  [&]<class... Ls, std::size_t... I>(List<Ls...>, std::index_sequence<I...>) {
    (detail::add_target<R, Ls, I>(s), ...);
  }(detail::loss_items<typename R::loss>{}, std::make_index_sequence<detail::loss_items<typename R::loss>::size>{});
  return s;
}

/// The input of this name: `input<R, "attention_mask">(batch)`; the first one is "images" where it has no name.
template <class R, fixed_string Name>
[[nodiscard]] const at::Tensor& input(const data::Batch& batch) {
  constexpr int number =
      detail::reported<input_verdict<typename R::model, Name>>() ? detail::input_index<typename R::model, Name> : 0;
  return batch.input(static_cast<std::size_t>(number < 0 ? 0 : number));
}

}  // namespace tuneit
