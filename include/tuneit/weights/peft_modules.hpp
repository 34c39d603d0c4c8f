#pragma once
// Which layers of a network has a rule changed that PEFT knows, too (Lora, Dora, Ia3), and how? And what else of it
// trains?
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/io/peft/config.hpp"
#include "tuneit/recipe/assemble/parts.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/rewrites/rules.hpp"

namespace tuneit::weights {

/// One layer.
struct PeftModule {
  std::string name;  ///< "layer1.0.conv1"
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
  return {.low_rank = O, .misfit = low_rank_misfit<Base>};
}
template <class Base, LowRankOptions O>
PeftModule peft_module(Type<op::Effective<Base, MagnitudeAndDirection<O>>>) {
  return {.dora = true, .low_rank = O, .misfit = low_rank_misfit<Base>};
}
template <class Base, bool OnInput>
PeftModule peft_module(Type<op::Effective<Base, ChannelScales<OnInput>>>) {
  return {.ia3 = true, .on_input = OnInput};
}
template <class Layer>
concept PeftLayer = requires {
  weights::detail::peft_module(Type<Layer>{});
};

/// All of a description, in the order of its tensors.
struct PeftModules {
  std::vector<PeftModule> found;
  std::string at;  // what stands before names here

  template <class Leaf>
  void visit(Type<Leaf>) {
    if constexpr (PeftLayer<Leaf>) {
      found.push_back(peft_module(Type<Leaf>{}));
      found.back().name = at.substr(0, at.size() - (at.empty() ? 0 : 1));
    }
  }
  template <Composite Layer>
  void visit(Type<Layer>) {
    visit(Type<typename Layer::layers>{});
  }
  template <class... Layers>
  void visit(Type<Seq<Layers...>>) {
    (visit(Type<Layers>{}), ...);
  }
  template <fixed_string Name, class... Layers>
  void visit(Type<Named<Name, Layers...>>) {
    within(std::string(Name.data(), Name.size()), [&] { (visit(Type<Layers>{}), ...); });
  }
  template <int First, int Count, class Layer>
  void visit(Type<Repeat<First, Count, Layer>>) {
    for (int i = First; i < First + Count; ++i) within(std::to_string(i), [&] { visit(Type<Layer>{}); });
  }
  template <class Body, class Shortcut>
  void visit(Type<Residual<Body, Shortcut>>) {
    visit(Type<Body>{});
    visit(Type<Shortcut>{});
  }
  template <class... Blocks>
  void visit_blocks(List<Blocks...>) {
    (visit(Type<typename Blocks::layers>{}), ...);
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

/// The layers of R::model that such rules have changed.
template <class R>
std::vector<PeftModule> peft_modules() {
  detail::PeftModules modules;
  modules.visit_blocks(typename R::model::blocks{});
  return std::move(modules.found);
}

}  // namespace tuneit::weights
