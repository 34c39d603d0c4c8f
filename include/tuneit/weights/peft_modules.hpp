#pragma once
// Which layers of a network has a rule changed that PEFT knows, too (Lora, Dora, Ia3), and how? And what else of it
// trains?
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/peft/config.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/rewrites/rules.hpp"
#include "tuneit/weights/expected.hpp"
#include "tuneit/weights/text_names.hpp"

namespace tuneit::weights {

/// The name of a module or tensor in PyTorch, of which the model says `name`, in this block: networks of texts have the
/// prefix of their body in transformers' classes for tasks.
template <class Model>
std::string name_in_python(std::string_view name, [[maybe_unused]] std::size_t block) {
  if constexpr (detail::SaysFileNames<origin_t<Model>>) {
    constexpr transformer::FileNames of = origin_t<Model>::file_names;
    const bool pools = !std::string_view(of.pooler).empty() && name.starts_with(of.pooler);
    if (pools ? of.body_pools : block + 1 < Model::block_count) return of.prefix + std::string(name);
  }
  return std::string(name);
}
template <class Model>
std::string name_in_python(std::size_t row) {
  return name_in_python<Model>(table<Model>.name(row), table<Model>.rows[row].block);
}

/// One layer.
struct PeftModule {
  std::string name;  ///< "layer1.0.conv1", "bert.encoder.layer.0.attention.self.query"
  bool ia3 = false, dora = false;
  LowRankOptions low_rank{};
  bool on_input = false;         ///< of IA3
  const char* misfit = nullptr;  ///< why PEFT does something else; null where it does the same
};

namespace detail {

template <class Base>
inline constexpr const char* low_rank_misfit = nullptr;
template <int In, int Out, Window W, bool B>
inline constexpr const char* low_rank_misfit<Conv2d<In, Out, W, B>> =
    !(W.dilation == 1)                                    ? "PEFT leaves out the dilation of a convolution in A"
    : W.padding.height == Same || W.padding.width == Same ? "PEFT has no padding as TensorFlow's in A"
                                                          : nullptr;

template <class Base, LowRankOptions O>
PeftModule peft_module(Type<op::Effective<Base, BesideLowRank<O>>>) {
  return {.name = {}, .low_rank = O, .misfit = low_rank_misfit<Base>};
}
template <class Base, LowRankOptions O>
PeftModule peft_module(Type<op::Effective<Base, MagnitudeAndDirection<O>>>) {
  return {.name = {}, .dora = true, .low_rank = O, .misfit = low_rank_misfit<Base>};
}
template <class Base, bool OnInput>
PeftModule peft_module(Type<op::Effective<Base, ChannelScales<OnInput>>>) {
  return {.name = {}, .ia3 = true, .on_input = OnInput};
}
template <class Layer>
concept PeftLayer = requires {
  weights::detail::peft_module(Type<Layer>{});
};

/// All of a description, in the order of its tensors.
struct PeftModules : tuneit::detail::Walker<PeftModules> {
  std::vector<PeftModule> found;
  std::string at;  // what stands before names here

  using Walker::walk;
  template <class Leaf>
  void walk(Leaf) {
    if constexpr (PeftLayer<Leaf>) {
      found.push_back(peft_module(Type<Leaf>{}));
      found.back().name = at.substr(0, at.size() - (at.empty() ? 0 : 1));
    }
  }
  template <fixed_string Name, class... Layers>
  void walk(Named<Name, Layers...>) {
    within(std::string(Name.data(), Name.size()), [&] { (walk(Layers{}), ...); });
  }
  template <int First, int Count, class Layer>
  void walk(Repeat<First, Count, Layer>) {
    for (int i = First; i < First + Count; ++i) within(std::to_string(i), [&] { walk(Layer{}); });
  }
  template <class F>
  void within(const std::string& name, const F& f) {
    const std::size_t outside = at.size();
    at += name + ".";
    f();
    at.resize(outside);
  }
};

/// Do all low-rank rules of R say RsLora?
template <class Rule>
inline constexpr bool is_rank_stabilised = true;
template <class S, class... Options>
inline constexpr bool is_rank_stabilised<Lora<S, Options...>> =
    tuneit::detail::low_rank_words<Options...>.rank_stabilised;
template <class S, class... Options>
inline constexpr bool is_rank_stabilised<Dora<S, Options...>> =
    tuneit::detail::low_rank_words<Options...>.rank_stabilised;
template <class... Ps>
constexpr bool all_rank_stabilised(List<Ps...>) {
  return (is_rank_stabilised<Ps> && ...);
}

/// The module of a tensor: "a.b" of "a.b.weight", and of "a.b.lora_A.weight".
inline std::string peft_module_of(std::string_view tensor) {
  for (const std::string_view part : {".lora_A.weight", ".lora_B.weight"})
    if (tensor.ends_with(part)) return std::string(tensor.substr(0, tensor.size() - part.size()));
  return std::string(module_of(tensor));
}

}  // namespace detail

/// The layers of R::model that such rules have changed, by their names in PyTorch.
template <class R>
std::vector<PeftModule> peft_modules() {
  using Model = typename R::model;
  detail::PeftModules modules;
  modules.walk(typename Model::blocks{});
  for (PeftModule& m : modules.found)
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      if (detail::module_of(table<Model>.name(i)) == m.name) {
        m.name = name_in_python<Model>(m.name, table<Model>.rows[i].block);
        break;
      }
  return std::move(modules.found);
}

}  // namespace tuneit::weights
