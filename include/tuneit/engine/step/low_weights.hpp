#pragma once
// Weights in the number type in which a network computes, on a device: cast all at once before a pass, and their
// gradients back behind it, a call each. One by one they would be a kernel for each weight, and one for its gradient.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/aten/tensors.hpp"
#include "tuneit/aten/weight_casts.hpp"
#include "tuneit/engine/step/flat_gradients.hpp"
#include "tuneit/net/layers/conv.hpp"
#include "tuneit/net/layers/linear.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/recipe/assemble/facts.hpp"
#include "tuneit/recipe/queries/queries.hpp"

namespace tuneit::detail {

/// Does a layer read all of its tensors in the number type of what flows into it, and leave their gradients in it?
template <class Leaf>
inline constexpr bool reads_low = false;
template <int In, int Out, Window W, bool Bias>
inline constexpr bool reads_low<Conv2d<In, Out, W, Bias>> = true;
template <int In, int Out, bool Bias>
inline constexpr bool reads_low<Linear<In, Out, Bias>> = true;

/// Tells for each row of a table whether its layer does, in the order of the table.
template <std::size_t N>
struct LowRows : Walker<LowRows<N>> {
  std::array<bool, N + 1> low{};
  std::size_t next = 0;

  using Walker<LowRows>::walk;
  template <class Leaf>
  constexpr void walk(Leaf) {
    for (std::size_t i = 0; i < tensor_count<Leaf>; ++i) low[next++] = reads_low<Leaf>;
  }
};

/// The same of a model; tensors with several names are read by layers of several sorts, and left out.
template <class Model>
inline constexpr auto low_rows = [] {
  LowRows<table<Model>.size> rows;
  rows.walk(typename Model::blocks{});
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (table<Model>.rows[i].is_tied()) {
      rows.low[i] = false;
      if (table<Model>.rows[i].tied >= 0) rows.low[static_cast<std::size_t>(table<Model>.rows[i].tied)] = false;
    }
  return rows.low;
}();

/// May a recipe compute in lower precision? A network of a module has casts of its own (autocast).
template <class R>
inline constexpr bool computes_low =
    !ModuleModel<typename R::model> &&
    (dtypes_of<typename R::precision> == 0 || (dtypes_of<typename R::precision> & bfloat16) != 0);

/// Do casts of weights outlive a step? Where nobody but the optimizer moves weights in one.
template <class R>
inline constexpr bool keeps_casts = recipe_effects<R>.replays && !recipe_effects<R>.writes_weights;
/// Does nobody see gradients between the way back and the optimizer? Then they may be as the way back leaves them.
template <class R>
inline constexpr bool hides_gradients =
    keeps_casts<R> && !recipe_effects<R>.flat_gradients && !recipe_effects<R>.sees_gradients;

/// What a pass reads instead of a trainer's tensors.
class LowWeights {
 public:
  LowWeights(at::Device device, at::ScalarType numbers)
      : on_(!device.is_cpu() && (numbers == at::kBFloat16 || numbers == at::kHalf)) {}
  /// Are there any? Never on the CPU, whose kernels read weights as they are.
  [[nodiscard]] bool on() const { return on_; }

  /// Before a pass of P, a recipe in one of its phases: the tensors with casts in the place of those that its layers
  /// read so. Only what is behind the frozen prefix is cast. `kept`: whoever moves weights in a step writes casts or
  /// says that he did not, so they are cast anew only where somebody has changed weights otherwise, whom their versions
  /// tell, or `changes`; else each time. `lifts`: gradients will be lifted.
  template <class P>
  const Tensors& cast(const Tensors& tensors, at::ScalarType type, bool kept, long long changes, bool lifts) {
    using Model = typename P::model;
    constexpr std::size_t first = table<Model>.block_begin[frozen_prefix<P>()];
    if (first_ != first || all_.empty()) {
      std::vector<std::size_t> rows;
      for (std::size_t i = first; i < tensors.size(); ++i)
        if (low_rows<Model>[i]) rows.push_back(i);
      make(tensors, rows, type);
      first_ = first;
    }
    if (!casts_.low.defined()) return all_;
    std::uint64_t versions = static_cast<std::uint64_t>(changes);
    if (kept)
      for (std::size_t i = first; i < tensors.size(); ++i)
        versions += tensors[i].unsafeGetTensorImpl()->version_counter().current_version();
    if (!kept || !casts_.fresh || versions != versions_) casts_.low.copy_(casts_.source);
    casts_.fresh = true;
    versions_ = versions;
    if (lifts) begin_lift<P>(tensors);
    return all_;
  }
  /// What an optimizer's kernel may write.
  [[nodiscard]] WeightCasts& casts() { return casts_; }
  /// A step is over, or was replayed: then casts are left as that step left them.
  void end_step() { left_fresh_ = casts_.fresh; }
  void replayed() { casts_.fresh = left_fresh_; }
  /// Weights are others from here on.
  void forget() { casts_.fresh = false; }

  /// Behind it: gradients of the rows [begin, end) of the table are in the number type of their tensors.
  void lift(std::size_t begin, std::size_t end, Tensors& gradients) {
    if (casts_.low.defined()) gradients_.take_cast(begin, end, casts_.low.scalar_type(), gradients);
  }

 private:
  template <class P>
  void begin_lift(const Tensors& tensors) {
    static const std::vector<std::size_t> trained = trained_rows<P>();
    gradients_.begin(tensors, trained);
  }
  template <class P>
  static std::vector<std::size_t> trained_rows() {
    using Model = typename P::model;
    std::vector<std::size_t> rows;
    for (std::size_t i = table<Model>.block_begin[frozen_prefix<P>()]; i < table<Model>.size; ++i)
      if (low_rows<Model>[i] && !plan<P>.rows[i].frozen) rows.push_back(i);
    return rows;
  }

  // Places are those of the buffer in which all tensors lie; of tensors that lie apart there are no casts.
  [[gnu::cold, gnu::noinline]] void make(const Tensors& tensors, const std::vector<std::size_t>& rows,
                                         at::ScalarType type) {
    all_ = tensors;
    casts_ = {};
    if (rows.empty()) return;
    const at::Tensor& front = tensors[rows.front()];
    std::int64_t begin = front.storage_offset(), end = begin;
    for (const std::size_t i : rows) {
      const at::Tensor& t = tensors[i];
      if (!t.is_non_overlapping_and_dense() || !t.is_alias_of(front) || t.scalar_type() == type) return;
      begin = std::min(begin, t.storage_offset());
      end = std::max(end, t.storage_offset() + t.numel());
    }
    const std::int64_t size = end - begin, one = 1;
    casts_.source = flat_view(front, size, one, begin);
    casts_.low = aten::empty({size}, front.options().dtype(type));
    for (const std::size_t i : rows)
      all_[i] = flat_view(casts_.low, tensors[i].sizes(), tensors[i].strides(), tensors[i].storage_offset() - begin);
  }

  Tensors all_;
  WeightCasts casts_;
  FlatGradients gradients_;
  std::size_t first_ = 0;
  std::uint64_t versions_ = 0;
  bool left_fresh_ = false;
  bool on_;
};

/// Of a recipe that never computes in lower precision.
struct NoLowWeights {
  NoLowWeights(at::Device, at::ScalarType) {}
};

}  // namespace tuneit::detail
