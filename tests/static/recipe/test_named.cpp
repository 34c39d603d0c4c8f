// Gradual unfreezing and the recipes with a name: what trains in which phase, at which rate.
#include "../tiny.hpp"
using namespace tuneit;

constexpr bool near(double a, double b) { return (a < b ? b - a : a - b) <= 1e-12 * (b < 0 ? -b : b) + 1e-16; }
template <class R>
constexpr unsigned frozen(std::size_t phase) {
  unsigned bits = 0;
  for (unsigned i = 0; i < 11; ++i) bits |= unsigned{plans<R>[phase].rows[i].frozen} << i;
  return bits;
}
template <class R>
constexpr double rate(std::size_t phase, std::size_t row) {
  return plans<R>[phase].rows[row].lr_scale;
}
template <class Expected, class... Policies>
inline constexpr bool tiny_is = std::is_same_v<verdict<Finetune<Tiny, Policies...>>, Expected>;

// block by block, the head first
using ByBlocks = Finetune<Tiny, GradualUnfreeze<Epochs<2>>>;
static_assert(ByBlocks::phase_count == 3 && ByBlocks::epochs == 6);
static_assert(frozen<ByBlocks>(0) == from_to(0, 9) && frozen<ByBlocks>(1) == from_to(0, 6) && frozen<ByBlocks>(2) == 0);
static_assert(std::is_same_v<ByBlocks::phases, Phases<Phase<Epochs<2>, Freeze<Layers<0, 2>>>,
                                                      Phase<Epochs<2>, Freeze<Layers<0, 1>>>, Phase<Epochs<2>>>>);
// the last phase has the rest of the epochs
using Long = Finetune<Tiny, GradualUnfreeze<Epochs<2>>, Epochs<10>>;
static_assert(Long::epochs == 10 && phase_at<Long>(defaults<Long>(), 4, 1).phase == 2 &&
              phase_at<Long>(defaults<Long>(), 9, 1).phase == 2);
// too few epochs for them: so many phases, and how many there must be
static_assert(tiny_is<TooFewEpochs<GradualUnfreeze<Epochs<2>>, 3, 4, 5>, GradualUnfreeze<Epochs<2>>, Epochs<4>> &&
              tiny_is<Accepted, GradualUnfreeze<Epochs<2>>, Epochs<5>>);
static_assert(tiny_is<TooFewEpochs<GradualUnfreeze<Epochs<3>, Head, Norms>, 2, 3, 4>, Epochs<3>,
                      GradualUnfreeze<Epochs<3>, Head, Norms>>);
// selectors instead of blocks; what is in none stays frozen
using Listed = Finetune<Tiny, GradualUnfreeze<Epochs<1>, Head, Layer<"b.2">, Norms>>;
static_assert(Listed::epochs == 3 && frozen<Listed>(0) == from_to(0, 9) && frozen<Listed>(1) == from_to(0, 8) &&
              frozen<Listed>(2) == (1u << 0 | from_to(6, 8)));
static_assert(frozen<Finetune<Tiny, GradualUnfreeze<Epochs<1>, Head, Backbone>>>(1) == 0);
// lengths can be changed at run time
static_assert([] {
  Settings s = defaults<ByBlocks>();
  s.values[1] = 5;
  return total_epochs<ByBlocks>(s) == 9 && phase_at<ByBlocks>(s, 6, 1).phase == 1;
}());
static_assert(tiny_is<NotADuration<GradualUnfreeze<Steps<5>>, Steps<5>>, GradualUnfreeze<Steps<5>>>);
static_assert(tiny_is<NotADuration<GradualUnfreeze<Head, Epochs<1>>, Head>, GradualUnfreeze<Head, Epochs<1>>>);
static_assert(tiny_is<OutOfRange<GradualUnfreeze<Epochs<0>>>, GradualUnfreeze<Epochs<0>>>);
static_assert(tiny_is<NotASelector<GradualUnfreeze<Epochs<1>, int>, int>, GradualUnfreeze<Epochs<1>, int>>);
static_assert(tiny_is<FreezesNewHead<Tiny, Freeze<Except<Union<Backbone>>>>, ReplaceHead<2>,
                      GradualUnfreeze<Epochs<1>, Backbone>>);
static_assert(tiny_is<Contradiction<GradualUnfreeze<Epochs<1>>, Phases<Phase<Epochs<1>>>>, GradualUnfreeze<Epochs<1>>,
                      Phases<Phase<Epochs<1>>>>);

// Keras: statistics never move, the weight and bias of norms do in the second phase
using Keras = KerasTransfer<Tiny, ReplaceHead<2>>;
static_assert(Keras::epochs == 30 && frozen<Keras>(0) == from_to(0, 9) && frozen<Keras>(1) == from_to(3, 6));
static_assert(!plans<Keras>[1].rows[3].batch_statistics && lr_at<Keras>(199, 10) == 1e-3 &&
              lr_at<Keras>(200, 10) == 1e-5);
using KerasTop = KerasTransfer<Tiny, ReplaceHead<2>, Epochs<2>, Epochs<1>, Layers<1, 2>, BatchSize<8>>;
static_assert(KerasTop::batch_size == 8 && frozen<KerasTop>(1) == from_to(0, 6));

// ULMFiT
using U = Ulmfit<Tiny, ReplaceHead<2>, Epochs<10>>;
static_assert(U::phase_count == 3 && frozen<U>(1) == from_to(0, 6) && frozen<U>(2) == 0 &&
              near(rate<U>(2, 0), 1 / 2.6 / 2.6) && rate<U>(2, 9) == 1);
static_assert(near(lr_at<U>(0, 10), 0.01 / 32) && near(lr_at<U>(10, 10), 0.01) && defaults<U>().optimizer.beta1 == 0.7);

// fastai: norms of the frozen backbone train, at a tenth
using F = FastaiFineTune<Tiny, ReplaceHead<2>, Epochs<3>>;
static_assert(F::epochs == 4 && frozen<F>(0) == (1u << 0 | from_to(6, 9)) && frozen<F>(1) == 0);
static_assert(plans<F>[0].rows[3].batch_statistics && rate<F>(0, 1) == 0.1 && rate<F>(0, 9) == 1);
static_assert(near(rate<F>(1, 0), 0.01) && rate<F>(1, 9) == 1 && plans<F>[1].rows[1].decay_scale == 0 &&
              plans<F>[1].rows[0].decay_scale == 1);
static_assert(near(lr_at<F>(0, 100), 2e-3 / 25) && near(lr_at<F>(99, 100), 2e-3) &&
              near(lr_at<F>(100, 100), 1e-3 / 5) && near(lr_at<F>(190, 100), 1e-3));
using F18 = FastaiFineTune<ResNet18, FastaiHead<37>, Epochs<3>, Epochs<2>, 1e-3, BatchSize<64>>;
static_assert(std::is_same_v<verdict<F18>, Accepted> && F18::batch_size == 64 && F18::epochs == 5);
static_assert(near(plans<F18>[1].rows[0].lr_scale, 0.01) &&
              near(plans<F18>[1].rows[table<ResNet18>.block_begin[3]].lr_scale, 0.1));

// Lightning
using L = LightningBackbone<Tiny, ReplaceHead<2>, 3, 10>;
static_assert(L::phase_count == 6 && L::epochs == 10 && frozen<L>(0) == (from_to(0, 3) | from_to(6, 9)) &&
              plans<L>[0].rows[3].batch_statistics);
static_assert(rate<L>(1, 0) == 0.1 && rate<L>(2, 0) == 0.2 && rate<L>(4, 0) == 0.8 && rate<L>(5, 0) == 1 &&
              rate<L>(1, 9) == 1);
static_assert(LightningBackbone<Tiny, ReplaceHead<2>, 3, 5>::phase_count == 3, "the training may end on the way");
static_assert(LightningBackbone<Tiny, ReplaceHead<2>, 3, 5, 1>::phase_count == 2, "or begin at the full rate");

// Recipes with a name say what is wrong with their arguments as Finetune does: no head, no selector, no model, no time
template <class Expected, class R>
inline constexpr bool is_refused = std::is_same_v<verdict<R>, Expected>;
static_assert(is_refused<NotANewHead<Epochs<20>>, KerasTransfer<Tiny, Epochs<20>, Epochs<10>>> &&
              is_refused<NotANewHead<Epochs<3>>, LightningBackbone<Tiny, Epochs<3>>> &&
              is_refused<NotANewHead<Sgd<>>, FastaiFineTune<ResNet18, Sgd<>, Epochs<3>>>);
static_assert(is_refused<NotASelector<Freeze<Freeze<Head>>, Freeze<Head>>,
                         KerasTransfer<Tiny, ReplaceHead<2>, Epochs<2>, Epochs<1>, Freeze<Head>>>);
static_assert(is_refused<NotAModel<int>, KerasTransfer<int, ReplaceHead<2>>> &&
              is_refused<NotAModel<int>, LightningBackbone<int, ReplaceHead<2>>> &&
              is_refused<NotAModel<int>, FastaiFineTune<int, FastaiHead<2>, Epochs<3>>> &&
              is_refused<NotAModel<ReplaceHead<2>>, Ulmfit<ReplaceHead<2>, Tiny, Epochs<3>>>);
static_assert(is_refused<OutOfRange<Epochs<-10>>, LightningBackbone<Tiny, ReplaceHead<2>, 20, 10>> &&
              is_refused<OutOfRange<Epochs<0>>, LightningBackbone<Tiny, ReplaceHead<2>, 10, 10>> &&
              is_refused<Accepted, LightningBackbone<Tiny, ReplaceHead<2>, 10, 11>>);
