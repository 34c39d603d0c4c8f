#pragma once
// Running statistics of several processes at the end of an epoch: the mean over them.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>

#include "tuneit/aten/make.hpp"
#include "tuneit/aten/tensors.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/ranks/group.hpp"

namespace tuneit::detail {

/// Of the network's tensors, and of those of an average that is tested (the same ones where there is none).
template <class Model>
void average_statistics(ranks::Group& group, const Tensors& own, const Tensors& best) {
  Tensors all;
  for (const Tensors* of : {&own, &best}) {
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      if (table<Model>.rows[i].is_buffer() && (*of)[i].is_floating_point()) all.push_back((*of)[i]);
    if (&own == &best) break;
  }
  if (all.empty()) return;
  std::int64_t size = 0, at = 0;
  for (const at::Tensor& x : all) size += x.numel();
  const at::Tensor flat = aten::empty({size}, at::TensorOptions(at::kDouble).device(all.front().device()));
  for (const at::Tensor& x : all) {
    flat.narrow(0, at, x.numel()).copy_(x.reshape({-1}));
    at += x.numel();
  }
  group.sum(flat)->wait();
  flat.div_(group.size());
  at = 0;
  for (const at::Tensor& x : all) {
    x.copy_(flat.narrow(0, at, x.numel()).view(x.sizes()));
    at += x.numel();
  }
}

}  // namespace tuneit::detail
