#pragma once
// What the tests of whole trainings share: ten steps on Python's batches, and how far two networks ended apart.
#include <string>

#include "parity.hpp"
#include "tuneit/recipe/finetune.hpp"

/// Steps on the batches x0, y0 to x9, y9 of a file, so many of them an epoch; see(step, loss) after each.
template <class T, class See>
void ten_steps_of(T& trainer, const tuneit::io::TensorFile& batches, const See& see, int epoch = 10) {
  for (int i = 0; i < 10; ++i) {
    const at::Tensor x = tensor(batches, "x" + std::to_string(i)).contiguous(at::MemoryFormat::ChannelsLast);
    see(i, trainer.step(x, tensor(batches, "y" + std::to_string(i)), epoch).loss);
  }
}

/// How far `of` ended from `expected`: the mean over the tensors that train of max |a - b| / max |b|.
template <class R, class Of>
double mean_distance(const Of& of, const tuneit::io::TensorFile& expected) {
  using Model = typename R::model;
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i < tuneit::table<Model>.size; ++i)
    if (!tuneit::plan<R>.rows[i].frozen && tuneit::table<Model>.rows[i].kind != tuneit::Kind::BatchCount) {
      sum += relative(of(i), tensor(expected, std::string(tuneit::table<Model>.name(i))));
      ++count;
    }
  return sum / count;
}
