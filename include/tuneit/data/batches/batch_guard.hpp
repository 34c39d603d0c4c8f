#pragma once
// Does a source of batches keep its contract (batches.hpp)? Asked of each batch, by its shapes alone.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "tuneit/aten/describe.hpp"
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/kernels/finite.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/sentence.hpp"

namespace tuneit::data {

/// Throws Error(Data) where a source has given more samples of an epoch than it says there are, or, at its end, fewer.
inline void check_given(std::size_t given, const Batches& source, bool end) {
  const std::size_t told = source.samples(), left_out = source.left_out();
  if (given + left_out == told || (!end && given + left_out < told) || (end && given == 0)) return;
  tuneit::detail::refuse(
      ErrorKind::Data,
      {"the data source says that an epoch has ", told, " samples (Batches::samples), and gave ", given,
       given < told ? "" : " or more",
       left_out > 0 ? tuneit::detail::sentence({" beside ", left_out, " left out"}) : std::string()},
      {"Steps of an epoch are counted by it, and schedules and phases by those. A source that leaves samples out says "
       "how many in left_out."});
}

/// Looks at the batches of one source: the first one as a whole, of each later one whether it has samples, and whether
/// they are as those before, and of a source that does not vouch for it, whether its numbers are finite.
class BatchGuard {
 public:
  /// Throws Error(Data) with the first thing that is wrong.
  void check(const Batch& batch, const Batches& source) {
    ++seen_;
    const at::Tensor& x = batch.images;
    if (!x.defined() || x.dim() == 0 || x.size(0) == 0)
      refuse({"has no samples"}, {"A source that leaves samples out passes over a batch of which nothing is left."});
    const std::int64_t n = x.size(0);
    const at::Tensor& y = batch.labels;
    if (!y.defined() || y.dim() == 0 || y.size(0) != n)
      refuse({"has ", n, images(n), " and ", y.defined() && y.dim() > 0 ? y.size(0) : 0, " labels"},
             {"Batch::labels has one row for each image."});
    if (static_cast<std::int64_t>(batch.index.size()) != n)
      refuse({"has ", n, images(n), " and ", batch.index.size(), " positions in Batch::index"},
             {"Batch::index says for each image where it is in the list."});
    if (!batch.other_inputs.empty()) check_rows(batch.other_inputs, n, "Batch::other_inputs");
    if (!batch.other_targets.empty()) check_rows(batch.other_targets, n, "Batch::other_targets");
    if (seen_ == 1) check_first(x, y);
    if (!std::equal(x.sizes().begin() + 1, x.sizes().end(), shape_.begin(), shape_.end()) &&
        (x.is_floating_point() || x.dim() != 2 || shape_.size() != 1))  // texts are as long as the longest of a batch
      refuse({"has images of another shape, ", aten::shape_text(x), ", than those before it"},
             {"All images of a source have one shape."});
    if (y.scalar_type() != labels_)
      refuse({"has labels of another type than those before it"},
             {"Batch::labels are int64 or float32, always the same."});
    const std::size_t size = source.size();
    std::size_t most = 0;
    for (const std::size_t i : batch.index) most = std::max(most, i);
    if (most >= size)
      refuse({"names the position ", most, " in a list of ", size},
             {"Batch::index counts from 0, and Batches::size says how long the list is."});
    if (!source.always_finite()) {
      check_finite(x, batch, source, x.dim() == 4 ? "its picture holds " : "its numbers hold ");
      check_finite(y, batch, source, "its targets hold ");
      for (std::size_t i = 0; i < batch.other_inputs.size(); ++i)
        check_finite(batch.other_inputs[i], batch, source, "its input ", i + 1);
      for (std::size_t i = 0; i < batch.other_targets.size(); ++i)
        check_finite(batch.other_targets[i], batch, source, "its target ", i + 1);
    }
  }

 private:
  using Pieces = std::initializer_list<tuneit::detail::Piece>;
  [[noreturn, gnu::noinline]] void refuse(Pieces what, Pieces mend) const {
    tuneit::detail::refuse(ErrorKind::Data, {"batch ", seen_, " of the data source ", tuneit::detail::sentence(what)},
                           {tuneit::detail::sentence(mend)});
  }
  static const char* images(std::int64_t n) { return n == 1 ? " image" : " images"; }
  void check_rows(const std::vector<at::Tensor>& all, std::int64_t n, const char* what) const {
    for (const at::Tensor& t : all)
      if (!t.defined() || t.dim() == 0 || t.size(0) != n)
        refuse({"has ", n, images(n), " and ", t.defined() && t.dim() > 0 ? t.size(0) : 0, " rows in ", what},
               {"All inputs and targets of a batch have one row for each sample."});
  }
  // number: of an input or target behind the first, said behind `what`.
  static void check_finite(const at::Tensor& t, const Batch& batch, const Batches& source, const char* what,
                           std::size_t number = 0) {
    if (!t.is_floating_point() || !t.is_cpu()) return;  // of a device: when the loss is no number
    const at::Tensor plain =
        t.scalar_type() == at::kFloat && t.is_non_overlapping_and_dense() ? t : t.to(at::kFloat).contiguous();
    if (kernels::all_finite(plain.const_data_ptr<float>(), plain.numel())) return;
    if (const auto bad = aten::row_not_finite(plain))
      tuneit::detail::refuse(
          ErrorKind::Data,
          {source.describe(batch.index[bad->first]), ": ", what,
           number > 0 ? std::to_string(number).append(" (from 0) holds ") : std::string(), bad->second},
          {"Mend it or leave it out."});
  }
  void check_first(const at::Tensor& x, const at::Tensor& y) {
    if (x.dim() < 2)
      refuse({"has images of the shape ", aten::shape_text(x)},
             {"Batch::images is [samples, channels, height, width], or [samples, numbers] without pictures."});
    if (!x.is_floating_point() && x.dim() != 2)  // tokens are [samples, places]
      refuse({"has images of type ", c10::toString(x.scalar_type())},
             {"Batch::images are floating-point numbers, normalised as the network expects."});
    if (y.scalar_type() != at::kLong && !y.is_floating_point())
      refuse({"has labels of type ", c10::toString(y.scalar_type())},
             {"Batch::labels are int64 numbers of classes, or floating-point targets."});
    if (y.dim() > 4 || (y.scalar_type() == at::kLong && y.dim() != 1 && !(y.dim() == 2 && !x.is_floating_point())))
      refuse({"has labels of the shape ", aten::shape_text(y)},
             {"Batch::labels are int64 [samples], of texts also [samples, tokens], or floats [samples, targets], or as "
              "the network's output is."});
    shape_.assign(x.sizes().begin() + 1, x.sizes().end());
    labels_ = y.scalar_type();
  }

  std::size_t seen_ = 0;
  std::vector<std::int64_t> shape_{};
  at::ScalarType labels_ = at::kLong;
};

}  // namespace tuneit::data
