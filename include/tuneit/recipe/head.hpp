#pragma once
// A new head: the model of a recipe is the network with its last linear layer changed to another class count.
#include "tuneit/recipe/judge_selector.hpp"
#include "tuneit/recipe/plan.hpp"
#include "tuneit/recipe/rates.hpp"

namespace tuneit {

// How new weights start. gain is 1; formulas as in torch.nn.init; biases keep the default of torch.nn.Linear, except
// with Zeros.
struct DefaultInit {};     ///< torch.nn.Linear: U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for weight and bias
struct XavierUniform {};   ///< U(-a, a), a = sqrt(6 / (fan_in + fan_out))
struct XavierNormal {};    ///< N(0, 2 / (fan_in + fan_out))
struct KaimingUniform {};  ///< U(-a, a), a = sqrt(6 / fan_in)
struct KaimingNormal {};   ///< N(0, 2 / fan_in)
struct Zeros {};           ///< weight and bias zero

namespace slots {
struct Head {};
}  // namespace slots

namespace detail {

template <class Layer, int K>
struct WithClasses {
  using type = Layer;
};
template <int In, int Out, bool Bias, int K>
struct WithClasses<Linear<In, Out, Bias>, K> {
  using type = Linear<In, K, Bias>;
};
template <class... Layers, int K>
struct WithClasses<Seq<Layers...>, K> {
  using type = Seq<typename WithClasses<Layers, K>::type...>;
};
template <fixed_string Name, class... Layers, int K>
struct WithClasses<Named<Name, Layers...>, K> {
  using type = Named<Name, typename WithClasses<Layers, K>::type...>;
};
template <fixed_string Name, class... Layers, int K>
struct WithClasses<Block<Name, Layers...>, K> {
  using type = Block<Name, typename WithClasses<Layers, K>::type...>;
};

// Only the last block changes.
template <int K, class Done, class... Rest>
struct ReplaceLast;
template <int K, class... Done, class Last>
struct ReplaceLast<K, List<Done...>, Last> {
  using type = List<Done..., typename WithClasses<Last, K>::type>;
};
template <int K, class... Done, class First, class... Rest>
struct ReplaceLast<K, List<Done...>, First, Rest...> : ReplaceLast<K, List<Done..., First>, Rest...> {};

template <int K, class... Blocks>
typename ReplaceLast<K, List<>, Blocks...>::type replace_last(List<Blocks...>);

}  // namespace detail

/// Base with a head of K classes (or Dynamic): a model like any other. Messages still name Base.
template <NetworkLike Base, int K>
struct Adapted {
  using origin = Base;
  using input = typename Base::input;
  using blocks = decltype(detail::replace_last<K>(typename Base::blocks{}));
  static constexpr std::size_t block_count = Base::block_count;
};

/// The last linear layer is replaced by one with K classes (K >= 1, or Dynamic: given at run time), initialised by
/// Init. Its tensors are the only ones that a file of weights need not have.
template <int K, class Init = DefaultInit>
struct ReplaceHead : PolicyTag {
  using slot = slots::Head;
  using initialiser = Init;
  static constexpr int classes = K;
  template <class Model>
  using adapted = Adapted<Model, K>;
  template <class Model>
  using judge = detail::JudgeNumber<ReplaceHead, (K >= 1 || K == Dynamic)>;
};

}  // namespace tuneit
