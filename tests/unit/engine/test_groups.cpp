// Groups of tensors with an optimizer, a limit and a schedule of their own: each moves as a training would that has
// these for all.
#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

template <class... Ps>
using Of = Finetune<Small, ReplaceHead<3>, Precision<FP64>, Ps...>;
using HeadGroup = GroupOf<Head, AdamW<Lr<3e-3>>>;

std::pair<at::Tensor, at::Tensor> batch(int seed) {
  const auto g = make_generator(static_cast<std::uint64_t>(seed));
  return {at::randn({6, 3, 16, 16}, g, at::TensorOptions(at::kDouble)), at::randint(3, {6}, g, at::kLong)};
}
template <class R>
Settings on_cpu() {
  Settings s = defaults<R>();
  s.device = DeviceKind::Cpu;
  return s;
}
template <class R>
void steps(Trainer<R>& t, int first, int last) {
  for (int i = first; i < last; ++i) {
    const auto [x, y] = batch(i);
    t.step(x, y, 4);
  }
}
template <class R>
Tensors after(int count, const Settings& s = on_cpu<R>()) {
  Trainer<R> t(s);
  steps(t, 0, count);
  Tensors out;
  for (const at::Tensor& x : t.tensors()) out.push_back(x.clone());
  return out;
}
bool in_head(std::size_t row) { return table<Small>.name(row).starts_with("fc."); }
bool is_buffer(std::size_t row) { return table<Small>.rows[row].is_buffer(); }

}  // namespace

TEST_CASE("a group that says what the recipe says changes nothing, to the bit") {
  using Plain = Of<Sgd<Lr<0.05>, Momentum<0.9>>, CosineLr, Warmup<Steps<2>>>;
  using Same = Of<Sgd<Lr<0.05>, Momentum<0.9>>, CosineLr, Warmup<Steps<2>>,
                  GroupOf<Head, CosineLr, Sgd<Lr<0.05>, Momentum<0.9>>>, GroupOf<Norms, Lr<0.05>>,
                  GroupOf<Layer<"a">, Warmup<Steps<2>>>>;
  const Tensors a = after<Plain>(7), b = after<Same>(7);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i].equal(b[i]));
}

TEST_CASE("first steps of a group are those of its optimizer, and of the rest those of the recipe's") {
  using Sgds = Of<Sgd<Lr<0.05>>>;
  using Adams = Of<AdamW<Lr<3e-3>>>;
  using Both = Of<Sgd<Lr<0.05>>, HeadGroup>;
  const Tensors a = after<Sgds>(1), b = after<Adams>(1), both = after<Both>(1);
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(table<Small>.name(i));
    CHECK(both[i].equal(in_head(i) ? b[i] : a[i]));
    if (!is_buffer(i)) CHECK_FALSE(a[i].equal(b[i]));
  }
}

TEST_CASE("a group alone trains as a recipe of its optimizer does") {
  using Adams = Of<Freeze<Backbone>, AdamW<Lr<3e-3>>, CosineLr>;
  using Group = Of<Freeze<Backbone>, Sgd<Lr<0.05>>, GroupOf<Head, AdamW<Lr<3e-3>>, CosineLr>>;
  const Tensors a = after<Adams>(6), b = after<Group>(6);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i].equal(b[i]));
}

TEST_CASE("scales of rates and decay hold within groups, whatever the order") {
  using A = Of<Sgd<Lr<0.05>>, LrScale<Layer<"fc.bias">, 2>, NoDecay<Biases>,
               GroupOf<Head, AdamW<Lr<3e-3>, WeightDecay<0.5>>>>;
  using B = Of<GroupOf<Head, AdamW<Lr<3e-3>, WeightDecay<0.5>>>, NoDecay<Biases>, LrScale<Layer<"fc.bias">, 2>,
               Sgd<Lr<0.05>>>;
  using Adams = Of<AdamW<Lr<3e-3>, WeightDecay<0.5>>, LrScale<Layer<"fc.bias">, 2>, NoDecay<Biases>>;
  const Tensors a = after<A>(1), b = after<B>(1), c = after<Adams>(1);
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].equal(b[i]));
    if (in_head(i)) CHECK(a[i].equal(c[i]));
  }
}

TEST_CASE("each group limits its own gradients, and the recipe all others") {
  const auto moved = [](const Tensors& now, const Tensors& start) {
    Tensors d;
    for (std::size_t i = 0; i < now.size(); ++i) d.push_back(start[i].sub(now[i]).to(at::kDouble));
    return d;
  };
  using Free = Of<Sgd<Lr<1>>>;
  using Limited = Of<Sgd<Lr<1>>, ClipNorm<1e-2>, GroupOf<Head, ClipNorm<1e-3>>,
                     GroupOf<Intersect<Norms, Biases>, ClipValue<1e-4>>, GroupOf<Layer<"b">, Momentum<0>>>;
  const Tensors start = after<Free>(0);
  const Tensors g = moved(after<Free>(1), start), d = moved(after<Limited>(1), start);
  const auto norm = [&](const auto& which) {
    double sum = 0;
    for (std::size_t i = 0; i < g.size(); ++i)
      if (!is_buffer(i) && which(i)) sum += std::pow(g[i].norm().item<double>(), 2);
    return std::sqrt(sum);
  };
  const auto values = [](std::size_t i) { return mask<Small, Intersect<Norms, Biases>>.at[i]; };
  const double head = norm(in_head), rest = norm([&](std::size_t i) { return !in_head(i) && !values(i); });
  REQUIRE(head > 1e-3);
  REQUIRE(rest > 1e-2);
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (is_buffer(i)) continue;
    CAPTURE(table<Small>.name(i));
    const at::Tensor expected = in_head(i)  ? g[i].mul(1e-3 / (head + 1e-6))
                                : values(i) ? g[i].clamp(-1e-4, 1e-4)
                                            : g[i].mul(1e-2 / (rest + 1e-6));
    CHECK(d[i].sub(expected).abs().max().item<double>() < 1e-14);
  }
}

TEST_CASE("a group in a phase begins there, and wins over one of all phases") {
  using R =
      Of<Sgd<Lr<0.05>, Momentum<0.9>>, GroupOf<Head, Adam<Lr<1e-3>>>,
         Phases<Phase<Epochs<1>, Freeze<Backbone>>,
                Phase<Epochs<1>, GroupOf<Layer<"fc">, Lion<Lr<1e-4>>, ClipNorm<1e-3>>>, Phase<Epochs<1>, Lr<0.01>>>>;
  Trainer<R> t(on_cpu<R>());
  const auto head_step = [&](int i) {
    const at::Tensor before = t.tensors()[table<Small>.size - 1].clone(), body = t.tensors()[0].clone();
    steps(t, i, i + 1);
    return std::pair(t.tensors()[table<Small>.size - 1].sub(before).abs().max().item<double>(),
                     t.tensors()[0].equal(body));
  };
  for (int i = 0; i < 12; ++i) {
    const auto [step, body_still] = head_step(i);
    CHECK(body_still == (i < 4));
    if (i == 0) CHECK(step == Approx(1e-3).epsilon(1e-4));           // Adam's first: the rate
    if (i >= 4 && i < 8) CHECK(step == Approx(1e-4).epsilon(1e-9));  // Lion's: the rate, decay apart
    if (i >= 8) CHECK(step < 1.1e-3);
  }
}

namespace {

template <class R>
void resumes() {
  for (const int n : {0, 1, 5}) {
    INFO(type_name<R>() << " after " << n);
    Settings other = on_cpu<R>();
    other.seed = 9;
    Trainer<R> through(on_cpu<R>()), before(on_cpu<R>()), later(other);
    steps(through, 0, n + 6);
    steps(before, 0, n);
    Archive archive;
    save(before, archive);
    steps(before, n, n + 2);
    load(later, archive);
    steps(later, n, n + 6);
    for (std::size_t i = 0; i < through.tensors().size(); ++i) {
      CHECK(later.tensors()[i].equal(through.tensors()[i]));
      CHECK(later.best_tensors()[i].equal(through.best_tensors()[i]));
    }
  }
}

}  // namespace

TEST_CASE("n and m steps are n + m steps with groups, to the bit") {
  resumes<Of<Sgd<Lr<0.05>, Momentum<0.9>>, GroupOf<Head, AdamW<Lr<1e-3>>, ClipNorm<1>, CosineLr>,
             GroupOf<Norms, Lion<>>, Ema<0.9>>>();
  resumes<Of<Sgd<Lr<0.05>, Momentum<0.9>>, GroupOf<Head, AdamW<Lr<1e-3>>>, Accumulate<2>, ClipNorm<0.1>>>();
  resumes<Finetune<Small, ReplaceHead<3>, Precision<FP16>, GroupOf<Head, AdamW<Lr<1e-3>>, ClipNorm<1>>, Sam<0.05>>>();
  resumes<Of<Sgd<Lr<0.05>, Momentum<0.9>>, GroupOf<Head, AdamW<Lr<1e-3>>>,
             Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<2>, Lion<>, GroupOf<Norms, Adam<>>>>>>();
  resumes<Of<Sgd<Lr<0.05>>, Epochs<3>, GradualUnfreeze<Epochs<1>, Head, Layer<"b">>, GroupOf<Head, AdamW<>>>>();
}

TEST_CASE("what was saved with other groups is refused") {
  using A = Of<Sgd<Lr<0.05>>, HeadGroup>;
  using B = Of<Sgd<Lr<0.05>>, GroupOf<Norms, AdamW<>>>;
  using C = Of<Sgd<Lr<0.05>>, GroupOf<Head, Lion<>>>;
  using None = Of<Sgd<Lr<0.05>>>;
  Trainer<A> a(on_cpu<A>());
  Trainer<B> b(on_cpu<B>());
  Trainer<C> c(on_cpu<C>());
  Trainer<None> none(on_cpu<None>());
  steps(a, 0, 2);
  Archive of_a;
  save(a, of_a);
  CHECK_THROWS_WITH(load(b, of_a), Catch::Contains("group Head AdamW: step exp_avg exp_avg_sq") &&
                                       Catch::Contains("group Norms AdamW"));
  CHECK_THROWS_WITH(load(c, of_a), Catch::Contains("group Head Lion: exp_avg"));
  CHECK_THROWS_WITH(load(none, of_a), Catch::Contains("group Head"));
  Archive of_none;
  save(none, of_none);
  CHECK_THROWS_WITH(load(a, of_none), Catch::Contains("another optimizer"));
}

TEST_CASE("what was saved with other optimizers of phases is refused") {
  using A = Of<Sgd<Lr<0.05>>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Sgd<Lr<0.1>, Momentum<0.9>>>>>;
  using B = Of<Sgd<Lr<0.05>>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Lion<>>>>;
  Trainer<A> a(on_cpu<A>());
  Trainer<B> b(on_cpu<B>());
  steps(a, 0, 6);
  Archive of_a;
  save(a, of_a);
  CHECK_THROWS_WITH(load(b, of_a), Catch::Contains("phase 2 SGD: momentum_buffer") && Catch::Contains("phase 2 Lion"));
}

TEST_CASE("numbers of groups can be changed at run time, and are judged") {
  using A = Of<Sgd<Lr<0.05>>, GroupOf<Head, Sgd<Lr<0.2>>, StepLr<Epochs<1>, 0.5>>>;
  using B = Of<Sgd<Lr<0.05>>, GroupOf<Head, Sgd<Lr<0.1>>, StepLr<Epochs<1>, 0.5>>>;
  Settings s = on_cpu<A>();
  set_number<A>(s, "head.lr", 0.1);
  const Tensors a = after<A>(6, s), b = after<B>(6), other = after<A>(6);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i].equal(b[i]));
  CHECK_FALSE(a.back().equal(other.back()));
  s.values[s.values.size() - 1] = -1;
  CHECK_THROWS_WITH(Trainer<A>(s), Catch::Contains("head."));
  using Flat = Of<Sgd<Lr<0.05>, Momentum<0.9>>, GroupOf<Head, Sgd<Momentum<0.9>, Nesterov>>>;
  Settings f = on_cpu<Flat>();
  set_number<Flat>(f, "head.momentum", 0);
  CHECK_THROWS_WITH(Trainer<Flat>(f), Catch::Contains("Nesterov"));
}

namespace {

/// Halves the rate of every step.
struct Half : PolicyTag {
  static constexpr Moments acts = OnRate;
  using keeps = Nothing;
  template <class C>
  double on_rate(double rate, const C&) const {
    return rate / 2;
  }
};

}  // namespace

TEST_CASE("who moves the rate moves that of groups, too; a plateau not that of a group with a schedule") {
  using A = Of<Sgd<Lr<0.1>>, GroupOf<Head, Sgd<Lr<0.4>>, CosineLr>, Half>;
  using B = Of<Sgd<Lr<0.05>>, GroupOf<Head, Sgd<Lr<0.2>>, CosineLr>>;
  const Tensors a = after<A>(5), b = after<B>(5);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i].equal(b[i]));
  using C = Of<Plateau<0.5, Patience<1>>, GroupOf<Head, CosineLr>, GroupOf<Norms, Lr<0.1>>>;
  static_assert(!tuneit::detail::follows_rate<C, tuneit::detail::GroupPlace<GroupOf<Head, CosineLr>, -1>> &&
                tuneit::detail::follows_rate<C, tuneit::detail::GroupPlace<GroupOf<Norms, Lr<0.1>>, -1>>);
}
