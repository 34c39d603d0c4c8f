#pragma once
// How do tensors start before any weights are loaded? torch's formulas, drawn from a generator of one's own.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/net/initial.hpp"
#include "tuneit/net/module_network.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/queries/names.hpp"
#include "tuneit/weights/fill_head.hpp"
#include "tuneit/weights/flat.hpp"
#include "tuneit/weights/row_norms.hpp"

namespace tuneit {

/// A CPU generator of its own; the global one is not touched.
inline at::Generator make_generator(std::uint64_t seed) { return at::detail::createCPUGenerator(seed); }

/// A generator of its own on a device.
inline at::Generator make_generator(std::uint64_t seed, const at::Device& device) {
  if (device.is_cpu()) return make_generator(seed);
  at::Generator generator = at::detail::getCUDAHooks().getNewGenerator(device.index());
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(seed);
  return generator;
}

namespace detail {

/// Does a recipe's head say how this row starts? The rows of a new head; of a model that was not given one, its last
/// block.
template <class Model>
constexpr bool in_new_head(std::size_t row) {
  if constexpr (requires { Model::is_fresh(row); })
    return Model::is_fresh(row) && table<Model>.rows[row].block + 1u == Model::block_count;
  else
    return table<Model>.rows[row].block + 1u == Model::block_count;
}

/// Tensors without memory, as the rows of a table are.
[[gnu::cold, gnu::noinline]] inline Tensors shapes_of_rows(const TensorRow* rows, std::size_t count, int classes) {
  Tensors shapes;
  shapes.reserve(count);
  for (const TensorRow* row = rows; row != rows + count; ++row) {
    if (row->is_tied()) {
      shapes.push_back(shapes[static_cast<std::size_t>(row->tied)]);
      continue;
    }
    std::int64_t sizes[4];
    for (int d = 0; d < row->rank; ++d) sizes[d] = row->dims[d] == Dynamic ? classes : row->dims[d];
    shapes.push_back(aten::empty(
        {sizes, row->rank},
        at::TensorOptions(row->kind == Kind::BatchCount ? at::kLong : at::kFloat)
            .device(at::kMeta)
            .memory_format(row->rank == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous)));
  }
  return shapes;
}

/// A tensor whose layer says how it starts.
[[gnu::cold, gnu::noinline]] inline void fill_as_said(at::Tensor& x, FirstValues start, const at::Generator& g) {
  const auto rows = static_cast<double>(x.size(0));
  const double bound = 1 / std::sqrt(static_cast<double>(x.numel()) / rows);
  // drawn in logical order, as above
  if (start == FirstValues::FanIn) x.copy_(aten::empty(x.sizes()).uniform_(-bound, bound, g));
  if (start == FirstValues::Normal || start == FirstValues::OneOverRows)
    x.copy_(aten::empty(x.sizes()).normal_(0, start == FirstValues::Normal ? 1 : 1 / rows, g));
  if (start == FirstValues::Zeros || start == FirstValues::Ones) x.fill_(start == FirstValues::Ones ? 1 : 0);
}

/// What a weight's normal distribution is as wide as.
inline double deviation_of(const Initial& rule, std::string_view name, double usual) {
  return rule.residual_end != nullptr && name.ends_with(rule.residual_end) ? rule.residual_deviation : usual;
}

}  // namespace detail

/// Fresh tensors of a model in table order, float32 (num_batches_tracked int64), 4-d weights channels-last: views of
/// one buffer for each number type (weights/flat.hpp). Convolutions: Kaiming normal, fan out; batch norms 1 and 0;
/// linear layers as the model says (net/initial.hpp), those of a new head by HeadInit. A ModuleNetwork's as its module
/// makes them. Layers of one's own: a weight of rank 2 or more uniform within 1 / sqrt(fan in), of rank 1 ones; the
/// rest 0, a running variance 1. `classes` stands in for a Dynamic head. Throws Error(Usage) where two tensors have one
/// name.
template <class Model, class HeadInit = DefaultInit>
[[gnu::cold]] Tensors make_tensors(int classes, const at::Generator& g) {
  if constexpr (ModuleModel<Model>) return module_tensors(Type<Model>{}, g);
  const at::NoGradGuard no_grad;
  const auto& t = table<Model>;
  detail::check_names(t.rows, t.size, t.pool);
  constexpr Initial rule = detail::initial_of<Model>;
  Tensors tensors = flat_zeros(detail::shapes_of_rows(t.rows, t.size, classes), at::kCPU, at::kFloat, t.rows);
  for (std::size_t i = 0; i < t.size; ++i) {
    const TensorRow& row = t.rows[i];
    at::Tensor& x = tensors[i];
    if (row.is_tied()) continue;
    if (row.start != FirstValues::Usual) {
      detail::fill_as_said(x, row.start, g);
    } else if (row.owner == Owner::Norm) {
      x.fill_(row.kind == Kind::Weight || row.kind == Kind::RunningVar ? 1 : 0);
    } else if (row.owner == Owner::Conv && row.kind == Kind::Weight) {
      // of a depthwise convolution (one input each): per group, or as if every input reached every output
      const bool alone = row.dims[1] == 1 && row.dims[0] > 3 && rule.fan_out_per_group;
      const std::int64_t groups_out = alone ? 1 : row.dims[0];
      // drawn in logical order: torch's draws into channels-last memory take six times as long
      x.copy_(aten::empty(x.sizes()).normal_(
          0, std::sqrt(2.0 / static_cast<double>(groups_out * row.dims[2] * row.dims[3])), g));
    } else if (row.owner == Owner::Linear && row.kind == Kind::Weight) {
      at::Tensor none;
      const bool has_bias = i + 1 < t.size && t.rows[i + 1].owner == Owner::Linear && t.rows[i + 1].kind == Kind::Bias;
      at::Tensor& bias = has_bias ? tensors[i + 1] : none;
      if (detail::in_new_head<Model>(i) && (detail::has_new_head<Model> || rule.linear_deviation == 0)) {
        detail::fill_head(HeadInit{}, x, bias, g);
      } else if (rule.linear_deviation > 0) {
        x.normal_(0, detail::deviation_of(rule, t.name(i), rule.linear_deviation), g);
        if (has_bias) bias.zero_();
      } else {
        detail::fill_head(DefaultInit{}, x, bias, g);
      }
    } else if (row.owner == Owner::Other && row.kind == Kind::Weight) {
      if (row.rank < 2) {
        x.fill_(1);
      } else if (rule.table_deviation > 0) {
        x.normal_(0, detail::deviation_of(rule, t.name(i), rule.table_deviation), g);
      } else {
        const double bound = 1 / std::sqrt(static_cast<double>(x.numel() / x.size(0)));
        x.uniform_(-bound, bound, g);
      }
      if (row.zero_row >= 0) x.select(0, row.zero_row).zero_();
    } else if (row.owner != Owner::Linear) {
      x.fill_(row.kind == Kind::RunningVar ? 1 : 0);
    }
  }
  detail::fill_row_norms<Model>(tensors, [](std::size_t) { return true; });
  return tensors;
}

}  // namespace tuneit
