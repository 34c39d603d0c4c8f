// The algebra of recipes: laws, as types. NotInRecipe, AmbiguousPattern: test_verdicts_algebra.cpp.
#include "../verdicts.hpp"
using namespace tuneit;

namespace {

template <class A, class B>
inline constexpr bool same = std::is_same_v<A, B>;

using Base = Finetune<Tiny, Freeze<Layers<0, 1>>, LrScale<Head, 10>, AdamW<Lr<1e-3>>>;
struct Named_ : Base {};

// --- Append, Remove, Replace, Rebind
static_assert(
    same<Append<Base, Epochs<3>>, Finetune<Tiny, Freeze<Layers<0, 1>>, LrScale<Head, 10>, AdamW<Lr<1e-3>>, Epochs<3>>>);
static_assert(same<Append<Base>, Base> &&
              same<Append<Append<Base, Epochs<3>>, BatchSize<8>>, Append<Base, Epochs<3>, BatchSize<8>>>);
static_assert(same<Remove<Append<Base, Epochs<3>>, Epochs<3>>, Base>);
static_assert(same<Remove<Append<Base, LrScale<Head, 10>>, LrScale<Head, 10>>, Base>);  // which it has already
static_assert(same<Remove<Append<Base, Freeze<Layers<1, 2>>, Epochs<3>>, Freeze<Layers<1, 2>>, Epochs<3>>, Base>);
static_assert(same<Remove<Base>, Base>);
static_assert(
    same<Replace<Replace<Base, LrScale<Head, 10>, LrScale<Head, 2>>, LrScale<Head, 2>, LrScale<Head, 10>>, Base>);
static_assert(same<Replace<Base, LrScale<Head, 10>, LrScale<Head, 10>>, Base>);
static_assert(same<Rebind<Rebind<Base, ResNet18>, Tiny>, Base>);
static_assert(
    same<Rebind<Base, ResNet18>, Finetune<ResNet18, Freeze<Layers<0, 1>>, LrScale<Head, 10>, AdamW<Lr<1e-3>>>>);
// ... of a recipe with a name of its own
static_assert(same<Append<Named_, Epochs<3>>, Append<Base, Epochs<3>>> && same<Remove<Named_>, Base>);
static_assert(same<Rebind<Named_, ResNet18>, Rebind<Base, ResNet18>>);
static_assert(same<Remove<Finetune<Tiny, Epochs<3>>, Epochs<3>>, Finetune<Tiny>>);

// --- patterns: a policy, any of a template, one like an example, a slot, what is written within a policy
using WithSgd = Finetune<Tiny, Freeze<Layers<0, 1>>, LrScale<Head, 10>, Sgd<>>;
static_assert(same<Replace<Base, AdamW<Lr<1e-3>>, Sgd<>>, WithSgd> &&
              same<Replace<Base, AnyOf<AdamW>, Sgd<>>, WithSgd>);
static_assert(same<Replace<Base, slots::Optimizer, Sgd<>>, WithSgd> &&
              same<Replace<Base, Like<AdamW<>>, Sgd<>>, WithSgd>);
static_assert(same<Remove<Base, AnyOf<Freeze>, Like<LrScale<Head, 1>>, slots::Optimizer>, Finetune<Tiny>>);
static_assert(same<Remove<Append<Base, Epochs<3>>, slots::Epochs>, Base>);
static_assert(same<Replace<Base, Lr<1e-3>, Lr<1e-4>>, Replace<Base, AnyOf<AdamW>, AdamW<Lr<1e-4>>>>);
static_assert(same<Remove<Base, Lr<1e-3>>, Replace<Base, AnyOf<AdamW>, AdamW<>>>);
static_assert(same<Replace<Base, Like<Lr<1>>, Lr<1e-4>>, Replace<Base, Lr<1e-3>, Lr<1e-4>>>);
// what is a policy and an option of none stays what it is
static_assert(same<Replace<Finetune<Tiny, Augment<HorizontalFlip<>, VerticalFlip<>>>, HorizontalFlip<>, Invert<0.5>>,
                   Finetune<Tiny, Augment<Invert<0.5>, VerticalFlip<>>>>);

// --- what is refused in between is not asked
using TwoOptimizers = Append<Base, Sgd<>>;
static_assert(same<verdict<TwoOptimizers>, Contradiction<AdamW<Lr<1e-3>>, Sgd<>>>);
static_assert(same<Remove<TwoOptimizers, AnyOf<AdamW>>, WithSgd>);

// --- phases
using Phased = Append<Base, Phases<Phase<Epochs<1>, Freeze<Layers<1, 2>>>, Phase<Epochs<2>, Lr<1e-4>>>>;
static_assert(same<Append<InPhase<Phased, 1>, BatchSize<8>>, InPhase<Append<Phased, BatchSize<8>>, 1>>);
static_assert(same<Remove<InPhase<Phased, 1>, slots::Phases>, InPhase<Base, 1>>);
static_assert(same<Rebind<Replace<InPhase<Phased, 0>, AnyOf<AdamW>, Sgd<>>, ResNet18>,
                   InPhase<Rebind<Replace<Phased, AnyOf<AdamW>, Sgd<>>, ResNet18>, 0>>);
static_assert(same<Replace<Phased, Phase<Epochs<2>, Lr<1e-4>>, Phase<Epochs<3>>>,
                   Append<Base, Phases<Phase<Epochs<1>, Freeze<Layers<1, 2>>>, Phase<Epochs<3>>>>>);
static_assert(same<verdict<InPhase<Phased, 1>>, Accepted>);

template <class A, class B>
constexpr bool same_plan() {
  for (std::size_t i = 0; i < table<typename A::model>.size; ++i)
    if (!(plan<A>.rows[i] == plan<B>.rows[i])) return false;
  return true;
}
template <class R, std::size_t I>
constexpr bool is_phase() {
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i)
    if (!(plan<InPhase<R, I>>.rows[i] == plans<R>[I].rows[i])) return false;
  return true;
}
static_assert(is_phase<Phased, 0>() && is_phase<Phased, 1>() && is_phase<Base, 0>());
static_assert(same_plan<InPhase<Base, 0>, Base>() && !same_plan<InPhase<Phased, 0>, InPhase<Phased, 1>>());
static_assert(same_plan<InPhase<Named_, 0>, Base>());

// --- the order of policies does not count for the plan
static_assert(same_plan<Base, Finetune<Tiny, AdamW<Lr<1e-3>>, LrScale<Head, 10>, Freeze<Layers<0, 1>>>>());
static_assert(same_plan<Finetune<Tiny, Freeze<Backbone>, Unfreeze<Layers<1, 2>>, LrScale<Head, 3>>,
                        Finetune<Tiny, LrScale<Head, 3>, Unfreeze<Layers<1, 2>>, Freeze<Backbone>>>());

// --- Sweep: the product, the last varies fastest
using Grid =
    Sweep<Named_, Vary<AnyOf<AdamW>, AdamW<>, Sgd<>>, Vary<LrScale<Head, 10>, LrScale<Head, 1>, LrScale<Head, 3>>>;
static_assert(same<Grid, List<Finetune<Tiny, Freeze<Layers<0, 1>>, LrScale<Head, 1>, AdamW<>>,
                              Finetune<Tiny, Freeze<Layers<0, 1>>, LrScale<Head, 3>, AdamW<>>,
                              Finetune<Tiny, Freeze<Layers<0, 1>>, LrScale<Head, 1>, Sgd<>>,
                              Finetune<Tiny, Freeze<Layers<0, 1>>, LrScale<Head, 3>, Sgd<>>>>);
static_assert(same<Sweep<Named_>, List<Base>> && same<Sweep<Base, Vary<AnyOf<AdamW>>>, List<>>);
static_assert(same<Sweep<Base, Vary<Lr<1e-3>, Lr<1e-3>, Lr<1e-4>>>, List<Base, Replace<Base, Lr<1e-3>, Lr<1e-4>>>>);

// --- canonical: one type for all orders
static_assert(
    same<canonical<Base>, canonical<Finetune<Tiny, AdamW<Lr<1e-3>>, LrScale<Head, 10>, Freeze<Layers<0, 1>>>>>);
static_assert(same<canonical<canonical<Phased>>, canonical<Phased>> && same<canonical<Named_>, canonical<Base>>);
static_assert(same<canonical<Finetune<Tiny, LrScale<Head, 2>, LrScale<Norms, 3>>>,
                   canonical<Finetune<Tiny, LrScale<Norms, 3>, LrScale<Head, 2>>>>);
static_assert(!same<canonical<Base>, canonical<WithSgd>>);

}  // namespace
