// The law of exact resume: n steps, save, load elsewhere, m steps are n + m steps, to the bit, for everything that a
// training remembers.
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;

namespace {

struct Dropping final
    : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 8, Window{3, 2, 1}>>, Named<"n", BatchNorm2d<8>>, ReLU>,
              Block<"body", Named<"b", Conv2d<8, 8, Window{3, 1, 1}>>, Named<"m", BatchNorm2d<8>>, ReLU, Dropout<0.3>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<8, 5>>>> {};

constexpr long long per_epoch = 3;

/// Steps `first` to `last`, with epochs' ends. What the training said is written down.
template <class R>
std::string steps(Trainer<R>& trainer, int first, int last) {
  std::string said;
  for (int i = first; i < last; ++i) {
    const at::Tensor x = at::randn({4, 3, 16, 16}, make_generator(static_cast<std::uint64_t>(i)));
    const at::Tensor y = at::arange(i, i + 4, at::kLong).remainder(2);
    said += std::to_string(trainer.step(x, y, trainer.steps_in(per_epoch)).loss) + " ";
    if ((i + 1) % per_epoch != 0) continue;
    trainer.finish_window(trainer.steps_in(per_epoch));
    EpochResult e;
    e.epoch = (i + 1) / static_cast<int>(per_epoch);
    e.train.loss_sum = i < 6 ? 9 - i : 4;  // falls, then does not
    e.train.count = 1;
    said += trainer.epoch_done(e) ? "goes on " : "ends ";
  }
  return said;
}

template <class R>
void resumes_as(int n, int m) {
  INFO(type_name<R>() << " after " << n);
  Settings other = defaults<R>();
  other.seed = 99;  // everything comes from the archive
  Trainer<R> through(defaults<R>()), before(defaults<R>()), after(other);
  Archive archive;
  const std::string first = steps(through, 0, n), rest = steps(through, n, n + m);
  CHECK(steps(before, 0, n) == first);
  save(before, archive);
  steps(before, n, n + m);  // the archive holds copies
  load(after, archive);
  CHECK(steps(after, n, n + m) == rest);
  REQUIRE(after.steps_done() == through.steps_done());
  for (std::size_t i = 0; i < through.tensors().size(); ++i) {
    CHECK(after.tensors()[i].equal(through.tensors()[i]));
    CHECK(after.best_tensors()[i].equal(through.best_tensors()[i]));
  }
  const at::Tensor x = at::randn({2, 3, 16, 16}, make_generator(5));
  CHECK(after.logits(x).equal(through.logits(x)));
  // and into one that has gone on otherwise
  Trainer<R> used(other);
  steps(used, 0, 4);
  CHECK(used.logits(x).size(0) == 2);  // what it prepared for this is not used again
  load(used, archive);
  CHECK(steps(used, n, n + m) == rest);
  CHECK(used.logits(x).equal(through.logits(x)));
}

template <class... Ps>
void resumes() {
  for (const int n : {0, 1, 4, 6}) resumes_as<Finetune<Dropping, ReplaceHead<2>, Ps...>>(n, 7);
}

/// One's own, with a member of each kind.
struct Own : PolicyTag {
  static constexpr Moments acts = OnStart | OnGradients;
  static constexpr Order order = Order::Add;
  std::vector<at::Tensor> sums;
  std::string name;
  long long steps = 0;
  std::optional<double> scale;
  at::Tensor history;  // grows
  template <class C>
  void on_start(const C& c) {
    for (const at::Tensor& w : c.tensors) sums.push_back(w.clone().zero_());
    name = "it began";
    history = at::zeros({1});
  }
  template <class C>
  void on_gradients(const C& c) {
    std::size_t i = 0;
    for (const at::Tensor& g : c.gradients) g.add_(sums[i++].add_(g), scale.value_or(0.5));
    history = at::cat({history, c.gradients[0].abs().sum().view({1}).to(at::kFloat)});
    if (++steps == 3) scale = static_cast<double>(name.size()) / 100;
  }
  void state(Archive& a) {
    a("sums", sums);
    a("name", name);
    a("steps", steps);
    a("scale", scale);
    a("history", history);
  }
};

}  // namespace

TEST_CASE("a training goes on elsewhere as if nothing had been: optimizers") {
  resumes<Sgd<Lr<1e-2>, Momentum<0.9>>>();
  resumes<Sgd<Lr<1e-2>>>();
  resumes<AdamW<Lr<1e-3>>>();
  resumes<Adam<Lr<1e-3>, AmsGrad>>();
  resumes<RmsProp<Lr<1e-3>, Momentum<0.9>, Centered>>();
  resumes<Adagrad<Lr<1e-2>>>();
  resumes<Lion<Lr<1e-4>>>();
}

TEST_CASE("a training goes on elsewhere as if nothing had been: policies that act") {
  resumes<Sgd<Lr<1e-2>>, Ema<0.9>>();
  resumes<Sgd<Lr<1e-2>>, Ema<0.9, EmaWarmup<>>>();
  resumes<AdamW<Lr<1e-3>>, ClipNorm<0.1>, L2Sp<0.1, 0.1>>();
  resumes<Sgd<Lr<1e-2>>, ClipValue<1e-3>, EarlyStop<Patience<2>>>();
  resumes<Sgd<Lr<1e-2>>, Mixup<0.4>>();
  resumes<Sgd<Lr<1e-2>>, MixupOrCutMix<>>();
  resumes<AdamW<Lr<1e-3>>, Accumulate<2>>();
  resumes<Sgd<Lr<1e-2>>, Sam<0.05>>();
  resumes<Sgd<Lr<1e-2>>, RDrop<1>, Fgm<0.5, Head>>();
  for (const int n : {0, 4}) resumes_as<Finetune<Dropping, Sgd<Lr<1e-2>>, Mixout<0.7, All>>>(n, 7);
  resumes<Sgd<Lr<1e-2>, Momentum<0.9>>, Swa<Epochs<1>>>();
  resumes<Sgd<Lr<1e-2>>, Precision<FP16>>();
  resumes<Sgd<Lr<1e-2>>, Own>();
  resumes<Sgd<Lr<1e-2>>, Own, Ema<0.9>, Sam<0.05>, ClipNorm<1>, Mixup<>, Accumulate<2>>();
}

TEST_CASE("a training goes on elsewhere as if nothing had been: schedules and phases") {
  resumes<Sgd<Lr<1e-2>>, Plateau<0.5, Patience<1>>>();
  resumes<Sgd<Lr<1e-2>>, CosineLr, Warmup<Steps<3>>>();
  resumes<Sgd<Lr<1e-2>, Momentum<0.9>>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<4>, Lr<1e-3>>>,
          Ema<0.9>>();
}

namespace {

/// Begins with the weights that are loaded.
struct Teacher : PolicyTag {
  static constexpr Moments acts = OnStart;
  using keeps = Nothing;
  double sum = 0;
  long long steps_per_epoch = 0, step = 0;
  template <class C>
  void on_start(const C& c) {
    for (const at::Tensor& w : c.tensors) sum += w.sum().template item<double>();
    steps_per_epoch = c.at.steps_per_epoch;
    step = c.at.step;
  }
};

}  // namespace

TEST_CASE("behaviours begin anew where the training stands when it is loaded") {
  using R = Finetune<Dropping, ReplaceHead<2>, Sgd<Lr<1e-2>>, Teacher>;
  Trainer<R> a(defaults<R>());
  steps(a, 0, 4);
  Archive archive;
  save(a, archive);
  double sum = 0;
  for (std::size_t i = 0; i < a.tensors().size(); ++i)
    if (!table<R::model>.rows[i].is_buffer()) sum += a.tensors()[i].sum().item<double>();
  Settings other = defaults<R>();
  other.seed = 5;
  Trainer<R> b(other);
  load(b, archive);
  CHECK(b.behaviour<Teacher>().sum == Approx(sum));
  CHECK(b.behaviour<Teacher>().steps_per_epoch == per_epoch);
  CHECK(b.behaviour<Teacher>().step == 4);
}

TEST_CASE("what was saved by another recipe is refused") {
  using A = Finetune<Dropping, ReplaceHead<2>, Sgd<Lr<1e-2>>>;
  using B = Finetune<Dropping, ReplaceHead<2>, Sgd<Lr<1e-2>>, EarlyStop<Patience<2>>>;
  using C = Finetune<Dropping, ReplaceHead<3>, Sgd<Lr<1e-2>>>;
  Trainer<A> a(defaults<A>());
  Trainer<B> b(defaults<B>());
  Trainer<C> c(defaults<C>());
  steps(a, 0, 2);
  steps(b, 0, 2);
  Archive of_a, of_b;
  save(a, of_a);
  save(b, of_b);
  CHECK_THROWS_WITH(load(b, of_a),
                    Catch::Contains("another recipe") && Catch::Contains("only here: EarlyStop<Patience<2>, 0>"));
  CHECK_THROWS_WITH(load(a, of_b), Catch::Contains("only there: EarlyStop<Patience<2>, 0>"));
  CHECK_THROWS_WITH(load(c, of_a), Catch::Contains("only there: ReplaceHead<2>; only here: ReplaceHead<3>"));
  // ... and if that is allowed, what does not fit
  CHECK_THROWS_WITH(load(b, of_a, OtherRecipe::Allowed), Catch::Contains("is not in what was saved"));
  CHECK_THROWS_WITH(load(a, of_b, OtherRecipe::Allowed), Catch::Contains("nobody here has it"));
  CHECK_THROWS_WITH(load(c, of_a, OtherRecipe::Allowed), Catch::Contains("another shape"));
}

TEST_CASE("a recipe that freezes something else, is longer or has other phases is another one") {
  using A = Finetune<Dropping, ReplaceHead<2>, Sgd<Lr<1e-2>>, Epochs<3>>;
  Trainer<A> a(defaults<A>());
  steps(a, 0, 2);
  Archive archive;
  save(a, archive);
  const auto refused = [&]<class R>(Type<R>, const char* what) {
    Trainer<R> b(defaults<R>());
    CHECK_THROWS_WITH(load(b, archive), Catch::Contains(what));
    load(b, archive, OtherRecipe::Allowed);  // it fits, and somebody asked
    CHECK(b.steps_done() == 2);
  };
  refused(Type<Append<A, FrozenStats<All>>>{}, "only here: FrozenStats<All>");
  refused(Type<Replace<A, slots::Epochs, Epochs<4>>>{}, "only there: Epochs<3>; only here: Epochs<4>");
  refused(Type<Replace<A, slots::Epochs, Phases<Phase<Epochs<1>, LrScale<Head, 2>>, Phase<Epochs<2>>>>>{},
          "only here: Phases<Phase<Epochs<1>, LrScale<Head, 2>>, Phase<Epochs<2>>>");
  Trainer<canonical<A>> same(defaults<canonical<A>>());  // another order
  load(same, archive);
  // what was saved when recipes were not written down
  const_cast<std::map<std::string, std::string>&>(archive.bytes()).erase("recipe");
  Trainer<Append<A, FrozenStats<All>>> old(defaults<Append<A, FrozenStats<All>>>());
  load(old, archive);
  CHECK(old.steps_done() == 2);
}

TEST_CASE("an archive names what is said twice, and gives back what was put in") {
  Archive a;
  int x = 3;
  a("x", x);
  CHECK_THROWS_WITH(a("x", x), Catch::Contains("named twice"));
  std::vector<std::string> words{"a", ""};
  std::optional<int> none, some = 4;
  at::Tensor undefined;
  a("words", words);
  a("none", none);
  a("some", some);
  a("undefined", undefined);
  a.read_from_start();
  x = 0;
  words = {"b"};
  none = 7;
  some.reset();
  undefined = at::randn({2});
  a("x", x);
  a("words", words);
  a("none", none);
  a("some", some);
  CHECK_THROWS_WITH(a.check_all_read(), Catch::Contains("undefined"));
  a("undefined", undefined);
  a.check_all_read();
  CHECK(x == 3);
  CHECK(words == std::vector<std::string>{"a", ""});
  CHECK_FALSE(none);
  CHECK(some == 4);
  CHECK_FALSE(undefined.defined());
  double wide = 0;
  CHECK_THROWS_WITH(a("x", wide), Catch::Contains("something else"));
}
