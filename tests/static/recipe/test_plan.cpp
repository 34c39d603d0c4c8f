// Policies, each alone: what it does to the rows of a plan.
#include "../tiny.hpp"
using namespace tuneit;

template <class... Policies>
using T = Finetune<Tiny, Policies...>;
template <class R>
constexpr PlanRow row(std::size_t i) {
  return plan<R>.rows[i];
}
/// The rows of a recipe's plan for which f holds, as bits.
template <class R>
constexpr unsigned where(auto f) {
  unsigned bits = 0;
  for (unsigned i = 0; i < 11; ++i) bits |= unsigned{f(plan<R>.rows[i])} << i;
  return bits;
}
constexpr auto frozen = [](const PlanRow& r) { return r.frozen; };
constexpr auto batch = [](const PlanRow& r) { return r.batch_statistics; };
constexpr auto fresh = [](const PlanRow& r) { return r.starts_from == Origin::Fresh; };

// no policy: everything trains, the batch norm uses the batch, everything comes from weights
static_assert(where<T<>>(frozen) == 0 && where<T<>>(batch) == from_to(3, 6) && where<T<>>(fresh) == 0);
static_assert(row<T<>>(0) == PlanRow{});

// ReplaceHead: the head's rows are fresh and of the new size, nothing else changes
using TwoClasses = T<ReplaceHead<2>>;
static_assert(where<TwoClasses>(fresh) == from_to(9, 11) && where<TwoClasses>(frozen) == 0);
static_assert(table<TwoClasses::model>.rows[9].dims[0] == 2 && table<TwoClasses::model>.rows[10].dims[0] == 2);
static_assert(table<TwoClasses::model>.name(9) == "fc.weight");
static_assert(table<T<ReplaceHead<Dynamic>>::model>.rows[9].dims[0] == Dynamic);
static_assert(std::is_same_v<T<ReplaceHead<2, XavierUniform>>::head::initialiser, XavierUniform>);

// Freeze of a batch norm means all three facts
using FrozenStem = T<Freeze<Layers<0, 1>>>;
static_assert(where<FrozenStem>(frozen) == from_to(0, 6) && where<FrozenStem>(batch) == 0);
static_assert(frozen_prefix<FrozenStem>() == 1);
// ... whose features can be kept: 4 channels of 8 x 8 pixels
static_assert(feature_count<FrozenStem>() == 256 && feature_count<FrozenStem>(16) == 1024 && feature_count<T<>>() == 0);
static_assert(defaults<T<Views<4>>>().views == 4 && defaults<T<>>().views == 0);
// ... but its bias alone does not touch the statistics
static_assert(where<T<Freeze<Layer<"n.bias">>>>(batch) == from_to(3, 6));
static_assert(where<T<Freeze<Layer<"n.bias">>>>(frozen) == 1u << 2);
static_assert(frozen_prefix<T<Freeze<Layer<"n.bias">>>>() == 0);

// statistics apart from the affine part, both ways
using StillStatistics = T<FrozenStats<Norms>>;
static_assert(where<StillStatistics>(frozen) == from_to(3, 6) && where<StillStatistics>(batch) == 0);
using Adapting = T<Freeze<Backbone>, BatchStats<Norms>>;
static_assert(where<Adapting>(frozen) == (from_to(0, 3) | from_to(6, 9)) && where<Adapting>(batch) == from_to(3, 6));
static_assert(frozen_prefix<Adapting>() == 0, "moving statistics are no frozen prefix");

// TrainOnly<S> is Freeze<Except<S>>, row for row, beside other policies, too
template <class A, class B>
constexpr bool same_plan() {
  for (std::size_t i = 0; i < plan<A>.size; ++i)
    if (!(plan<A>.rows[i] == plan<B>.rows[i])) return false;
  return true;
}
template <class Model, class S, class... More>
inline constexpr bool only_is_except =
    same_plan<Finetune<Model, TrainOnly<S>, More...>, Finetune<Model, More..., Freeze<Except<S>>>>();
static_assert(only_is_except<Tiny, Head> && only_is_except<Tiny, Biases> && only_is_except<Tiny, Norms> &&
              only_is_except<Tiny, Layer<"b.1">> && only_is_except<Tiny, Layers<0, 2>, Unfreeze<Head>> &&
              only_is_except<Tiny, Union<Weights, Head>, ReplaceHead<3>, LrScale<Head, 10>> &&
              only_is_except<Tiny, Weights, BatchStats<>> && only_is_except<Tiny, Backbone, Freeze<Layers<0, 1>>>);
static_assert(only_is_except<ResNet18, Union<Biases, Head>, ReplaceHead<2>> &&
              only_is_except<EfficientNetLite0, Norms> && only_is_except<Vgg11, Match<"features.*">>);
static_assert(where<T<TrainOnly<Norms>>>(frozen) == (1u << 0 | from_to(6, 11)) &&
              where<T<TrainOnly<Norms>>>(batch) == from_to(3, 6));
using InTurns = T<TrainOnly<Union<Head, Layer<"b">>>, Phases<Phase<Epochs<1>, TrainOnly<Head>>, Phase<Epochs<1>>>>;
static_assert(where<InPhase<InTurns, 0>>(frozen) == from_to(0, 9) &&
                  where<InPhase<InTurns, 1>>(frozen) == from_to(0, 6),
              "of the recipe and of the phase: what is in both");

// Unfreeze carves out of Freeze, in whatever order
using A = T<Freeze<Backbone>, Unfreeze<Layer<"b.2">>>;
using B = T<Unfreeze<Layer<"b.2">>, Freeze<Backbone>>;
static_assert(where<A>(frozen) == from_to(0, 8) && where<A>(frozen) == where<B>(frozen));
static_assert(frozen_prefix<A>() == 1);
static_assert(where<T<Freeze<All>, Unfreeze<Norms>>>(batch) == from_to(3, 6));

// rates: scales multiply and commute
using Scaled = T<LrScale<Head, 10>, LrScale<Layer<"fc.bias">, 2>>;
static_assert(row<Scaled>(9).lr_scale == 10 && row<Scaled>(10).lr_scale == 20 && row<Scaled>(8).lr_scale == 1);
static_assert(row<T<LrScale<Layer<"fc.bias">, 2>, LrScale<Head, 10>>>(10) == row<Scaled>(10));
static_assert(row<T<LrScale<Head, 0.1>>>(9).lr_scale == 0.1);
using Undecayed = T<NoDecay<Union<Norms, Biases>>>;
static_assert(row<Undecayed>(1).decay_scale == 0 && row<Undecayed>(10).decay_scale == 0 &&
              row<Undecayed>(0).decay_scale == 1);
static_assert(row<T<DecayScale<Head, 0.5>, DecayScale<Head, 4>>>(9).decay_scale == 2);

// counts
static_assert(trainable_parameters<T<>> == 4 * 27 + 8 + 3 * 16 + 50 && frozen_parameters<T<>> == 0);
static_assert(trainable_parameters<FrozenStem> == 48 + 50 && frozen_parameters<FrozenStem> == 108 + 8);
static_assert(count_parameters<T<ReplaceHead<Dynamic>, Freeze<Backbone>>>(false, 7) == 7 * 4 + 7);

// a policy of one's own
struct HalfRates : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (PlanRow& r : plan.rows) r.lr_scale /= 2;
  }
};
static_assert(row<T<LrScale<Head, 10>, HalfRates>>(9).lr_scale == 5 && row<T<HalfRates>>(0).lr_scale == 0.5);
