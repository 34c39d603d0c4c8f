// fingerprint<R>: what counts and what does not. That both compilers make the same numbers: unit/recipe/fingerprints.
#include "../verdicts.hpp"
using namespace tuneit;

namespace {

using Base = Finetune<Tiny, Freeze<Layers<0, 1>>, LrScale<Head, 10>, AdamW<Lr<1e-3>>>;
struct Mine : Base {};

template <class... Rs>
constexpr bool all_equal() {
  constexpr std::array h{fingerprint<Rs>...};
  for (const Fingerprint& f : h)
    if (f != h[0]) return false;
  return true;
}
template <class... Rs>
constexpr bool all_differ() {
  constexpr std::array h{fingerprint<Rs>...};
  for (std::size_t i = 0; i < h.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (h[i] == h[j]) return false;
  return true;
}

// What is the same
static_assert(all_equal<Base, Mine, Append<Base>, canonical<Base>>());
static_assert(all_equal<Base, Finetune<Tiny, AdamW<Lr<1e-3>>, LrScale<Head, 10>, Freeze<Layers<0, 1>>>>());
static_assert(all_equal<Base, Replace<Base, LrScale<Head, 10>, LrScale<Head, 10.0>>,
                        Replace<Base, LrScale<Head, 10>, LrScale<Head, 10.0F>>>());
static_assert(all_equal<Base, Replace<Base, Lr<1e-3>, Lr<0.001>>, Replace<Base, Lr<1e-3>, Lr<1e-3, Mean>>>());
static_assert(all_equal<Finetune<Tiny, LayerDecay<0.5>>, Finetune<Tiny, LayerDecay<0.5, PerLayer, 0>>,
                        Finetune<Tiny, LayerDecay<0.5, PerLayer, -0.0>>>());
// ... options of an optimizer in any order, and those that say what holds without them
static_assert(all_equal<Base, Replace<Base, AnyOf<AdamW>, AdamW<>>,
                        Replace<Base, AnyOf<AdamW>, AdamW<WeightDecay<0.01>, Betas<0.9, 0.999>>>>());
static_assert(all_equal<Finetune<Tiny, Sgd<Lr<0.1>, Momentum<0.9>>>, Finetune<Tiny, Sgd<Momentum<0.9>, Lr<0.1>>>>());
static_assert(all_equal<Finetune<Tiny, Phases<Phase<Epochs<1>, Freeze<Head>, Lr<1e-5>>, Phase<Epochs<2>>>>,
                        Finetune<Tiny, Phases<Phase<Epochs<1>, Lr<1e-5>, Freeze<Head>>, Phase<Epochs<2>>>>>());

// What is not
static_assert(all_differ<Base, Rebind<Base, ResNet18>, Append<Base, Epochs<5>>, Append<Base, Epochs<6>>,
                         Append<Base, BatchSize<6>>, Remove<Base, LrScale<Head, 10>>,
                         Replace<Base, LrScale<Head, 10>, LrScale<Head, 11>>,
                         Replace<Base, LrScale<Head, 10>, LrScale<Layers<2, 3>, 10>>,
                         Replace<Base, LrScale<Head, 10>, DecayScale<Head, 10>>, Replace<Base, Lr<1e-3>, Lr<1e-3, Sum>>,
                         Replace<Base, Lr<1e-3>, Lr<0.0010000000000000002>>, Replace<Base, AnyOf<AdamW>, Adam<>>,
                         Replace<Base, AnyOf<AdamW>, AdamW<AmsGrad>>, Finetune<Tiny>, Append<Base, LrScale<Norms, 2>>,
                         Append<Base, LrScale<Norms, 2>, LrScale<Norms, 2>>>());
static_assert(all_differ<Finetune<Tiny, Freeze<Layer<"a", "n">>>, Finetune<Tiny, Freeze<Layer<"n", "b">>>,
                         Finetune<Tiny, Freeze<Layer<"a">>>, Finetune<Tiny, Freeze<Match<"a">>>,
                         Finetune<Tiny, Freeze<Except<Layer<"a">>>>, Finetune<Tiny, Freeze<Layers<0, 1>>>,
                         Finetune<Tiny, Freeze<Layers<1, 2>>>, Finetune<Tiny, Freeze<Union<Norms, Biases>>>,
                         Finetune<Tiny, Freeze<Intersect<Norms, Biases>>>>());
static_assert(
    all_differ<Finetune<Tiny, LayerDecay<0.5, PerBlock, 0.1>>, Finetune<Tiny, LayerDecay<0.5, PerBlock, 0.2>>,
               Finetune<Tiny, LayerDecay<0.5, PerLayer, 0.1>>, Finetune<Tiny, LayerDecay<0.6, PerBlock, 0.1>>>());
using Phased = Finetune<Tiny, Phases<Phase<Epochs<1>, Freeze<Layers<0, 1>>>, Phase<Epochs<2>, Freeze<Layers<1, 2>>>>>;
static_assert(
    all_differ<Phased,
               Finetune<Tiny, Phases<Phase<Epochs<2>, Freeze<Layers<1, 2>>>, Phase<Epochs<1>, Freeze<Layers<0, 1>>>>>,
               InPhase<Phased, 0>, InPhase<Phased, 1>>());
// ... also of recipes that are refused: who compares does not make them
static_assert(
    all_differ<Base, Append<Base, Sgd<>>, Append<Base, Sgd<>, Adam<>>, Append<Base, Freeze<Layer<"nowhere">>>>());

// Types of one's own, in one's own namespace: names without it
namespace here {
enum class Way { Up, Down };
template <class S, auto X, Way W>
struct Own : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.lr_scale *= X; });
  }
};
struct Ours : Own<Head, 2, Way::Up> {};
}  // namespace here
namespace there {
struct Ours : here::Own<Head, 3, here::Way::Down> {};
}  // namespace there
static_assert(
    all_differ<Finetune<Tiny, here::Own<Head, 2, here::Way::Up>>, Finetune<Tiny, here::Own<Head, 2, here::Way::Down>>,
               Finetune<Tiny, here::Own<Head, 2.5, here::Way::Up>>, Finetune<Tiny, here::Own<Norms, 2, here::Way::Up>>,
               Finetune<Tiny, here::Ours>>());
static_assert(all_equal<Finetune<Tiny, here::Ours>, Finetune<Tiny, there::Ours>>());

// Numbers of run time, on top
template <class R, class F>
constexpr Fingerprint changed(const F& change) {
  Settings s = defaults<R>();
  change(s);
  return fingerprint<R>(s);
}
constexpr auto lr_is(double x) {
  return [x](Settings& s) { s.optimizer.lr = x; };
}
static_assert(fingerprint<Base>(defaults<Base>()) == fingerprint<Base> &&
              changed<Base>(lr_is(1e-3)) == fingerprint<Base>);
static_assert(changed<Base>(lr_is(2e-3)) != fingerprint<Base> &&
              changed<Base>(lr_is(2e-3)) != changed<Base>(lr_is(3e-3)));
static_assert(changed<Base>(lr_is(2e-3)) != changed<Base>([](Settings& s) { s.optimizer.weight_decay = 2e-3; }));
static_assert(changed<Base>([](Settings& s) { s.epochs = 7; }) != changed<Base>([](Settings& s) { s.batch_size = 7; }));
static_assert(changed<Base>([](Settings& s) { s.seed = 7; }) == fingerprint<Base>);  // of the run
using Scale = LrScale<Head, 10>;
static_assert(changed<Base>([](Settings& s) { value_of<Base, Scale>(s) = 7; }) != fingerprint<Base>);
static_assert(changed<Base>([](Settings& s) { value_of<Base, Scale>(s) = 10; }) == fingerprint<Base>);
// ... whatever the order of the policies
using Turned = Finetune<Tiny, L2Sp<0.1, 0.01>, LrScale<Norms, 2>, Scale>;
using Straight = Finetune<Tiny, Scale, LrScale<Norms, 2>, L2Sp<0.1, 0.01>>;
template <class R>
constexpr Fingerprint both() {
  return changed<R>([](Settings& s) { value_of<R, Scale>(s) = 7, value_of<R, L2Sp<0.1, 0.01>, 1>(s) = 0.5; });
}
static_assert(both<Turned>() == both<Straight>() && both<Turned>() != fingerprint<Turned>);
static_assert(changed<Straight>([](Settings& s) { value_of<Straight, Scale>(s) = 5; }) !=
              changed<Straight>([](Settings& s) { value_of<Straight, LrScale<Norms, 2>>(s) = 5; }));
using Later = Finetune<Tiny, Phases<Phase<Epochs<2>, Scale, Lr<1e-4>>, Phase<Epochs<8>, Lr<1e-4>, Scale>>>;
using LaterTurned = Finetune<Tiny, Phases<Phase<Epochs<2>, Lr<1e-4>, Scale>, Phase<Epochs<8>, Scale, Lr<1e-4>>>>;
template <class R, std::size_t I>
constexpr Fingerprint in() {
  return changed<R>([](Settings& s) { value_of<R, Scale, In<I>>(s) = 7; });
}
static_assert(in<Later, 0>() != in<Later, 1>() && in<Later, 0>() == in<LaterTurned, 0>() &&
              in<Later, 1>() == in<LaterTurned, 1>());
static_assert(changed<Later>([](Settings& s) { s.values[0] = 3; }) != fingerprint<Later>);  // the length of a phase

}  // namespace
