// Phases: what differs in each of them, and when they are.
#include "../tiny.hpp"

using namespace tuneit;

using Two = Finetune<Tiny, ReplaceHead<3>, LrScale<Head, 10>,
                     Phases<Phase<Epochs<1>, Freeze<Backbone>>,  //
                            Phase<Epochs<4>, Freeze<Layers<0, 1>>, LrScale<Layer<"body">, 0.1>, Lr<1e-4>>>>;
static_assert(Two::phase_count == 2);
static_assert(Two::epochs == 5);

// the plan of each phase: what holds in all of them, and its own
static_assert(plans<Two>[0].rows[6].frozen && !plans<Two>[1].rows[6].frozen, "the body trains from the second on");
static_assert(plans<Two>[0].rows[0].frozen && plans<Two>[1].rows[0].frozen);
static_assert(plans<Two>[0].rows[9].lr_scale == 10 && plans<Two>[1].rows[9].lr_scale == 10);
static_assert(plans<Two>[1].rows[6].lr_scale == 0.1);
static_assert(plan<Two>.rows[6] == plans<Two>[0].rows[6], "plan is that of the first phase");
static_assert(plan<InPhase<Two, 1>>.rows[6] == plans<Two>[1].rows[6]);

// what trains in some phase trains
static_assert(trainable_parameters<Two> == 3 * 16 + 4 * 3 + 3);
static_assert(frozen_parameters<Two> == 4 * 3 * 9 + 8);
static_assert(frozen_prefix<InPhase<Two, 0>>() == 2 && frozen_prefix<InPhase<Two, 1>>() == 1);

// when: a function of the step alone
constexpr Settings two = defaults<Two>();
static_assert(two.epochs == 5 && total_epochs<Two>(two) == 5);
static_assert(phase_at<Two>(two, 0, 10).phase == 0 && phase_at<Two>(two, 9, 10).phase == 0);
static_assert(phase_at<Two>(two, 10, 10).phase == 1 && phase_at<Two>(two, 49, 10).phase == 1);
static_assert(phase_at<Two>(two, 10, 10).begin == 10 && phase_at<Two>(two, 10, 10).end == 50);
static_assert(phase_at<Two>(two, 1000, 10).phase == 1, "after the last step: the last");
static_assert(lr_at<Two>(9, 10) == 1e-3 && lr_at<Two>(10, 10) == 1e-4, "a rate of its own");

// lengths are numbers like others
constexpr Settings longer = [] {
  Settings s = two;
  s.values[1] = 3;  // of the first phase, behind LrScale<Head>
  return s;
}();
static_assert(total_epochs<Two>(longer) == 7);
static_assert(phase_at<Two>(longer, 29, 10).phase == 0 && phase_at<Two>(longer, 30, 10).phase == 1);

// a common schedule runs through, one of a phase over that phase alone
using Through =
    Finetune<Tiny, ReplaceHead<3>, Sgd<Lr<1>>, CosineLr, Phases<Phase<Epochs<2>, Freeze<Backbone>>, Phase<Epochs<2>>>>;
static_assert(lr_at<Through>(0, 10) == 1);
static_assert(lr_at<Through>(20, 10) > 0.4999 && lr_at<Through>(20, 10) < 0.5001);
using Own = Finetune<Tiny, ReplaceHead<3>, Sgd<Lr<1>>,
                     Phases<Phase<Epochs<2>, Freeze<Backbone>>, Phase<Epochs<2>, CosineLr, Warmup<Steps<4>>>>>;
static_assert(lr_at<Own>(19, 10) == 1, "constant in the first");
static_assert(lr_at<Own>(20, 10) == 0 && lr_at<Own>(22, 10) == 0.5 && lr_at<Own>(24, 10) == 1);
static_assert(lr_at<Own>(32, 10) > 0.4999 && lr_at<Own>(32, 10) < 0.5001, "half way between 24 and 40");

// a phase by its place
using Spans = Finetune<Tiny, ReplaceHead<3>, Phases<Phase<Span<0, 2>, Freeze<Backbone>>, Phase<Span<2, 3>>>>;
static_assert(Spans::epochs == 3 && phase_at<Spans>(defaults<Spans>(), 2, 1).phase == 1);

// one phase that says nothing is a recipe without
using One = Finetune<Tiny, ReplaceHead<3>, Phases<Phase<Epochs<5>>>>;
static_assert(trainable_parameters<One> == trainable_parameters<Finetune<Tiny, ReplaceHead<3>>>);

// batch norm: three facts, per phase
using Stats =
    Finetune<Tiny, Phases<Phase<Epochs<1>, Freeze<Layers<0, 1>>, BatchStats<>>, Phase<Epochs<1>, FrozenStats<>>>>;
static_assert(plans<Stats>[0].rows[1].frozen && plans<Stats>[0].rows[3].batch_statistics);
static_assert(!plans<Stats>[1].rows[1].frozen && !plans<Stats>[1].rows[3].batch_statistics &&
              plans<Stats>[1].rows[3].frozen);

// the most expensive phase counts
static_assert(memory<Two>(8, 32).total() >= memory<Finetune<Tiny, ReplaceHead<3>, Freeze<Backbone>>>(8, 32).total());

// what a phase says of the data wins over the recipe, and is a number of its own
using Growing = Finetune<Tiny, BatchSize<16>,
                         Phases<Phase<Epochs<2>, Side<4>, BatchSize<64>>, Phase<Epochs<3>, LrScale<Head, 2>, Side<6>>>>;
static_assert(defaults<Growing>().batch_size == 16 && batch_size_in<Growing, 0>(defaults<Growing>()) == 64 &&
              batch_size_in<Growing, 1>(defaults<Growing>()) == 16);
static_assert(side_in<Growing, 0>(defaults<Growing>()) == 4 && side_in<Growing, 1>(defaults<Growing>()) == 6 &&
              defaults<Growing>().side == Tiny::input::side);
static_assert(defaults<Finetune<Tiny, Side<6>>>().side == 6);
static_assert(value_of<Growing, LrScale<Head, 2>, In<1>>(defaults<Growing>()) == 2);

// an optimizer of a phase's own: its numbers are the phase's, by their names on a command line
using Changing = Finetune<Tiny, Sgd<Lr<1>, Momentum<0.9>>,
                          Phases<Phase<Epochs<1>>, Phase<Epochs<1>, AdamW<Lr<2>, Betas<0.8, 0.9>>, WeightDecay<0.5>>>>;
static_assert(lr_at<Changing>(0, 10) == 1 && lr_at<Changing>(10, 10) == 2);
static_assert(std::get<1>(optimizer_at<Changing>(defaults<Changing>(), 10, 10)).number<Betas>() == 0.8 &&
              std::get<1>(optimizer_at<Changing>(defaults<Changing>(), 10, 10)).decay == 0.5);
// its state counts from there on
static_assert(memory<Changing>(1, 8).optimizer == 3 * 4 * parameter_count<Tiny>());

// a loss of a phase's own, and its numbers
using Losing = Finetune<Tiny, ReplaceHead<3>,
                        Phases<Phase<Epochs<1>, Focal<Gamma<3>>>, Phase<Epochs<1>>,
                               Phase<Epochs<1>, CrossEntropy<LabelSmoothing<0.2>>, Lr<1e-4>>>>;
constexpr Settings losing = defaults<Losing>();
static_assert(std::is_same_v<InPhase<Losing, 0>::loss, Focal<Gamma<3>>> &&
              std::is_same_v<InPhase<Losing, 1>::loss, CrossEntropy<>> && std::is_same_v<Losing::loss, CrossEntropy<>>);
static_assert(loss_numbers<InPhase<Losing, 0>>(losing)[0] == 3 &&
              value_of<Losing, Focal<Gamma<3>>, In<0>>(losing) == 3);
static_assert(losing.label_smoothing == 0 && loss_numbers<InPhase<Losing, 1>>(losing).smoothing == 0 &&
              loss_numbers<InPhase<Losing, 2>>(losing).smoothing == 0.2 &&
              loss_numbers<InPhase<Losing, 2>>(losing, true).smoothing == 0);
using Sums = Losses<Weighted<MeanSquaredError<>, 1>, Weighted<Huber<Delta<2>>, 0.25>>;
using Summing = Finetune<Tiny, Huber<Delta<3>>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Sums, LrScale<Head, 2>>>>;
constexpr Settings summing = defaults<Summing>();
static_assert(value_of<Summing, Huber<Delta<2>>, In<1>>(summing) == 2 &&
              value_of<Summing, Weighted<Huber<Delta<2>>, 0.25>, In<1>>(summing) == 0.25 &&
              value_of<Summing, Huber<Delta<3>>>(summing) == 3 &&
              value_of<Summing, LrScale<Head, 2>, In<1>>(summing) == 2 &&
              loss_numbers<InPhase<Summing, 1>>(summing)[1] == 0.25 &&
              loss_numbers<InPhase<Summing, 0>>(summing)[0] == 3);
static_assert(std::is_same_v<value_verdict<Summing, Huber<Delta<2>>>, NotInRecipe<Summing, Huber<Delta<2>>>> &&
              std::is_same_v<value_verdict<Summing, Sums>, SaidInPhases<Summing, Sums>>);
static_assert(memory<Losing>(4, 8).total() == memory<Finetune<Tiny, ReplaceHead<3>>>(4, 8).total(),
              "no account has a loss in it");
