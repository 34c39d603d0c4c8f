// Reasons of the algebra of recipes.
#include "../verdicts.hpp"
using namespace tuneit;

namespace {

template <class A, class B>
inline constexpr bool same = std::is_same_v<A, B>;

using Base = Finetune<Tiny, Freeze<Layers<0, 1>>, LrScale<Head, 10>, AdamW<Lr<1e-3>>>;
struct Mine : Base {};

// NotInRecipe: of the recipe as it was then, whatever is done with it afterwards
static_assert(is<NotInRecipe<Base, Epochs<3>>, Remove<Base, Epochs<3>>> &&
              is<NotInRecipe<Base, Epochs<3>>, Remove<Mine, Epochs<3>>>);
static_assert(is<NotInRecipe<Base, LrScale<Head, 9>>, Replace<Base, LrScale<Head, 9>, LrScale<Head, 10>>>);
static_assert(is<NotInRecipe<Base, AnyOf<Sgd>>, Remove<Base, AnyOf<Sgd>>>);
static_assert(is<NotInRecipe<Base, slots::Loss>, Replace<Base, slots::Loss, CrossEntropy<>>>);
static_assert(is<NotInRecipe<Base, Momentum<0.9>>, Remove<Base, Momentum<0.9>>>);
static_assert(is<NotInRecipe<Base, Epochs<3>>, Append<Remove<Base, Epochs<3>>, Epochs<3>>>);
static_assert(is<NotInRecipe<Base, Epochs<3>>, Remove<Base, Epochs<3>, AnyOf<AdamW>>>);
static_assert(is<NotInRecipe<Base, In<1>>, InPhase<Base, 1>> && is<Accepted, InPhase<Base, 0>>);
template <class L>
inline constexpr bool all_refused = false;
template <class... Rs>
inline constexpr bool all_refused<List<Rs...>> = sizeof...(Rs) > 0 && (!verdict<Rs>::accepted && ...);
static_assert(all_refused<Sweep<Base, Vary<AnyOf<Sgd>, Sgd<>, AdamW<>>>>);

// AmbiguousPattern
using Two = Append<Base, Freeze<Layers<1, 2>>>;
static_assert(
    is<AmbiguousPattern<Two, AnyOf<Freeze>, Freeze<Layers<0, 1>>, Freeze<Layers<1, 2>>>, Remove<Two, AnyOf<Freeze>>>);
static_assert(is<AmbiguousPattern<Two, Like<Freeze<Head>>, Freeze<Layers<0, 1>>, Freeze<Layers<1, 2>>>,
                 Replace<Two, Like<Freeze<Head>>, Freeze<Norms>>>);
using Slow = Finetune<Tiny, Augment<HorizontalFlip<>, HorizontalFlip<>>>;
static_assert(is<AmbiguousPattern<Slow, HorizontalFlip<>, Augment<HorizontalFlip<>, HorizontalFlip<>>,
                                  Augment<HorizontalFlip<>, HorizontalFlip<>>>,
                 Remove<Slow, HorizontalFlip<>>>);

// HasNoName, ArgumentsNotListed: of fingerprints alone
[[maybe_unused]] constexpr auto unnamed = [] {};
struct Does : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class, class P>
  static constexpr void apply(P& plan) {
    plan.rows[0].lr_scale /= 2;
  }
};
template <class>
struct Tagged : Does {};
template <class T>
struct Outer {
  struct Inner : Does {};
};
template <template <class> class>
struct Odd : Does {};
struct Options {
  int a = 1;
};
template <Options>
struct Structured : Does {};
using Unnamed = Tagged<std::remove_const_t<decltype(unnamed)>>;
static_assert(same<fingerprint_verdict<Finetune<Tiny, Unnamed>>, HasNoName<std::remove_const_t<decltype(unnamed)>>>);
static_assert(same<fingerprint_verdict<Finetune<Tiny, Outer<int>::Inner>>, HasNoName<Outer<int>::Inner>>);
static_assert(same<fingerprint_verdict<Finetune<Tiny, Tagged<unsigned long>>>, HasNoName<unsigned long>>);
static_assert(same<fingerprint_verdict<Finetune<Tiny, Odd<Outer>>>, ArgumentsNotListed<Odd<Outer>>>);
static_assert(!fingerprint_verdict<Finetune<Tiny, Structured<Options{2}>>>::accepted);
static_assert(same<fingerprint_verdict<Finetune<Tiny, Tagged<int>>>, Accepted>);
// the recipes are fine
static_assert(is<Accepted, Finetune<Tiny, Unnamed>> && is<Accepted, Finetune<Tiny, Odd<Outer>>>);
// a name of one's own, and one that a type says
struct Mine_ : Odd<Outer> {};
static_assert(same<fingerprint_verdict<Finetune<Tiny, Mine_>>, Accepted>);
template <class T>
struct Home {
  struct Says : Does {
    static constexpr auto name = "Says";
  };
};
static_assert(same<fingerprint_verdict<Finetune<Tiny, Home<int>::Says>>, Accepted>);

}  // namespace
