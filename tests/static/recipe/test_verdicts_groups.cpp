// GroupOf: which rows are in which group, what may stand in one, and which numbers it has.
#include "../verdicts.hpp"

using namespace tuneit;

// --- rows
using Two =
    Finetune<Tiny, Sgd<Lr<1e-2>>, GroupOf<Head, AdamW<Lr<1e-3>>, ClipNorm<1>, CosineLr>, GroupOf<Norms, Lr<5e-3>>>;
static_assert(verdict<Two>::accepted);
static_assert(plan<Two>.rows[0].group == 0 && plan<Two>.rows[1].group == 2 && plan<Two>.rows[2].group == 2);
static_assert(plan<Two>.rows[3].group == 0);  // a buffer
static_assert(plan<Two>.rows[9].group == 1 && plan<Two>.rows[10].group == 1);
static_assert(plan<Finetune<Tiny>>.rows[9].group == 0 && !Finetune<Tiny>::grouped && Two::grouped);

// A phase's group wins over one beside the phases.
using Phased = Finetune<Tiny, GroupOf<Head, ClipValue<1>>,
                        Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<2>, GroupOf<Layers<1, 3>, Lion<>>>>>;
static_assert(verdict<Phased>::accepted);
static_assert(plans<Phased>[0].rows[9].group == 1 && plans<Phased>[1].rows[9].group == 2);
static_assert(plans<Phased>[0].rows[6].group == 0 && plans<Phased>[1].rows[6].group == 2);

// --- in any order, each alone
static_assert(tiny_is<Accepted, GroupOf<Head, CosineLr, ClipNorm<1>, AdamW<>>>);
static_assert(tiny_is<Accepted, GroupOf<Head, Momentum<0.5>>>);  // of the recipe's optimizer
static_assert(tiny_is<Accepted, GroupOf<Head, Warmup<Steps<10>>>>);
static_assert(tiny_is<Accepted, GroupOf<Head, AdamW<>, Betas<0.8, 0.9>>>);
static_assert(tiny_is<Accepted, ClipNorm<1>, GroupOf<Head, ClipNorm<1>>, GroupOf<Norms, ClipValue<1>>>);
static_assert(tiny_is<Accepted, GroupOf<Head, Constant>>);

// --- what is refused
template <class... Items>
using OfHead = GroupOf<Head, Items...>;
template <class Item>
inline constexpr bool outside = tiny_is<NotInAGroup<OfHead<Item>, Item>, OfHead<Item>>;
static_assert(outside<CrossEntropy<>> && outside<Precision<FP16>> && outside<BatchSize<8>> && outside<Freeze<Norms>> &&
              outside<LrScale<Norms, 2>> && outside<Ema<0.9>> && outside<Plateau<0.5, Patience<1>>> &&
              outside<Accumulate<2>> && outside<OfHead<CosineLr>>);
static_assert(tiny_is<NothingInside<OfHead<>>, OfHead<>>);
static_assert(tiny_is<NotAPolicy<int>, OfHead<int>>);
static_assert(tiny_is<OutOfRange<ClipNorm<-1>>, OfHead<ClipNorm<-1>>>);
static_assert(tiny_is<OutOfRange<Lr<-1>>, OfHead<Lr<-1>>>);
static_assert(tiny_is<Contradiction<AdamW<>, Lion<>>, OfHead<AdamW<>, Lion<>>>);
static_assert(tiny_is<Contradiction<Lr<1>, Lr<2>>, OfHead<Lr<1>, Lr<2>>>);
static_assert(tiny_is<NotAnOption<Lion<>, Momentum<0.9>>, OfHead<Lion<>, Momentum<0.9>>>);
static_assert(tiny_is<NotAnOption<AdamW<>, Momentum<0.9>>, AdamW<>, OfHead<Momentum<0.9>>>);
static_assert(tiny_is<NotAnOption<AdamW<>, Momentum<0.9>>, OfHead<Momentum<0.9>>,
                      Phases<Phase<Epochs<1>>, Phase<Epochs<1>, AdamW<>>>>);
static_assert(tiny_is<RateForOtherReduction<OfHead<Lr<1e-3, Sum>>, CrossEntropy<>>, OfHead<Lr<1e-3, Sum>>>);
static_assert(tiny_is<NesterovNeedsMomentum<OfHead<Nesterov>>, Sgd<>, OfHead<Nesterov>>);
static_assert(tiny_is<ScheduleTooLong<Warmup<Epochs<9>>, 5>, OfHead<Warmup<Epochs<9>>>>);
static_assert(tiny_is<ScheduleNeverActs<StepLr<Epochs<9>, 0.1>, 6>, Epochs<6>, OfHead<StepLr<Epochs<9>, 0.1>>>);
static_assert(
    tiny_is<GroupsOverlap<Tiny, Norms, Layers<0, 1>>, GroupOf<Norms, AdamW<>>, GroupOf<Layers<0, 1>, Lion<>>>);
static_assert(tiny_is<GroupsOverlap<Tiny, Head, Head>, OfHead<AdamW<>>, OfHead<AdamW<>>>);
static_assert(tiny_is<GroupTrainsNothing<GroupOf<Norms, AdamW<>>>, Freeze<Backbone>, GroupOf<Norms, AdamW<>>>);
static_assert(tiny_is<NoSuchLayer<Tiny, "haed", DidYouMean<"head">>, GroupOf<Layer<"haed">, AdamW<>>>);

// --- values: those of the group, the rest of the recipe's
constexpr auto group_at = [](const Settings& s, long long step) {
  return detail::optimizer_in_group<Two, 0,
                                    detail::GroupPlace<GroupOf<Head, AdamW<Lr<1e-3>>, ClipNorm<1>, CosineLr>, -1>>(
      s, phase_at<Two>(s, step, 10), step, 10);
};
static_assert(group_at(defaults<Two>(), 0).lr == 1e-3 && group_at(defaults<Two>(), 0).decay == 0.01);
static_assert(group_at(defaults<Two>(), 25).lr > 4.9e-4 && group_at(defaults<Two>(), 25).lr < 5.1e-4);
static_assert(lr_at<Two>(25, 10) == 1e-2);
