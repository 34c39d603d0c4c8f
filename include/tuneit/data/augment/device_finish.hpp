#pragma once
// How are batches of bytes finished on a device? Mirrored, made floats, normalised and erased in a few calls of
// LibTorch for the whole batch, from what the workers drew. On any device: the tests run it on the CPU.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/InferenceMode.h>

#include "tuneit/aten/cuda/finish.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/aten/upload.hpp"
#include "tuneit/data/augment/augment.hpp"
#include "tuneit/data/augment/deferred.hpp"

namespace tuneit::data {

/// Finishes what an Augment's transform left undone. Floats are those of Augment::finish on the same draws: equal to
/// the bit where division is that of IEEE 754 (CPUs, CUDA), and within 1e-6 in any case.
class DeviceFinish {
 public:
  DeviceFinish(const Augment& augment, at::Device device)
      : device_(device), erasings_(augment.erasings()), side_(augment.size()) {
    const Normalize& n = augment.normalization();
    levels_ = row({255}).to(device);
    mean_ = row({n.mean.begin(), n.mean.end()}).to(device);
    stddev_ = row({n.stddev.begin(), n.stddev.end()}).to(device);
    for (const RandomErasing& erasing : erasings_)
      values_.push_back(row({erasing.value.begin(), erasing.value.end()}).to(device));
    std::copy(n.mean.begin(), n.mean.end(), normal_.mean);
    std::copy(n.stddev.begin(), n.stddev.end(), normal_.stddev);
    std::vector<float> colours;
    for (const RandomErasing& erasing : erasings_) {
      colours.insert(colours.end(), erasing.value.begin(), erasing.value.end());
      noise_ = noise_ || erasing.noise;
    }
    if (!colours.empty()) colours_ = row(colours).to(device);
    line_ = aten::empty({side_}, at::TensorOptions(at::kInt));
    for (std::int32_t i = 0; i < side_; ++i) line_.mutable_data_ptr<std::int32_t>()[i] = i;
    line_ = line_.to(device);
    if (device.is_cuda()) upload_.emplace(device);
  }

  [[nodiscard]] at::Device device() const { return device_; }

  /// To the device, beside what it computes (aten/upload.hpp), a batch at a time.
  void move(std::initializer_list<at::Tensor*> batch) {
    if (upload_) return (*upload_)(std::span<at::Tensor* const>(batch.begin(), batch.size()));
    const c10::InferenceMode may_be_trained_on(false);
    for (at::Tensor* const t : batch)
      if (t->defined() && t->device() != device_) *t = t->to(device_, t->scalar_type(), /*non_blocking=*/true);
  }

  /// `bytes`: uint8 [B, 3, S, S], channels-last; `undone`: of each picture, with a rectangle for
  /// each RandomErasing. Returns float32 on the device, channels-last. `labels` are moved there, too.
  [[nodiscard]] at::Tensor operator()(at::Tensor bytes, std::span<const Deferred> deferred, at::Tensor& labels) {
    const c10::InferenceMode may_be_trained_on(false);
    bool mirrors = false, turns_over = false, erases = false;
    for (const Deferred& u : deferred) {
      mirrors = mirrors || u.mirrored;
      turns_over = turns_over || u.turned_over;
      erases = erases || u.erases();
    }
    at::Tensor marks, noise, &x = bytes;
    if (mirrors || turns_over || erases) marks = marks_of(deferred);
    if (erases) noise = noise_of(deferred);
    move({&x, &labels, &marks, &noise});
    if (!noise_)
      if (const auto own = aten::cuda::finish_launcher(x, at::kFloat))
        return aten::cuda::finish_bytes(*own, x, marks, erases ? colours_ : at::Tensor(), normal_);
    std::int64_t used = 0;
    if (mirrors) x = x.flip(3).where(column(marks, 0).view({-1, 1, 1, 1}).ne(0), x);
    if (turns_over) x = x.flip(2).where(column(marks, 1).view({-1, 1, 1, 1}).ne(0), x);
    x = x.div(levels_).sub_(mean_).div_(stddev_).contiguous(at::MemoryFormat::ChannelsLast);
    for (std::size_t step = 0; erases && step < erasings_.size(); ++step) erase(x, step, marks, noise, used, deferred);
    return x;
  }

 private:
  static constexpr std::int64_t flags = 2, sides = 4;

  /// Numbers for each channel, [1, n, 1, 1].
  static at::Tensor row(const std::vector<float>& numbers) {
    at::Tensor t = aten::empty({1, static_cast<std::int64_t>(numbers.size()), 1, 1});
    std::copy(numbers.begin(), numbers.end(), t.mutable_data_ptr<float>());
    return t;
  }
  static at::Tensor column(const at::Tensor& marks, std::int64_t which) { return marks.select(1, which); }
  [[nodiscard]] at::TensorOptions host(at::ScalarType type) const {
    return at::TensorOptions(type).pinned_memory(device_.is_cuda());
  }

  /// A row for each picture: its flags, then top, bottom, left and right of each rectangle.
  [[nodiscard]] at::Tensor marks_of(std::span<const Deferred> deferred) const {
    const auto width = flags + sides * static_cast<std::int64_t>(erasings_.size());
    at::Tensor marks = aten::empty({static_cast<std::int64_t>(deferred.size()), width}, host(at::kInt));
    auto* to = marks.mutable_data_ptr<std::int32_t>();
    for (const Deferred& u : deferred) {
      *to++ = u.mirrored ? 1 : 0;
      *to++ = u.turned_over ? 1 : 0;
      for (const Erased& erased : u.erased) {
        const Box& box = erased.box;
        for (const int side : {box.top, box.top + box.height, box.left, box.left + box.width}) *to++ = side;
      }
    }
    return marks;
  }

  static std::int64_t noise_in(std::span<const Deferred> deferred, std::size_t step) {
    std::int64_t numbers = 0;
    for (const Deferred& u : deferred) numbers += static_cast<std::int64_t>(u.erased[step].noise.size());
    return numbers;
  }
  /// The noise of all rectangles, of one RandomErasing after the other; undefined where there is none.
  [[nodiscard]] at::Tensor noise_of(std::span<const Deferred> deferred) const {
    std::int64_t numbers = 0;
    for (std::size_t step = 0; step < erasings_.size(); ++step)
      if (erasings_[step].noise) numbers += noise_in(deferred, step);
    if (numbers == 0) return {};
    at::Tensor noise = aten::empty({numbers}, host(at::kFloat));
    auto* to = noise.mutable_data_ptr<float>();
    for (std::size_t step = 0; step < erasings_.size(); ++step)
      if (erasings_[step].noise)
        for (const Deferred& u : deferred) to = std::copy(u.erased[step].noise.begin(), u.erased[step].noise.end(), to);
    return noise;
  }

  /// `used`: of the noise, by the steps so far.
  void erase(at::Tensor& x, std::size_t step, const at::Tensor& marks, const at::Tensor& noise, std::int64_t& used,
             std::span<const Deferred> deferred) const {
    const std::int64_t first = flags + sides * static_cast<std::int64_t>(step);
    const auto within = [&](std::int64_t low) {  // [B, S]: is a row (a column) one of the rectangle's?
      return line_.ge(column(marks, low).unsqueeze(1)).bitwise_and_(line_.lt(column(marks, low + 1).unsqueeze(1)));
    };
    const at::Tensor mask = within(first).unsqueeze(2).bitwise_and(within(first + 2).unsqueeze(1));  // [B, S, S]
    if (!erasings_[step].noise) {
      x = values_[step].where(mask.unsqueeze(1), x).contiguous(at::MemoryFormat::ChannelsLast);
      return;
    }
    const std::int64_t numbers = noise_in(deferred, step);
    if (numbers == 0) return;
    // Image by picture, row by row, channels together: the order of channels-last memory, and of the noise.
    x.permute({0, 2, 3, 1}).masked_scatter_(mask.unsqueeze(3), noise.narrow(0, used, numbers));
    used += numbers;
  }

  at::Device device_;
  std::vector<RandomErasing> erasings_;
  std::int64_t side_;
  at::Tensor levels_, mean_, stddev_, line_;
  std::vector<at::Tensor> values_;
  aten::cuda::Normal normal_{};
  at::Tensor colours_;  ///< three for each RandomErasing
  bool noise_ = false;  ///< one of them fills with noise, which our kernel does not know
  std::optional<aten::Upload> upload_;
};

}  // namespace tuneit::data
