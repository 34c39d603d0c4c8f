// Refusals of policies that act: what they say of when, and what they have; what several of them do at one moment.
#include "../verdicts.hpp"
#include "tuneit/engine/behaviour/judge.hpp"
using namespace tuneit;

struct Watch : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Read;
  using keeps = Nothing;
  double norm = 0;
  template <class C>
  void on_gradients(const C& c) {
    norm = c.gradients.norm();
  }
};
template <auto Std>
struct GradientNoise : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Add;
  static constexpr std::array numbers{Hyperparameter{.name = "noise", .value = Std}};
  template <class C>
  void on_gradients(const C&) const {}
};
struct Elsewhere : PolicyTag {  // what it does is in Behaviour<Elsewhere, R>
  static constexpr Moments acts = OnStart | AfterStep;
};
static_assert(tiny_is<Accepted, Watch, GradientNoise<0.1>, Elsewhere, ReplaceHead<2>>);
static_assert(tiny_is<Accepted, Watch, GradientNoise<0.1>, ClipNorm<1>, L2Sp<0.1>, Ema<0.9>, Sam<>, Mixup<>,
                      ReplaceHead<2>, EarlyStop<Patience<2>>>);
using R = Finetune<Tiny, ReplaceHead<2>, Watch, LrScale<Head, 10>, GradientNoise<0.1>>;
static_assert(defaults<R>().values[1] == 0.1 && value_of<R, GradientNoise<0.1>>(defaults<R>()) == 0.1);
static_assert(hyperparameters<R>[1].name == std::string_view("noise"));

// --- what is said and what is there
struct Silent : PolicyTag {
  template <class C>
  void after_step(const C&) {}
};
struct MisspeltActs : PolicyTag {
  static constexpr Moments act = AfterStep;
  template <class C>
  void after_step(const C&) {}
};
struct More : PolicyTag {
  static constexpr Moments acts = OnStart;
  template <class C>
  void on_start(const C&) {}
  void on_epoch(int) {}
};
struct Nowhere : PolicyTag {
  static constexpr Moments act = AfterStep;
};
struct WrongType : PolicyTag {
  static constexpr int acts = 3;
};
struct NotConstexpr : PolicyTag {
  static inline Moments acts = AfterStep;
};
struct NoOrder : PolicyTag {
  static constexpr Moments acts = OnGradients;
};
struct WrongEffects : PolicyTag {
  static constexpr Moments acts = AfterStep;
  static constexpr bool effects = true;
};
struct WrongNumbers : PolicyTag {
  static constexpr Moments acts = AfterStep;
  static constexpr std::array numbers{1.0, 2.0};
};
static_assert(tiny_is<ActsUnannounced<Silent, AfterStep>, Silent>);
static_assert(tiny_is<ActsUnannounced<MisspeltActs, AfterStep>, MisspeltActs>);
static_assert(tiny_is<ActsUnannounced<More, OnEpoch>, More>);
static_assert(tiny_is<DoesNothing<Nowhere>, Nowhere>);
static_assert(tiny_is<LacksItsMember<WrongType, Member::acts>, WrongType>);
static_assert(tiny_is<LacksItsMember<NotConstexpr, Member::acts>, NotConstexpr>);
static_assert(tiny_is<LacksItsMember<NoOrder, Member::order>, NoOrder>);
static_assert(tiny_is<LacksItsMember<WrongEffects, Member::effects>, WrongEffects>);
static_assert(tiny_is<LacksItsMember<WrongNumbers, Member::numbers>, WrongNumbers>);

struct NoMoment : PolicyTag {
  static constexpr Moments acts = static_cast<Moments>(1U << 20);
};
struct NoPlace : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = static_cast<Order>(9);
};
struct OrderOfNothing : PolicyTag {
  static constexpr Moments acts = AfterStep;
  static constexpr Order order = Order::Add;
};
struct EffectsType : PolicyTag {
  static constexpr Moments acts = AfterStep;
  struct effects {};
};
struct NumbersOfRun : PolicyTag {
  static constexpr Moments acts = AfterStep;
  static inline std::array numbers{Hyperparameter{.name = "x", .value = 1}};
};
struct NumbersInC : PolicyTag {
  static constexpr Moments acts = AfterStep;
  static constexpr Hyperparameter numbers[] = {{.name = "x", .value = 1}};
};
static_assert(tiny_is<LacksItsMember<NoMoment, Member::acts>, NoMoment>);
static_assert(tiny_is<LacksItsMember<NoPlace, Member::order>, NoPlace>);
static_assert(tiny_is<ActsUnannounced<OrderOfNothing, OnGradients>, OrderOfNothing>);
static_assert(tiny_is<LacksItsMember<EffectsType, Member::effects>, EffectsType>);
static_assert(tiny_is<LacksItsMember<NumbersOfRun, Member::numbers>, NumbersOfRun>);
static_assert(tiny_is<LacksItsMember<NumbersInC, Member::numbers>, NumbersInC>);

// --- several at one moment
struct Limits : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Limit;
};
struct Reduces : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Reduce;
};
struct Around : PolicyTag {
  static constexpr Moments acts = AroundGradients;
};
struct Batches : PolicyTag {
  static constexpr Moments acts = OnBatch;
};
template <int>
struct Writes : PolicyTag {
  static constexpr Moments acts = AfterStep;
  static constexpr Effects effects{.writes_weights = true};
};
struct Averages : PolicyTag {
  static constexpr Moments acts = BeforeEvaluation;
};
// what acts because of its slot
struct Scales : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Scale;
};
struct Collects : PolicyTag {
  static constexpr Moments acts = AfterBackward | OnGradients;
  static constexpr Order order = Order::Collect;
};
struct LooksBehind : PolicyTag {
  static constexpr Moments acts = AfterBackward;
};
struct Rates : PolicyTag {
  static constexpr Moments acts = OnRate;
};
struct Outs : PolicyTag {
  static constexpr Moments acts = OnOutputs;
  static constexpr Order order = Order::Collect;
};
static_assert(tiny_is<SameOrder<Precision<FP16>, Scales>, Precision<FP16>, Scales>);
static_assert(tiny_is<Accepted, Precision<FP32>, Scales> && tiny_is<Accepted, Precision<FP16>, ClipNorm<1>, Outs>);
static_assert(tiny_is<SameOrder<Collects, Accumulate<2>>, Collects, Accumulate<2>>);
static_assert(tiny_is<Accepted, Outs, Accumulate<2>, LooksBehind, Sam<>>);
static_assert(tiny_is<OrderMatters<Plateau<>, Rates>, Plateau<>, Rates> && tiny_is<Accepted, CosineLr, Rates>);
static_assert(batches_per_step<Finetune<Tiny, Accumulate<4>>>(defaults<Finetune<Tiny, Accumulate<4>>>()) == 4);
static_assert(steps_of_batches<Finetune<Tiny, Accumulate<4>>>(defaults<Finetune<Tiny, Accumulate<4>>>(), 9) == 3);
static_assert(!recipe_effects<Finetune<Tiny, Sam<>>>.gathers_batches);

static_assert(tiny_is<SameOrder<Limits, ClipNorm<1>>, Limits, ClipNorm<1>>);
static_assert(tiny_is<SameOrder<ClipValue<1>, Limits>, ClipValue<1>, Watch, Limits>);
static_assert(tiny_is<Accepted, Limits, Reduces, Watch>);
static_assert(tiny_is<OrderMatters<Around, Sam<>>, Around, Sam<>>);
static_assert(tiny_is<OrderMatters<Batches, Mixup<>>, Batches, Mixup<>, ReplaceHead<2>>);
static_assert(tiny_is<OrderMatters<Writes<1>, Writes<2>>, Writes<1>, Writes<2>>);
static_assert(tiny_is<Accepted, Writes<1>, Ema<0.9>, Elsewhere>);
static_assert(tiny_is<Contradiction<Averages, Ema<0.9>>, Averages, Ema<0.9>>);
static_assert(tiny_is<Contradiction<Ema<0.9>, Swa<Epochs<1>>>, Ema<0.9>, Swa<Epochs<1>>>);
static_assert(tiny_is<Contradiction<Watch, Watch>, Watch, Watch>);
static_assert(tiny_is<Accepted, Phases<Phase<Epochs<1>, Watch>, Phase<Epochs<1>>>>);
static_assert(tiny_is<SameOrder<ClipNorm<1>, Limits>, ClipNorm<1>, Phases<Phase<Epochs<1>, Limits>, Phase<Epochs<1>>>>);

// --- after: who is called later, whatever the recipe's order
struct BehindMixup : Batches {
  using after = List<Mixup<>, CutMix<>>;  // also where one of them is not there
};
struct WithinSam : Around {
  using after = List<Sam<>>;
};
struct Last : Writes<3> {
  using after = List<Writes<1>, Writes<2>>;
};
struct Middle : Writes<4> {
  using after = List<Writes<1>>;
};
struct End : Writes<5> {
  using after = List<Middle>;
};
struct LimitsLater : Limits {
  using after = List<ClipNorm<1>>;
};
static_assert(tiny_is<Accepted, BehindMixup, Mixup<>> && tiny_is<Accepted, Mixup<>, BehindMixup>);
static_assert(tiny_is<OrderMatters<BehindMixup, Mixup<0.5>>, BehindMixup, Mixup<0.5>>);
static_assert(tiny_is<Accepted, WithinSam, Sam<>> && tiny_is<Accepted, Sam<>, WithinSam>);
static_assert(tiny_is<OrderMatters<Around, WithinSam>, Around, WithinSam>);
static_assert(tiny_is<Accepted, Last, Writes<1>> &&
              tiny_is<OrderMatters<Writes<1>, Writes<2>>, Last, Writes<1>, Writes<2>>);
static_assert(tiny_is<Accepted, End, Writes<1>, Middle>);  // by the one in between
static_assert(tiny_is<OrderMatters<End, Writes<1>>, End, Writes<1>>);
static_assert(tiny_is<Accepted, LimitsLater, ClipNorm<1>> &&
              tiny_is<SameOrder<ClipNorm<2>, LimitsLater>, ClipNorm<2>, LimitsLater>);
template <class... Ps>
using called = typename detail::CallingOrder<List<Ps...>>::type;
static_assert(std::is_same_v<called<End, Ema<0.9>, Middle, Writes<1>>, List<Ema<0.9>, Writes<1>, Middle, End>>);
static_assert(std::is_same_v<called<Writes<2>, Writes<1>>, List<Writes<2>, Writes<1>>>);
struct B;
struct A : Batches {
  using after = List<B>;
};
struct C : Batches {
  using after = List<A>;
};
struct B : Batches {
  using after = List<C>;
};
struct Itself : Batches {
  using after = List<Itself>;
};
struct NoList : Batches {
  using after = Mixup<>;
};
struct NoPolicies : Batches {
  using after = List<Mixup<>, int>;
};
struct AfterIsAValue : Batches {
  static constexpr int after = 1;
};
static_assert(tiny_is<AfterEachOther<A, C>, A, C, B> && tiny_is<Accepted, C, A>);
static_assert(tiny_is<AfterEachOther<Itself, Itself>, Itself>);
static_assert(tiny_is<LacksItsMember<NoList, Member::after>, NoList>);
static_assert(tiny_is<LacksItsMember<NoPolicies, Member::after>, NoPolicies>);
static_assert(tiny_is<LacksItsMember<AfterIsAValue, Member::after>, AfterIsAValue>);

// --- c.hold()
struct Skips : PolicyTag {
  static constexpr Moments acts = BeforeStep;
  static constexpr Effects effects{.skips_steps = true};
};
static_assert(std::is_same_v<hold_verdict<Finetune<Tiny, Rates>>, HoldsUnannounced<Finetune<Tiny, Rates>>>);
static_assert(std::is_same_v<hold_verdict<Finetune<Tiny, Rates, Skips>>, Accepted>);

// --- Sam and Swa
static_assert(tiny_is<OutOfRange<Sam<0>>, Sam<0>>);
static_assert(tiny_is<NotADuration<Swa<Steps<2>>, Steps<2>>, Swa<Steps<2>>>);
static_assert(tiny_is<ScheduleNeverActs<Swa<Epochs<5>>, 5>, Swa<Epochs<5>>, Epochs<5>>);
static_assert(tiny_is<Accepted, Swa<Epochs<4>>, Epochs<5>>);

// --- R-Drop, words that are moved, mixout
using Drops = ReplaceHead<2, Dropout<0.1>>;
static_assert(tiny_is<DrawsNothing<Tiny, RDrop<1>>, RDrop<1>> && tiny_is<Accepted, Drops, RDrop<1>, Fgm<1, Head>>);
static_assert(tiny_is<OutOfRange<RDrop<0>>, Drops, RDrop<0>> &&
              tiny_is<OrderMatters<RDrop<1>, Mixup<>>, Drops, RDrop<1>, Mixup<>>);
static_assert(tiny_is<DistillNeedsClasses<RDrop<1>, BinaryCrossEntropy<>>, Drops, RDrop<1>, BinaryCrossEntropy<>>);
static_assert(tiny_is<ActsOnNothing<Tiny, Fgm<1, Backbone>>, Fgm<1, Backbone>, Freeze<Backbone>>);
static_assert(tiny_is<ActsOnNothing<Tiny, Mixout<0.5, Backbone>>, Mixout<0.5, Backbone>>);  // only the head is linear
static_assert(tiny_is<ActsOnNothing<Tiny, Mixout<0.5, All>>, Mixout<0.5, All>, ReplaceHead<2>>);
static_assert(tiny_is<Accepted, Mixout<0.5, All>> && tiny_is<OutOfRange<Mixout<1.0, All>>, Mixout<1.0, All>>);
static_assert(tiny_is<ActsOnNothing<Tiny, FreeLb<2, 0.1, 0, 0, Norms>>, FreeLb<2, 0.1, 0, 0, Norms>>);
static_assert(tiny_is<OrderMatters<Sam<>, Mixout<0.5, All>>, Sam<>, Mixout<0.5, All>>);
static_assert(memory<Finetune<Tiny, Drops, RDrop<1>>>(8, 16).activations ==
              memory<Finetune<Tiny, Drops>>(16, 16).activations);

// --- what planners ask
static_assert(recipe_effects<Finetune<Tiny, Ema<0.9>>>.averages_weights && !recipe_effects<R>.averages_weights);
static_assert(recipe_effects<Finetune<Tiny, Ema<0.9>, L2Sp<0.1>, Sam<>>>.weight_copies == 3);
template <class... Ps>
inline constexpr std::int64_t copies = memory<Finetune<Tiny, Freeze<Layers<0, 1>>, Ps...>>(8, 16).copies;
static_assert(copies<> == 0 && copies<Watch> == 0);
static_assert(copies<Ema<0.9>> == 4 * trainable_parameters<Finetune<Tiny, Freeze<Layers<0, 1>>>> &&
              copies<Ema<0.9>, Sam<>> == 3 * copies<Ema<0.9>>);
static_assert(copies<Accumulate<4>> == copies<Ema<0.9>>);  // the window
static_assert(memory<Finetune<Tiny, Ema<0.9>>>(8, 16).total() ==
              memory<Finetune<Tiny>>(8, 16).total() + memory<Finetune<Tiny, Ema<0.9>>>(8, 16).copies);
static_assert(recipe_effects<Finetune<Tiny, Batches>>.changes_inputs && !recipe_effects<R>.changes_inputs);

// --- in a trainer: LacksItsMember, ActsUnannounced, StateNotSaved
struct Context {};
struct Batch {};
struct Gives {};
struct Averaged {};
struct Epoch {};
struct States {};
template <class P, class B = P>
using asked = typename decltype(detail::judge_behaviour<
                                P, B, detail::MomentTypes<Context, Batch, Gives, Averaged, Epoch, States>>())::type;
template <class Expected, class P, class B = P>
inline constexpr bool asked_is = std::is_same_v<asked<P, B>, Expected>;
struct Misspelt : PolicyTag {
  static constexpr Moments acts = AfterStep;
  void after_stp(const Context&) {}
};
struct OtherArguments : PolicyTag {
  static constexpr Moments acts = AfterStep;
  void after_step(int) {}
};
struct TakesMutable : PolicyTag {
  static constexpr Moments acts = AfterStep;
  void after_step(Context&) {}
};
class Private : public PolicyTag {
  void after_step(const Context&) {}

 public:
  static constexpr Moments acts = AfterStep;
};
struct OtherAnswer : PolicyTag {
  static constexpr Moments acts = OnEpoch;
  bool on_epoch(const Epoch&, const Context&) { return true; }
};
struct NotConst : PolicyTag {
  static constexpr Moments acts = BeforeEvaluation;
  const Averaged& before_evaluation(const Averaged& own) { return own; }
};
struct Forgets : PolicyTag {
  static constexpr Moments acts = AfterStep;
  int steps = 0;
  void after_step(const Context&) { ++steps; }
};
struct Remembers : Forgets {
  void state(States&) {}
};
struct NeedsNothing : Forgets {
  using keeps = Nothing;
};
struct WrongState : Forgets {
  void state(int) {}
};
static_assert(asked_is<LacksItsMember<Misspelt, AfterStep>, Misspelt>);
static_assert(asked_is<LacksItsMember<OtherArguments, AfterStep>, OtherArguments>);
static_assert(asked_is<LacksItsMember<TakesMutable, AfterStep>, TakesMutable>);
static_assert(asked_is<LacksItsMember<Private, AfterStep>, Private>);
static_assert(asked_is<LacksItsMember<OtherAnswer, OnEpoch>, OtherAnswer>);
static_assert(asked_is<LacksItsMember<NotConst, BeforeEvaluation>, NotConst>);
static_assert(asked_is<StateNotSaved<Forgets>, Forgets> && asked_is<StateNotSaved<WrongState>, WrongState>);
static_assert(asked_is<Accepted, Remembers> && asked_is<Accepted, NeedsNothing>);
struct Final final : PolicyTag {
  static constexpr Moments acts = AfterStep;
  void after_step(const Context&) {}
};
struct NoDefault : PolicyTag {
  static constexpr Moments acts = AfterStep;
  explicit NoDefault(int) {}
  void after_step(const Context&) {}
};
static_assert(asked_is<LacksItsMember<Final, Member::not_final>, Final, Behaviour<Final, int>>);
static_assert(asked_is<LacksItsMember<NoDefault, Member::constructor>, NoDefault>);
struct Behind {  // the behaviour of a tag
  void on_start(const Context&) {}
  void after_step(const Context&) {}
  void before_step(const Context&) {}
};
static_assert(asked_is<ActsUnannounced<Elsewhere, BeforeStep>, Elsewhere, Behind>);

// --- Distill
struct GreyTeacher final : Network<Input<1, 8>, Block<"fc", GlobalAvgPool, Named<"fc", Linear<1, 10>>>> {};
struct Small5 final : Network<Input<3, 8>, Block<"c", Named<"a", Conv2d<3, 8, Window{3, 1, 1}>>, ReLU>,
                              Block<"fc", GlobalAvgPool, Named<"fc", Linear<8, 5>>>> {};
template <class... O>
using FromTiny = Distill<Tiny, O...>;
static_assert(tiny_is<Accepted, FromTiny<>> && tiny_is<Accepted, FromTiny<Temperature<2>, SoftShare<0.9>>, Mixup<>>);
static_assert(tiny_is<Accepted, Distill<Finetune<Small5, ReplaceHead<7>>>, ReplaceHead<7>>);
static_assert(tiny_is<Accepted, Distill<Finetune<Small5, ReplaceHead<Dynamic>>>, ReplaceHead<7>>);
static_assert(tiny_is<Accepted, FromTiny<>, ReplaceHead<Dynamic>>);  // seen at run time
static_assert(tiny_is<NotATeacher<Distill<int>, int>, Distill<int>>);
static_assert(tiny_is<NotATeacher<Distill<Freeze<Head>>, Freeze<Head>>, Distill<Freeze<Head>>>);
static_assert(tiny_is<TeacherDoesNotFit<FromTiny<>, TeacherHas::outputs, 10, 7>, FromTiny<>, ReplaceHead<7>>);
static_assert(tiny_is<TeacherDoesNotFit<Distill<GreyTeacher>, TeacherHas::channels, 1, 3>, Distill<GreyTeacher>>);
static_assert(tiny_is<DistillNeedsClasses<FromTiny<>, MeanSquaredError<>>, FromTiny<>, MeanSquaredError<>>);
static_assert(tiny_is<NotAnOption<FromTiny<Momentum<0.9>>, Momentum<0.9>>, FromTiny<Momentum<0.9>>>);
static_assert(tiny_is<OutOfRange<FromTiny<SoftShare<1.5>>>, FromTiny<SoftShare<1.5>>>);
static_assert(tiny_is<OutOfRange<FromTiny<Temperature<0>>>, FromTiny<Temperature<0>>>);
static_assert(tiny_is<Contradiction<FromTiny<>, Distill<Finetune<Small5, ReplaceHead<10>>>>, FromTiny<>,
                      Distill<Finetune<Small5, ReplaceHead<10>>>>);
using Taught = Finetune<Tiny, FromTiny<SoftShare<0.9>>, Freeze<Layers<0, 1>>>;
static_assert(value_of<Taught, FromTiny<SoftShare<0.9>>>(defaults<Taught>()) == 4);
static_assert(value_of<Taught, FromTiny<SoftShare<0.9>>, 1>(defaults<Taught>()) == 0.9);
static_assert(feature_count<Taught>() == 0 && feature_count<Finetune<Tiny, Freeze<Layers<0, 1>>>>() > 0);
static_assert(!recipe_effects<Taught>.changes_inputs && recipe_effects<Taught>.sees_inputs);
// memory: the teacher's weights, and what it makes of a batch where that is more than the network's own step
static_assert(memory<Taught>(8, 16).beside >= 4 * (trainable_parameters<Finetune<Tiny>>));
static_assert(memory<Finetune<Tiny, Freeze<Layers<0, 1>>>>(8, 16).beside == 0);
static_assert(memory<Finetune<Small5, ReplaceHead<1000>, Distill<ResNet18>>>(8, 64).total() >
              memory<Finetune<Small5, ReplaceHead<1000>>>(8, 64).total() + 4 * 11'689'512 + 2 * 8 * 64 * 32 * 32 * 4);
struct NoMemory : PolicyTag {
  static constexpr Moments acts = AfterStep;
  static constexpr Effects effects{.memory = true};
};
struct MemoryUnsaid : PolicyTag {
  static constexpr Moments acts = AfterStep;
  template <class S>
  static constexpr PolicyMemory memory(const S&) {
    return {};
  }
};
struct Megabyte : MemoryUnsaid {
  static constexpr Effects effects{.memory = true};
  template <class S>
  static constexpr PolicyMemory memory(const S&) {
    return {1'000'000, 0};
  }
};
static_assert(tiny_is<LacksItsMember<NoMemory, Member::memory>, NoMemory>);
static_assert(tiny_is<LacksItsMember<MemoryUnsaid, Member::effects>, MemoryUnsaid>);
static_assert(memory<Finetune<Tiny, Megabyte>>(8, 16).total() == memory<Finetune<Tiny>>(8, 16).total() + 1'000'000);
