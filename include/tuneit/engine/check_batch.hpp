#pragma once
// Can a network take this batch? And when its loss is no number: is that the training's fault, or a sample's?
#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "tuneit/meta/error.hpp"

namespace tuneit {

/// A sample of a batch cannot be learned from. Whoever knows where it comes from says so: fit names it by
/// Batches::describe.
class BadSample : public Error {
 public:
  /// row: of the batch, from 0. has: "its picture holds NaN".
  BadSample(std::size_t row, const std::string& has, const std::string& sample)
      : Error(Fault::Data, sample + ": " + has,
              "Mend it or leave it out: the loss of a batch with it is no number, whatever the learning rate."),
        row_(row),
        has_(has) {}
  BadSample(std::size_t row, const std::string& has)
      : BadSample(row, has, "sample " + std::to_string(row) + " of the batch (from 0)") {}
  [[nodiscard]] std::size_t row() const { return row_; }
  [[nodiscard]] const std::string& has() const { return has_; }

 private:
  std::size_t row_;
  std::string has_;
};

/// A batch of one sample of which a batch norm would see one value per channel. fit passes over such a batch.
class LoneSample : public Error {
 public:
  LoneSample()
      : Error(Fault::Usage,
              "a batch of one picture gives a batch norm one value per channel, which has no variance to train on",
              "Give larger batches or larger pictures, or freeze the statistics of batch norms (FrozenStats).") {}
};

namespace detail {

inline std::string sizes_text(const at::Tensor& t) {
  std::string shape;
  for (const std::int64_t d : t.sizes()) shape += (shape.empty() ? "" : ", ") + std::to_string(d);
  return "[" + shape + "]";
}

/// Throws Error(Usage) unless these can be pictures of so many channels, or with `rows` rows of so many numbers.
/// Whether their side fits is asked of the model.
inline void check_images(const at::Tensor& x, int channels, bool rows = false) {
  const auto refuse = [](const std::string& what, const std::string& mend) { throw Error(Fault::Usage, what, mend); };
  if (rows && x.defined() && x.dim() == 2 && x.size(0) > 0)
    refuse("the network takes rows of " + std::to_string(channels) + " numbers, and the batch is " + sizes_text(x),
           "Give [samples, " + std::to_string(channels) + "].");
  if (x.defined() && x.dim() > 0 && x.size(0) == 0) refuse("the batch has no samples", "Pass over it.");
  if (!x.defined() || x.dim() != 4)
    refuse("a batch of pictures has four dimensions, and this one is " +
               (x.defined() ? sizes_text(x) : std::string("an undefined tensor")),
           "Give [samples, channels, height, width]; of one picture, unsqueeze(0).");
  if (x.size(1) != channels)
    refuse("the network takes pictures of " + std::to_string(channels) + " channels, and the batch is " + sizes_text(x),
           x.size(3) == channels
               ? "Its last dimension looks like the channels: permute({0, 3, 1, 2}) puts them where they belong."
               : "Give [samples, channels, height, width].");
  if (!x.is_floating_point())
    refuse("the pictures are numbers of type " + std::string(c10::toString(x.scalar_type())),
           "Give floating-point numbers, normalised as the network's weights expect.");
}

/// Throws Error(Usage) for features without samples.
inline void check_features(const at::Tensor& x) {
  if (!x.defined() || x.dim() == 0 || x.size(0) == 0)
    throw Error(Fault::Usage, "the batch has no samples", "Pass over it.");
}

/// The first row of a tensor [N, ...] that holds NaN ("NaN") or infinity ("infinity").
inline std::optional<std::pair<std::size_t, const char*>> row_not_finite(const at::Tensor& t) {
  if (!t.defined() || !t.is_floating_point() || t.dim() == 0 || t.numel() == 0) return std::nullopt;
  const at::Tensor plain = t.to(at::kCPU, at::kDouble).contiguous();
  const double* const x = plain.const_data_ptr<double>();
  const std::int64_t each = plain.numel() / plain.size(0);
  for (std::int64_t i = 0; i < plain.numel(); ++i)
    if (!std::isfinite(x[i]))
      return std::pair{static_cast<std::size_t>(i / each), std::isnan(x[i]) ? "NaN" : "infinity"};
  return std::nullopt;
}

/// After a loss that was no number: throws BadSample if a sample is to blame. `images`: pictures, or what frozen blocks
/// made of them; `computed`: their number type in the network.
inline void blame_samples(const at::Tensor& images, bool features, const at::Tensor& labels, at::ScalarType computed) {
  if (const auto bad = row_not_finite(images))
    throw BadSample(bad->first,
                    (features ? "what the frozen blocks make of its picture holds " : "its picture holds ") +
                        std::string(bad->second));
  if (const auto bad = row_not_finite(labels))
    throw BadSample(bad->first, "its targets hold " + std::string(bad->second));
  if (const auto bad = row_not_finite(images.to(computed)))
    throw BadSample(bad->first, "its picture holds numbers that are infinite in the network's number type (" +
                                    std::string(c10::toString(computed)) + ")");
}

}  // namespace detail
}  // namespace tuneit
