#pragma once
// What a network gives: its outputs, found by their names when the program is compiled.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "tuneit/recipe/judges/wires.hpp"

namespace tuneit {

/// The outputs of a network for a batch, in the order in which it gives them out; in the same order gradients by them.
class Outputs {
 public:
  Outputs() = default;
  explicit Outputs(std::vector<at::Tensor> all) : all_(std::move(all)) {}
  Outputs(at::Tensor one) { all_.push_back(std::move(one)); }

  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] const at::Tensor& operator[](std::size_t i) const { return all_[i]; }
  [[nodiscard]] at::Tensor& operator[](std::size_t i) { return all_[i]; }
  /// That of a network with one output.
  [[nodiscard]] const at::Tensor& only() const { return all_.front(); }
  [[nodiscard]] auto begin() const { return all_.begin(); }
  [[nodiscard]] auto end() const { return all_.end(); }

 private:
  std::vector<at::Tensor> all_;
};

/// The output of Model that has this name: `output<Unet, "mask">(outputs)`. NoSuchOutput, where there is none.
template <class Model, fixed_string Name>
[[nodiscard]] const at::Tensor& output(const Outputs& outputs) {
  constexpr int i =
      detail::reported<output_verdict<Model, Name>>() ? detail::output_index<Model>(detail::name_hash<Name>) : 0;
  return outputs[static_cast<std::size_t>(i < 0 ? 0 : i)];
}
template <class Model, fixed_string Name>
[[nodiscard]] at::Tensor& output(Outputs& outputs) {
  return const_cast<at::Tensor&>(output<Model, Name>(std::as_const(outputs)));
}

namespace detail {

/// Does a trainer take batches with several inputs or targets, and give several outputs? (Trainer::takes_several)
template <class T>
inline constexpr bool takes_several = [] {
  if constexpr (requires { T::takes_several; }) return bool{T::takes_several};
  return false;
}();

}  // namespace detail

}  // namespace tuneit
