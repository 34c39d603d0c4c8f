// Refusals of what is one's own: policies that edit are judged as ours are, and a member that is missing, misspelt or
// of another kind is named. See also test_effect.cpp.
#include "../verdicts.hpp"
using namespace tuneit;

// --- policies that edit, written by somebody else, spelled as simply as can be: no judge, no other members
template <class S>
struct MyFreeze : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.frozen = true; });
  }
};
template <class S>
struct MyUnfreeze : PolicyTag {
  static constexpr Stage stage = Stage::Unfreeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.frozen = false; });
  }
};
template <class S>
struct MyRate : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.lr_scale *= 3; });
  }
};
template <auto Value>
struct AssignRate : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, Layer<"fc.bias">>(plan, [](PlanRow& row, const TensorRow&) { row.lr_scale = Value; });
  }
};
template <class S>
struct MyStats : PolicyTag {
  static constexpr Stage stage = Stage::Statistics;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.batch_statistics = false; });
  }
};
template <class S>
struct MyFresh : PolicyTag {
  static constexpr Stage stage = Stage::Origin;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.starts_from = Origin::Fresh; });
  }
};

// FreezesNewHead, FreezesRandomWeights, NothingTrains: as Freeze
static_assert(tiny_is<FreezesNewHead<Tiny, MyFreeze<Head>>, ReplaceHead<2>, MyFreeze<Head>>);
static_assert(tiny_is<FreezesNewHead<Tiny, MyFreeze<Biases>>, MyFreeze<Biases>, ReplaceHead<2>>);
static_assert(tiny_is<Accepted, ReplaceHead<2>, MyFreeze<Backbone>> && tiny_is<Accepted, MyFreeze<Head>>);
static_assert(tiny_is<FreezesNewHead<Tiny, MyFreeze<Head>>, ReplaceHead<2>,
                      Phases<Phase<Epochs<1>, MyFreeze<Head>>, Phase<Epochs<1>, Freeze<Backbone>>>>);
static_assert(
    tiny_is<Accepted, ReplaceHead<2>, Phases<Phase<Epochs<1>, MyFreeze<Backbone>>, Phase<Epochs<1>, MyFreeze<Head>>>>);
static_assert(tiny_is_both_ways<FreezesRandomWeights<Tiny, MyFreeze<Layer<"b">>>, Reinitialise<Layer<"b.1">>,
                                MyFreeze<Layer<"b">>>);
static_assert(
    tiny_is_both_ways<FreezesRandomWeights<Tiny, MyFreeze<Layer<"b">>>, MyFresh<Layer<"b.1">>, MyFreeze<Layer<"b">>>);
static_assert(tiny_is<NothingTrains<Tiny>, MyFreeze<All>>);
static_assert(tiny_is<PullsNewWeights<Tiny, L2Sp<0.1>>, MyFresh<Layer<"b.1">>, L2Sp<0.1>>);

// ScalesFrozen, UnfreezesNothing: as LrScale and Unfreeze, of ours and of theirs
static_assert(tiny_is<ScalesFrozen<Tiny, MyRate<Norms>>, MyRate<Norms>, Freeze<Backbone>>);
static_assert(tiny_is<ScalesFrozen<Tiny, LrScale<Norms, 2>>, LrScale<Norms, 2>, MyFreeze<Backbone>>);
static_assert(tiny_is<ScalesFrozen<Tiny, MyRate<Layer<"b">>>,
                      Phases<Phase<Epochs<1>, Freeze<Backbone>, MyRate<Layer<"b">>>, Phase<Epochs<1>>>>);
static_assert(tiny_is<Accepted, MyRate<Layer<"b">>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>>>>);
static_assert(tiny_is<UnfreezesNothing<Tiny, MyUnfreeze<Head>>, MyUnfreeze<Head>>);
static_assert(tiny_is_both_ways<UnfreezesNothing<Tiny, MyUnfreeze<Head>>, MyFreeze<Backbone>, MyUnfreeze<Head>>);
static_assert(tiny_is<Accepted, MyFreeze<Backbone>, MyUnfreeze<Layer<"b.2">>> &&
              tiny_is<Accepted, MyFreeze<Backbone>, Unfreeze<Layer<"b.2">>> &&
              tiny_is<Accepted, Freeze<Backbone>, MyUnfreeze<Layer<"b.2">>>);
static_assert(tiny_is<UnfreezesNothing<Tiny, MyUnfreeze<Head>>, Freeze<Backbone>,
                      Phases<Phase<Epochs<1>, MyUnfreeze<Head>>, Phase<Epochs<1>>>>);

// StatisticsContradict is one case of two that set one field of one tensor differently; SetsDiffer is any other
static_assert(tiny_is<StatisticsContradict<Tiny, MyStats<Norms>, BatchStats<>>, MyStats<Norms>, BatchStats<>> &&
              tiny_is<Accepted, MyStats<Norms>, FrozenStats<>>);
struct Thaw : PolicyTag {  // in the stage in which others freeze
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, Layer<"n.bias">>(plan, [](PlanRow& row, const TensorRow&) { row.frozen = false; });
  }
};
static_assert(tiny_is<SetsDiffer<Tiny, Freeze<Norms>, Thaw, "n.bias", Field::frozen>, Freeze<Norms>, Thaw> &&
              tiny_is<SetsDiffer<Tiny, Thaw, Freeze<Norms>, "n.bias", Field::frozen>, Thaw, Freeze<Norms>>);
static_assert(tiny_is<SetsDiffer<Tiny, AssignRate<0.1>, AssignRate<0.2>, "fc.bias", Field::lr_scale>, AssignRate<0.1>,
                      AssignRate<0.2>>);
static_assert(tiny_is<Accepted, AssignRate<0.1>, AssignRate<0.1>>);
static_assert(tiny_is<SetsDiffer<Tiny, AssignRate<1>, AssignRate<2>, "fc.bias", Field::lr_scale>,
                      Phases<Phase<Epochs<1>, AssignRate<1>, AssignRate<2>>, Phase<Epochs<1>>>>,
              "two of one phase");
static_assert(tiny_is<Accepted, FrozenStats<>, Phases<Phase<Epochs<1>, BatchStats<>>, Phase<Epochs<1>>>>,
              "a phase wins over the whole, wherever they stand");

// OrderMatters
static_assert(tiny_is<OrderMatters<AssignRate<0.1>, LrScale<Head, 10>>, AssignRate<0.1>, LrScale<Head, 10>> &&
              tiny_is<OrderMatters<LrScale<Head, 10>, AssignRate<0.1>>, LrScale<Head, 10>, AssignRate<0.1>>);
static_assert(tiny_is<Accepted, AssignRate<0.1>, LayerDecay<0.5>> &&
              tiny_is<Accepted, AssignRate<0.1>, LrScale<Backbone, 10>> &&
              tiny_is<Accepted, MyRate<Head>, LrScale<Head, 10>>);
static_assert(tiny_is<Accepted, NoDecay<Biases>, DecayScale<Biases, 2>>, "nothing times two is nothing");

// --- DoesNothing: neither edits, acts nor fills a slot
struct Misspelt : PolicyTag {
  static constexpr Stage stge = Stage::Freeze;
  template <class Model, class P>
  static constexpr void aply(P& plan) {
    plan.rows[0].frozen = true;
  }
};
struct NumbersAlone : PolicyTag {
  static constexpr std::array numbers{Hyperparameter{.name = "mine", .value = 1}};
};
struct OwnSlot : PolicyTag {
  struct Mine {};
  using slot = Mine;
};
class Private : public PolicyTag {
  [[maybe_unused]] static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    plan.rows[0].frozen = true;
  }
};
struct ByValue : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply([[maybe_unused]] P plan) {
    plan.rows[0].frozen = true;
  }
};
static_assert(tiny_is<DoesNothing<Misspelt>, Misspelt> && tiny_is<DoesNothing<NumbersAlone>, NumbersAlone> &&
              tiny_is<DoesNothing<OwnSlot>, OwnSlot> && tiny_is<DoesNothing<ByValue>, ByValue>);
static_assert(tiny_is<DoesNothing<MyFreeze<Match<"no*such">>>, MyFreeze<Match<"no*such">>>,
              "as MatchesNothing of ours");
static_assert(tiny_is<DoesNothing<ByValue>, Phases<Phase<Epochs<1>, ByValue>, Phase<Epochs<1>>>>);
struct EditsAndHasASlot : MyRate<Head> {
  using slot = OwnSlot::Mine;
};
static_assert(tiny_is<Accepted, EditsAndHasASlot> &&
              tiny_is<Contradiction<EditsAndHasASlot, EditsAndHasASlot>, EditsAndHasASlot, EditsAndHasASlot>);

// --- LacksItsMember: of policies
struct NoStage : PolicyTag {
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    plan.rows[0].frozen = true;
  }
};
struct NoStageButASlot : NoStage {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime&) { return 1; }
};
struct StageOfNoKind : NoStage {
  static constexpr int stage = 1;
};
struct StageNotConstant : NoStage {
  inline static Stage stage = Stage::Freeze;
};
struct StageNotStatic : NoStage {
  Stage stage = Stage::Freeze;
};
template <class P>
inline constexpr bool lacks_stage = tiny_is<LacksItsMember<P, Member::stage>, P>;
static_assert(lacks_stage<NoStage> && lacks_stage<NoStageButASlot> && lacks_stage<StageOfNoKind> &&
              lacks_stage<StageNotConstant> && lacks_stage<StageNotStatic> && lacks_stage<Private>);
static_assert(
    tiny_is<LacksItsMember<StageOfNoKind, Member::stage>, Phases<Phase<Epochs<1>, StageOfNoKind>, Phase<Epochs<1>>>>);

struct NoNumbers : PolicyTag {  // `numbers` misspelt: it would read the numbers of another policy
  static constexpr Stage stage = Stage::Scale;
  static constexpr std::array knbs{Hyperparameter{.name = "x", .value = 2}};
  template <class Model, class P>
  static constexpr void apply(P& plan, const double* n) {
    for (PlanRow& row : plan.rows) row.lr_scale *= n[0];
  }
};
struct TooFewNumbers : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr std::array numbers{Hyperparameter{.name = "x", .value = 2}};
  template <class Model, class P>
  static constexpr void apply(P& plan, const double* n) {
    for (PlanRow& row : plan.rows) row.lr_scale *= n[1] + 2;
  }
};
struct NumbersOfNoKind : MyFreeze<Norms> {
  static constexpr double numbers[] = {1};
};
template <class P>
inline constexpr bool lacks_numbers = tiny_is<LacksItsMember<P, Member::numbers>, P>;
static_assert(lacks_numbers<NoNumbers> && lacks_numbers<TooFewNumbers> && lacks_numbers<NumbersOfNoKind>);
struct OneNumber : NoNumbers {
  static constexpr std::array numbers = knbs;
};
static_assert(tiny_is<Accepted, OneNumber>);

struct JudgeOfNoModel : MyFreeze<Norms> {
  struct judge {
    using type = Accepted;
  };
};
struct JudgeWithoutType : MyFreeze<Norms> {
  template <class Model>
  struct judge {
    using typ = Accepted;
  };
};
struct MyJudge : MyFreeze<Norms> {
  template <class Model>
  struct judge : Demand<(table<Model>.size > 100), NoBatchNorm<Model, MyJudge>> {};
};
template <class P>
inline constexpr bool lacks_judge = tiny_is<LacksItsMember<P, Member::judge>, P>;
static_assert(lacks_judge<JudgeOfNoModel> && lacks_judge<JudgeWithoutType>);
static_assert(tiny_is<NoBatchNorm<Tiny, MyJudge>, MyJudge> && is<Accepted, Finetune<ResNet18, MyJudge>>);

// LacksItsFunction, where `apply` is there and is no use
struct NotStatic : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  constexpr void apply(P& plan) const {
    plan.rows[0].frozen = true;
  }
};
struct NotConstexpr : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static void apply(P& plan) {
    plan.rows[0].frozen = true;
  }
};
struct OfConst : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply(const P& plan) {
    plan.rows[0].frozen = true;
  }
};
struct NoModel : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class P>
  static constexpr void apply(P& plan) {
    plan.rows[0].frozen = true;
  }
};
class PrivateApply : public PolicyTag {
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    plan.rows[0].frozen = true;
  }

 public:
  static constexpr Stage stage = Stage::Freeze;
};
template <class P>
inline constexpr bool lacks_function = tiny_is<LacksItsFunction<P>, P>;
static_assert(lacks_function<NotStatic> && lacks_function<NotConstexpr> && lacks_function<OfConst> &&
              lacks_function<NoModel> && lacks_function<PrivateApply>);
struct MyLoss : PolicyTag {
  using slot = slots::Loss;
};
struct MyLength : PolicyTag {
  using slot = slots::Epochs;
  static constexpr double count = 3;
};
static_assert(lacks_function<MyLength> && tiny_is<LacksInItsSlot<MyLoss, "targets">, MyLoss>);

// OutOfRange: a rate that cannot be
struct Backwards : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (PlanRow& row : plan.rows) row.lr_scale *= -1;
  }
};
static_assert(tiny_is<OutOfRange<Backwards>, Backwards>);

// --- schedules: what they announce and what they have
struct Plain : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime&) { return 1; }
};
struct Moving : Plain {
  static constexpr Abilities has = MovesMomentum;
  static constexpr double momentum(const ScheduleTime&, const double*) { return 0.5; }
};
struct MisspeltMomentum : Plain {
  static constexpr Abilities has = MovesMomentum;
  static constexpr double momentm(const ScheduleTime&, const double*) { return 0.5; }
};
struct WrongMomentum : Plain {
  static constexpr Abilities has = MovesMomentum;
  static constexpr double momentum(int) { return 0.5; }
};
struct SilentMomentum : Plain {
  static constexpr double momentum(const ScheduleTime&, const double*) { return 0.5; }
};
struct SilentWrongMomentum : Plain {
  double momentum(int) const { return 0.5; }
};
static_assert(tiny_is<Accepted, Plain> && tiny_is<Accepted, Moving>);
static_assert(optimizer_at<Finetune<Tiny, Moving>>(defaults<Finetune<Tiny, Moving>>(), 0, 10).number<Momentum>() ==
              0.5);
static_assert(tiny_is<LacksItsMember<MisspeltMomentum, MovesMomentum>, MisspeltMomentum> &&
              tiny_is<LacksItsMember<WrongMomentum, MovesMomentum>, WrongMomentum> &&
              tiny_is<ActsUnannounced<SilentMomentum, MovesMomentum>, SilentMomentum> &&
              tiny_is<ActsUnannounced<SilentWrongMomentum, MovesMomentum>, SilentWrongMomentum>);
// ... within others, and in a phase
static_assert(tiny_is<LacksItsMember<MisspeltMomentum, MovesMomentum>, Jump<MisspeltMomentum>> &&
              tiny_is<ActsUnannounced<SilentMomentum, MovesMomentum>, Then<During<Epochs<2>, SilentMomentum>, Plain>> &&
              tiny_is<ActsUnannounced<SilentMomentum, MovesMomentum>, Phases<Phase<Epochs<1>, SilentMomentum>>>);
static_assert(tiny_is<Accepted, Jump<Moving>> && tiny_is<Accepted, PerEpoch<Plain>> &&
              tiny_is<Accepted, Then<During<Epochs<2>, Moving>, Plain>>);

struct Watching : Plain {
  static constexpr Abilities has = WatchesLoss;
  static constexpr PlateauState start(const double*) { return {}; }
};
struct MisspeltStart : Plain {
  static constexpr Abilities has = WatchesLoss;
  static constexpr PlateauState strt(const double*) { return {}; }
};
struct SilentWatch : Plain {
  static constexpr bool watches = true;
};
struct SilentStart : Plain {
  static constexpr PlateauState start(const double*) { return {}; }
};
static_assert(tiny_is<Accepted, Watching> && tiny_is<LacksItsMember<MisspeltStart, WatchesLoss>, MisspeltStart> &&
              tiny_is<ActsUnannounced<SilentWatch, WatchesLoss>, SilentWatch> &&
              tiny_is<ActsUnannounced<SilentStart, WatchesLoss>, SilentStart>);

struct Low : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime&) { return 0.5; }
};
struct LowJump : Low {
  static constexpr Abilities has = MayJump;
};
struct SilentJump : Low {
  static constexpr bool jumps = true;
};
static_assert(tiny_is<ScheduleJumps<Warmup<Epochs<1>>, Low>, Warmup<Epochs<1>>, Low> &&
              tiny_is<Accepted, Warmup<Epochs<1>>, LowJump> &&
              tiny_is<ActsUnannounced<SilentJump, MayJump>, Warmup<Epochs<1>>, SilentJump>);

struct Late : Plain {
  static constexpr Abilities has = KnowsNeverActs | KnowsTooLong;
  template <int N>
  static constexpr bool never_acts = N < 3;
  template <int N>
  static constexpr bool too_long = N < 5;
};
struct SilentLate : Plain {
  template <int N>
  static constexpr bool never_acts = N < 3;
};
struct SilentLong : Plain {
  static constexpr bool too_long = true;
};
struct MisspeltLate : Plain {
  static constexpr Abilities has = KnowsNeverActs;
  template <int N>
  static constexpr bool nevr_acts = N < 3;
};
struct LongOfNoKind : Plain {
  static constexpr Abilities has = KnowsTooLong;
  static constexpr bool too_long = true;
};
static_assert(tiny_is<ScheduleNeverActs<Late, 2>, Epochs<2>, Late> &&
              tiny_is<ScheduleTooLong<Late, 4>, Epochs<4>, Late> && tiny_is<Accepted, Epochs<5>, Late>);
static_assert(tiny_is<ActsUnannounced<SilentLate, KnowsNeverActs>, SilentLate> &&
              tiny_is<ActsUnannounced<SilentLong, KnowsTooLong>, SilentLong> &&
              tiny_is<LacksItsMember<MisspeltLate, KnowsNeverActs>, MisspeltLate> &&
              tiny_is<LacksItsMember<LongOfNoKind, KnowsTooLong>, LongOfNoKind>);
struct HasOfNoKind : Plain {
  static constexpr bool has = true;
};
struct MisspeltHas : Plain {
  static constexpr Abilities hs = MovesMomentum;
  static constexpr double momentum(const ScheduleTime&, const double*) { return 0.5; }
};
static_assert(tiny_is<LacksItsMember<HasOfNoKind, Member::has>, HasOfNoKind> &&
              tiny_is<ActsUnannounced<MisspeltHas, MovesMomentum>, MisspeltHas>);

// --- a demand on the recipe as a whole
struct LongOnly : PolicyTag {
  static constexpr Moments acts = OnEpoch;
  template <class Parts>
  using judge_recipe = Demand<(Parts::epochs >= 10), NeverStops<LongOnly, Parts::epochs>>;
};
static_assert(tiny_is<NeverStops<LongOnly, 5>, LongOnly, Epochs<5>> && tiny_is<Accepted, LongOnly, Epochs<10>>);

// --- numbers are called `numbers` or `numbers`, in a slot too
struct OwnWindow : PolicyTag {
  using slot = slots::Accumulate;
  static constexpr std::array numbers{Hyperparameter{.name = "window", .value = 3, .least = 1, .whole = true}};
};
static_assert(tiny_is<Accepted, OwnWindow>);

// --- who makes a step of several batches takes their gradients away, gives them back, and forgets them
template <Moments When, Order Where>
struct Gathers : PolicyTag {
  static constexpr Moments acts = When;
  static constexpr Order order = Where;
  static constexpr long long batches_per_step(const double*) { return 2; }
};
template <class P>
inline constexpr bool loses_batches = tiny_is<LacksItsMember<P, Member::batches_per_step>, P>;
static_assert(tiny_is<Accepted, Gathers<AfterBackward | OnGradients | OnDrop, Order::Collect>> &&
              loses_batches<Gathers<AfterBackward | OnGradients, Order::Collect>> &&
              loses_batches<Gathers<OnGradients | OnDrop, Order::Collect>> &&
              loses_batches<Gathers<AfterBackward | OnGradients | OnDrop, Order::Add>>);
struct GathersSilently : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr long long batches_per_step(const double*) { return 2; }
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    plan.rows[0].lr_scale = 0.5;
  }
};
static_assert(loses_batches<GathersSilently>);
