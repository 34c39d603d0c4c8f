#pragma once
// What flows out of frozen blocks and what lies on wires there, as rows of one tensor: features that can be kept and
// gathered like any others.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "tuneit/aten/merge.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/net/wire_plan.hpp"

namespace tuneit::detail {

/// Does anything beside the flow cross the cut before block First?
template <class Model, std::size_t First>
inline constexpr bool crosses = [] {
  if constexpr (First > 0 && has_wires<Model>) return wire_plan<Model, First, Model::block_count>.begin_count > 0;
  return false;
}();

/// Packs rows, and remembers the shapes of what is in them, on the host: the first number of a row says which.
class PackedCuts {
 public:
  at::Tensor pack(at::Tensor x, std::vector<at::Tensor> beside) {
    Cut cut;
    const at::ScalarType type = x.scalar_type();
    beside.insert(beside.begin(), std::move(x));
    for (const at::Tensor& t : beside) cut.parts.push_back({t.sizes().slice(1).vec(), t.scalar_type()});
    std::size_t id = 0;
    while (id < cuts_.size() && !(cuts_[id] == cut)) ++id;
    if (id == cuts_.size()) cuts_.push_back(std::move(cut));
    std::vector<at::Tensor> rows{
        aten::full({beside[0].size(0), 1}, static_cast<double>(id), beside[0].options().dtype(type))};
    for (const at::Tensor& t : beside) rows.push_back(as_rows(t, type));
    return aten::cat(rows, 1);
  }
  /// The other way round: what flows in x, the rest returned. Throws Error(Usage) for rows that were not packed here.
  std::vector<at::Tensor> unpack(at::Tensor& x) const {
    const std::size_t id = x.dim() == 2 ? find(x) : cuts_.size();
    if (id >= cuts_.size() || columns(cuts_[id], x) != x.size(1))
      throw Error(ErrorKind::Usage, "these features are not what a frozen beginning with wires gave",
                  "Give what Trainer::features gave, of the same trainer.");
    std::vector<at::Tensor> parts;
    std::int64_t at = 1;
    for (const Part& p : cuts_[id].parts) {
      const std::int64_t n = columns(p, x);
      parts.push_back(from_rows(x.narrow(1, at, n), p));
      at += n;
    }
    x = std::move(parts.front());
    parts.erase(parts.begin());
    return parts;
  }

 private:
  struct Part {
    std::vector<std::int64_t> sizes;
    at::ScalarType type;
    bool operator==(const Part&) const = default;
  };
  struct Cut {
    std::vector<Part> parts;
    bool operator==(const Cut&) const = default;
  };
  // By the number in the row; on a device, where reading it would wait, by the length of a row where that is enough.
  [[nodiscard]] std::size_t find(const at::Tensor& x) const {
    if (x.size(1) < 2) return cuts_.size();
    if (!x.is_cpu()) {
      std::size_t found = cuts_.size(), fit = 0;
      for (std::size_t i = 0; i < cuts_.size(); ++i)
        if (columns(cuts_[i], x) == x.size(1)) found = i, ++fit;
      if (fit < 2) return found;
    }
    return static_cast<std::size_t>(x.select(1, 0).select(0, 0).item<double>());
  }
  static bool is_image(const Part& p) { return p.sizes.size() == 3; }
  static std::int64_t columns(const Part& p, const at::Tensor& x) {
    std::int64_t n = 1;
    for (const std::int64_t s : p.sizes) n *= s;
    return p.type == at::kLong ? n * (static_cast<std::int64_t>(sizeof(std::int64_t)) / x.element_size()) : n;
  }
  static std::int64_t columns(const Cut& cut, const at::Tensor& x) {
    std::int64_t n = 1;
    for (const Part& p : cut.parts) n += columns(p, x);
    return n;
  }
  // Images channels-last, as they lie in memory; indices as they are, in so many numbers of the other type.
  static at::Tensor as_rows(const at::Tensor& t, at::ScalarType type) {
    const at::Tensor rows = (t.dim() == 4 ? t.permute({0, 2, 3, 1}) : t).reshape({t.size(0), -1});
    return t.scalar_type() == at::kLong ? rows.contiguous().view(type) : in_numbers(rows, type);
  }
  static at::Tensor from_rows(const at::Tensor& rows, const Part& p) {
    std::vector<std::int64_t> sizes = p.sizes;
    if (is_image(p)) sizes = {p.sizes[1], p.sizes[2], p.sizes[0]};
    sizes.insert(sizes.begin(), rows.size(0));
    at::Tensor t = rows.clone(at::MemoryFormat::Contiguous);  // nobody else holds it
    t = p.type == at::kLong ? t.view(at::kLong) : in_numbers(t, p.type);
    t = t.view(sizes);
    return is_image(p) ? t.permute({0, 3, 1, 2}) : t;
  }

  std::vector<Cut> cuts_;
};

}  // namespace tuneit::detail
