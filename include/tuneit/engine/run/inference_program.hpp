#pragma once
// A network, or a part of it, prepared for inference: weights folded and packed once, then run as often as wanted.
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "tuneit/engine/run/infer_layers.hpp"
#include "tuneit/engine/run/infer_lists.hpp"

namespace tuneit {

/// The blocks [First, Last) of a model, prepared for inference in a number type. Results equal those of `infer` up to
/// rounding: the folded weights round differently.
template <class Model, std::size_t First = 0, std::size_t Last = Model::block_count,
          detail::DTypeSet N = detail::single | detail::bfloat16>
class InferenceProgram {
  template <class... Blocks>
  static std::tuple<inference_program<typename Blocks::layers>...> programs(List<Blocks...>);
  using Programs = decltype(programs(typename Model::blocks{}));
  template <std::size_t I>
  using Run = Infer<std::tuple_element_t<First + I, Programs>, N>;
  template <std::size_t... I>
  static std::tuple<typename Run<I>::Prepared...> prepared_of(std::index_sequence<I...>);
  using Indices = std::make_index_sequence<Last - First>;

 public:
  /// Makes the program from tensors (table order) unless it is up to date: tensors changed in place are noticed by
  /// their version; what changes them unseen (an optimizer below autograd) says so by another `epoch`.
  void prepare(const std::vector<at::Tensor>& tensors, at::ScalarType numbers, long long epoch = 0) {
    std::uint64_t versions = 1;
    for (std::size_t i = table<Model>.block_begin[First]; i < table<Model>.block_begin[Last]; ++i)
      versions += tensors[i].unsafeGetTensorImpl()->version_counter().current_version();
    if (versions == versions_ && epoch == epoch_) return;
    make(tensors, numbers);
    versions_ = versions;
    epoch_ = epoch;
  }

  /// x: what flows into block First, in the program's number type. It is not overwritten while somebody else holds it.
  [[nodiscard]] at::Tensor run(at::Tensor x) const {
    if constexpr (detail::has_wires<Model>) return run_wired(std::move(x), {}, nullptr, nullptr);
    detail::Bound most = detail::unknown;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = Run<I>::run(std::move(x), std::get<I>(prepared_), most)), ...);
    }
    (Indices{});
    return x;
  }

  /// The same of a network with wires. `others`: the inputs behind the first, or what crosses the cut before First.
  /// `outputs` receives all outputs, `crossing` what crosses the cut behind the last block; either may be null.
  [[nodiscard]] at::Tensor run_wired(at::Tensor x, const std::vector<at::Tensor>& others,
                                     std::vector<at::Tensor>* outputs, std::vector<at::Tensor>* crossing) const {
    detail::WireStore<Model, First, Last> wires;
    wires.begin(others);
    detail::Bound most = detail::unknown;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = detail::infer_one<std::tuple_element_t<First + I, Programs>, N>(std::move(x), std::get<I>(prepared_), most,
                                                                            wires.frame())),
       ...);
    }
    (Indices{});
    if (crossing != nullptr) *crossing = wires.end();
    if (outputs != nullptr) *outputs = wires.outputs_of(x);
    return x;
  }

 private:
  [[gnu::cold]] void make(const std::vector<at::Tensor>& tensors, at::ScalarType numbers) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (Run<I>::prepare(std::get<I>(prepared_), tensors.data() + table<Model>.block_begin[First + I], numbers), ...);
    }
    (Indices{});
  }

  decltype(prepared_of(Indices{})) prepared_{};
  std::uint64_t versions_ = 0;
  long long epoch_ = 0;
};

}  // namespace tuneit
