#pragma once
// Can a network take this batch? And when its loss is no number: is that the training's fault, or a sample's?
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tuneit/aten/describe.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/sentence.hpp"

namespace tuneit {

/// A sample of a batch cannot be learned from. Whoever knows where it comes from says so: fit names it by
/// Batches::describe.
class BadSample : public Error {
 public:
  /// row: of the batch, from 0. has: "its picture holds NaN".
  BadSample(std::size_t row, const std::string& has,
            const std::string& mend =
                "Mend it or leave it out: the loss of a batch with it is no number, whatever the "
                "learning rate.")
      : BadSample(row, has, mend, detail::sentence({"sample ", row, " of the batch (from 0)"})) {}
  /// The same of a sample that its source calls so.
  [[nodiscard]] BadSample named(const std::string& sample) const { return {row_, has_, mend_, sample}; }
  [[nodiscard]] std::size_t row() const { return row_; }

 private:
  BadSample(std::size_t row, const std::string& has, const std::string& mend, const std::string& sample)
      : Error(ErrorKind::Data, detail::sentence({sample, ": ", has}), mend), row_(row), has_(has), mend_(mend) {}
  std::size_t row_;
  std::string has_, mend_;
};

/// A batch of one sample of which a batch norm would see one value per channel. fit passes over such a batch.
class LoneSample : public Error {
 public:
  LoneSample()
      : Error(ErrorKind::Usage,
              "a batch of one picture gives a batch norm one value per channel, which has no variance to train on",
              "Give larger batches or larger pictures, or freeze the statistics of batch norms (FrozenStats).") {}
};

namespace detail {

/// Throws Error(Usage) unless these can be pictures of so many channels, or with `rows` rows of so many numbers.
/// Whether their side fits is asked of the model.
inline void check_images(const at::Tensor& x, int channels, bool rows = false) {
  constexpr ErrorKind usage = ErrorKind::Usage;
  const std::string sizes = aten::shape_text(x);
  const auto last_is_channels = [&] { return x.size(x.dim() - 1) == channels; };
  if (rows && x.defined() && x.dim() == 2 && x.size(0) > 0 && x.size(1) != channels)
    refuse(usage, {"the network takes rows of ", channels, " numbers, and the batch is ", sizes},
           {"Give [samples, ", channels, "]."});
  if (x.defined() && x.dim() > 0 && x.size(0) == 0) refuse(usage, {"the batch has no samples"}, {"Pass over it."});
  if (!rows || !x.defined() || x.dim() != 2) {
    if (!x.defined() || x.dim() != 4)
      refuse(usage, {"a batch of pictures has four dimensions, and this one is ", sizes},
             {x.defined() && x.dim() == 3 && x.size(0) != channels && last_is_channels()
                  ? "It looks like one picture in the order HWC: permute({2, 0, 1}).unsqueeze(0) makes a batch of it."
                  : "Give [samples, channels, height, width]; of one picture, unsqueeze(0)."});
    if (x.size(1) != channels) {
      const char* const word = channels == 1 ? " channel" : " channels";
      const std::initializer_list<Piece> what = {"the network takes pictures of ", channels, word,
                                                 ", and the batch is ", sizes};
      if (!last_is_channels() && x.size(1) == 1 && channels > 1)
        refuse(usage, what,
               {"It looks like grey pictures: repeat_interleave(", channels, ", 1) gives each its channel ", channels,
                " times, as data::Loader does."});
      refuse(usage, what,
             {last_is_channels() ? "It looks like NHWC: permute({0, 3, 1, 2}) puts the channels where they belong."
                                 : "Give [samples, channels, height, width]."});
    }
  }
  if (!x.is_floating_point())
    refuse(usage, {"the pictures are numbers of type ", c10::toString(x.scalar_type())},
           {"Give floating-point numbers, normalised as the network's weights expect: of bytes, first "
            "to(at::kFloat).div(255)."});
}

/// Throws Error(Usage) for features without samples, or of no floating-point type.
inline void check_features(const at::Tensor& x) {
  if (!x.defined() || x.dim() == 0 || x.size(0) == 0)
    refuse(ErrorKind::Usage, {"the batch has no samples"}, {"Pass over it."});
  if (!x.is_floating_point())
    refuse(ErrorKind::Usage, {"the features are numbers of type ", c10::toString(x.scalar_type())},
           {"Give what Trainer::features gave."});
}

/// After a loss that was no number: throws BadSample if a sample is to blame. `images`: pictures, or what frozen blocks
/// made of them; `computed`: their number type in the network.
inline void blame_samples(const at::Tensor& images, bool features, const at::Tensor& labels, at::ScalarType computed) {
  if (const auto bad = aten::row_not_finite(images))
    throw BadSample(
        bad->first,
        sentence({features ? "what the frozen blocks make of its picture holds " : "its picture holds ", bad->second}));
  if (const auto bad = aten::row_not_finite(labels))
    throw BadSample(bad->first, sentence({"its targets hold ", bad->second}));
  if (const auto bad = aten::row_not_finite(images.to(computed)))
    throw BadSample(bad->first, sentence({"its picture holds numbers that are infinite in the network's number type (",
                                          c10::toString(computed), ")"}));
}

[[noreturn, gnu::cold]] inline void refuse_index(const at::Tensor& x, std::int64_t at, std::int64_t rows,
                                                 std::string_view input) {
  const std::int64_t index = x.const_data_ptr<std::int64_t>()[at], row = at / (x.numel() / x.size(0));
  throw BadSample(static_cast<std::size_t>(row),
                  sentence({"its input \"", input, "\" holds the index ", index,
                            ", and the table in which it is looked up has ", rows, " rows"}),
                  sentence({"Give indices from 0 to ", rows - 1, "."}));
}
/// Throws BadSample for the first index that is no row of a table of so many. On the CPU; on a device nobody looks.
inline void check_indices(const at::Tensor& given, std::int64_t rows, std::string_view input) {
  if (rows == 0 || !given.is_cpu()) return;
  const at::Tensor x = given.contiguous();
  const auto* const begin = x.const_data_ptr<std::int64_t>();
  const std::int64_t count = x.numel();
  std::int64_t at = 0;
  while (at < count && static_cast<std::uint64_t>(begin[at]) < static_cast<std::uint64_t>(rows)) ++at;
  if (at < count) refuse_index(x, at, rows, input);
}

}  // namespace detail
}  // namespace tuneit
