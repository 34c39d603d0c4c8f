// The optimizers against the formulas written out in double precision, 50 steps on random gradients; what they
// remember, and that nothing moves where it must not. (Against torch.optim itself: tests/parity/test_optimizers.cpp.)
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>

#include <catch2/catch.hpp>
#include <limits>
#include <map>

#include "tuneit/engine/update/optimizer.hpp"
#include "tuneit/engine/update/optimizers.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

/// One step of the formulas in recipe/optimizers/, in double precision.
struct Reference {
  at::Tensor p, m, v, largest, mean;
  int t = 0;

  template <class Opt>
  void step(const at::Tensor& grad, const OptimizerValues<Opt>& n) {
    const std::string title = Opt::title;
    const double beta1 = n.named("beta1"), beta2 = n.named("beta2"), eps = n.named("eps");
    const double momentum = n.named("momentum");
    at::Tensor g = grad.to(at::kDouble);
    if (++t == 1) {
      m = v = largest = mean = at::zeros_like(p);
      if (title == "Adagrad") v = v.add(n.named("initial-accumulator"));
    }
    if (title == "AdamW" || title == "Lion")
      p = p.mul(1 - n.lr * n.decay);
    else if (title != "LAMB")
      g = g.add(p, n.decay);
    if (title == "SGD") {
      if (momentum > 0) {
        m = t == 1 ? g : m.mul(momentum).add(g, 1 - n.named("dampening"));
        g = n.named("nesterov") != 0 ? g.add(m, momentum) : m;
      }
      p = p.sub(g, n.lr);
    } else if (title == "Adam" || title == "AdamW" || title == "LAMB") {
      m = m.mul(beta1).add(g, 1 - beta1);
      v = v.mul(beta2).add(g.mul(g), 1 - beta2);
      largest = at::maximum(largest, v);
      const at::Tensor square = n.named("amsgrad") != 0 ? largest : v;
      const at::Tensor root = square.sqrt().div(std::sqrt(1 - std::pow(beta2, t))).add(eps);
      at::Tensor u = m.div(root).div(1 - std::pow(beta1, t));
      if (title == "LAMB" && n.decay != 0) {
        u = u.add(p, n.decay);
        const double weight = p.norm().item<double>(), length = u.norm().item<double>();
        if (weight > 0 && length > 0) u = u.mul(weight / length);
      }
      p = p.sub(u, n.lr);
    } else if (title == "Adagrad") {
      v = v.add(g.mul(g));
      p = p.sub(g.div(v.sqrt().add(eps)), n.lr / (1 + (t - 1) * n.named("lr-decay")));
    } else if (title == "RMSprop") {
      const double smoothing = n.named("smoothing");
      v = v.mul(smoothing).add(g.mul(g), 1 - smoothing);
      mean = mean.mul(smoothing).add(g, 1 - smoothing);
      const at::Tensor move = g.div((n.named("centered") != 0 ? v.sub(mean.mul(mean)) : v).sqrt().add(eps));
      m = m.mul(momentum).add(move);
      p = p.sub(momentum > 0 ? m : move, n.lr);
    } else if (title == "Lion") {
      p = p.sub(m.mul(beta1).add(g, 1 - beta1).sign(), n.lr);
      m = m.mul(beta2).add(g, 1 - beta2);
    }
  }
};

std::vector<at::Tensor> start(const at::Generator& g, at::ScalarType type = at::kFloat) {
  return {at::randn({7, 5, 3, 3}, g).to(type).contiguous(at::MemoryFormat::ChannelsLast), at::randn({11}, g).to(type)};
}
std::vector<at::Tensor> noise(const std::vector<at::Tensor>& like, const at::Generator& g) {
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& t : like) gradients.push_back(at::zeros_like(t).normal_(0, 1, g));
  return gradients;
}
template <class Opt>
GroupOptimizer<Opt> make(const std::vector<at::Tensor>& tensors, GroupOptimizer<Opt> optimizer = {}) {
  for (std::size_t i = 0; i < tensors.size(); ++i) optimizer.add(tensors[i], i);
  return optimizer;
}

/// Of Opt, by the formula of Meant.
template <class Opt, class Meant = Opt>
void fifty_steps(const GroupOptimizer<Opt>& empty = {}) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const auto g = make_generator(9);
    const std::vector<at::Tensor> tensors = start(g, type);
    std::vector<Reference> expected;
    for (const at::Tensor& t : tensors) expected.push_back({t.to(at::kDouble).clone(), {}, {}, {}, {}});
    auto optimizer = make<Opt>(tensors, empty);
    for (int step = 0; step < 50; ++step) {
      OptimizerValues<Opt> now = optimizer_defaults<Opt>;
      OptimizerValues<Meant> meant = optimizer_defaults<Meant>;
      for (std::size_t i = 0; i < meant.all.size(); ++i)  // of a choice, the numbers of the one that is meant
        now.all[tuneit::detail::number_at(Opt::option_numbers, Meant::option_numbers[i].name)] = meant.all[i];
      now.lr = meant.lr = meant.lr * (1 + step % 3);
      now.decay = meant.decay;
      std::vector<at::Tensor> gradients = noise(tensors, g);
      for (std::size_t i = 0; i < tensors.size(); ++i) expected[i].step(gradients[i], meant);
      optimizer.step(now, gradients);
      CHECK_FALSE(gradients[0].defined());  // taken
    }
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const at::Tensor far = tensors[i].to(at::kDouble).sub(expected[i].p).abs().max();
      CHECK(far.item<double>() / expected[i].p.abs().max().item<double>() < (type == at::kFloat ? 1e-5 : 1e-12));
    }
  }
}

}  // namespace

TEST_CASE("SGD: plain, with momentum, dampening, Nesterov and decay") {
  fifty_steps<Sgd<Lr<1e-2>>>();
  fifty_steps<Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-2>>>();
  fifty_steps<Sgd<Lr<1e-2>, Momentum<0.9>, Dampening<0.3>>>();
  fifty_steps<Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-2>, Nesterov>>();
}

TEST_CASE("Adam: decay in the gradient; AMSGrad") {
  fifty_steps<Adam<Lr<1e-2>>>();
  fifty_steps<Adam<Lr<1e-2>, WeightDecay<1e-2>, Betas<0.8, 0.99>, Eps<1e-6>>>();
  fifty_steps<Adam<Lr<1e-2>, Betas<0.9, 0.8>, AmsGrad>>();
}

TEST_CASE("AdamW: decay beside it") {
  fifty_steps<AdamW<Lr<1e-2>>>();
  fifty_steps<AdamW<Lr<1e-2>, WeightDecay<0.1>, Betas<0.9, 0.8>, AmsGrad>>();
}

TEST_CASE("Adagrad: with a falling rate, and a sum that does not start at 0") {
  fifty_steps<Adagrad<>>();
  fifty_steps<Adagrad<LrDecay<0.1>, WeightDecay<1e-2>, InitialAccumulator<0.5>>>();
}

TEST_CASE("RMSprop: plain, with momentum, centered") {
  fifty_steps<RmsProp<Lr<1e-3>>>();
  fifty_steps<RmsProp<Lr<1e-3>, Momentum<0.9>, WeightDecay<1e-2>, Smoothing<0.9>>>();
  fifty_steps<RmsProp<Lr<1e-3>, Momentum<0.9>, Centered, Eps<1e-3>>>();
}

TEST_CASE("Lion: the sign of a momentum that is not the one it keeps") {
  fifty_steps<Lion<Lr<1e-3>>>();
  fifty_steps<Lion<Lr<1e-3>, WeightDecay<0.1>, Betas<0.95, 0.98>>>();
}

TEST_CASE("LAMB: a step as long as its tensor") {
  fifty_steps<Lamb<>>();
  fifty_steps<Lamb<Lr<1e-2>, Betas<0.8, 0.9>, WeightDecay<0.1>, Eps<1e-3>>>();
  fifty_steps<Lamb<WeightDecay<0>>>();
}

TEST_CASE("an optimizer chosen at run time is the same one") {
  using Fast = Sgd<Lr<1e-2>, Momentum<0.9>>;
  using Choice = OptimizerChoice<Fast, Adam<Lr<1e-2>>, AdamW<Lr<1e-2>>, Adagrad<>, RmsProp<Lr<1e-3>>, Lion<>>;
  fifty_steps<Choice, Fast>(GroupOptimizer<Choice>(0));
  fifty_steps<Choice, Adam<Lr<1e-2>>>(GroupOptimizer<Choice>(1));
  fifty_steps<Choice, AdamW<Lr<1e-2>>>(GroupOptimizer<Choice>(2));
  fifty_steps<Choice, Adagrad<>>(GroupOptimizer<Choice>(3));
  fifty_steps<Choice, RmsProp<Lr<1e-3>>>(GroupOptimizer<Choice>(4));
  fifty_steps<Choice, Lion<>>(GroupOptimizer<Choice>(5));
}

namespace {

/// f(Type<Opt>) for one of each kind, with all that it can remember.
template <class F>
void each_optimizer(const F& f) {
  const auto one = [&]<class Opt>(Type<Opt> t) {
    INFO(Opt::title);
    f(t);
  };
  one(Type<Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<0.1>, Nesterov>>{});
  one(Type<Adam<Lr<1e-2>, WeightDecay<0.1>, AmsGrad>>{});
  one(Type<AdamW<Lr<1e-2>, WeightDecay<0.1>>>{});
  one(Type<Adagrad<WeightDecay<0.1>>>{});
  one(Type<RmsProp<Momentum<0.9>, Centered, WeightDecay<0.1>>>{});
  one(Type<Lion<WeightDecay<0.1>>>{});
  one(Type<Lamb<>>{});
  one(Type<Adafactor<WeightDecay<0.1>>>{});
}

/// All that an optimizer has, copied: its tensors, and what it remembers.
template <class Opt>
std::map<std::string, std::vector<at::Tensor>> snapshot(const GroupOptimizer<Opt>& optimizer) {
  std::map<std::string, std::vector<at::Tensor>> all;
  const auto keep = [&](const std::string& name, const std::vector<at::Tensor>& tensors) {
    for (const at::Tensor& t : tensors) all[name].push_back(t.clone());
  };
  keep("tensor", optimizer.tensors());
  optimizer.each_state(keep);
  return all;
}
bool equal(const std::map<std::string, std::vector<at::Tensor>>& a,
           const std::map<std::string, std::vector<at::Tensor>>& b) {
  bool same = a.size() == b.size();
  for (const auto& [name, tensors] : a)
    for (std::size_t i = 0; same && i < tensors.size(); ++i)
      same = b.count(name) == 1 && tensors[i].equal(b.at(name).at(i));
  return same;
}

}  // namespace

TEST_CASE("a group without gradients does not move, nor does what is remembered of it") {
  each_optimizer([]<class Opt>(Type<Opt>) {
    const OptimizerValues<Opt> n = optimizer_defaults<Opt>;
    const auto g = make_generator(3);
    const std::vector<at::Tensor> tensors = start(g);
    auto optimizer = make<Opt>(tensors);
    std::vector<at::Tensor> none(tensors.size()), gradients = noise(tensors, g);
    const auto untouched = snapshot(optimizer);
    optimizer.step(n, none);
    CHECK(equal(snapshot(optimizer), untouched));  // nothing was made, either
    optimizer.step(n, gradients);
    const auto before = snapshot(optimizer);
    CHECK_FALSE(equal(before, untouched));
    for (int i = 0; i < 3; ++i) optimizer.step(n, none);
    CHECK(equal(snapshot(optimizer), before));

    std::vector<at::Tensor> some = noise(tensors, g);
    some[0] = at::Tensor();
    CHECK_THROWS_AS(optimizer.step(n, some), Error);
  });
}

TEST_CASE("an overflow leaves a step out") {
  each_optimizer([]<class Opt>(Type<Opt>) {
    const OptimizerValues<Opt> n = optimizer_defaults<Opt>;
    const auto g = make_generator(4);
    const std::vector<at::Tensor> tensors = start(g), same{tensors[0].clone(), tensors[1].clone()};
    auto plain = make<Opt>(tensors), looks = make<Opt>(same);
    const at::Tensor yes = at::full({1}, 1.0f), no = at::full({1}, 0.0f);
    for (int i = 0; i < 5; ++i) {
      std::vector<at::Tensor> gradients = noise(tensors, g), again, wrong;
      for (const at::Tensor& t : gradients) {
        again.push_back(t.clone());
        wrong.push_back(t.mul(std::numeric_limits<float>::infinity()));
      }
      plain.step(n, gradients);
      if (i > 0) {  // one that is left out on the way
        const auto before = snapshot(looks);
        looks.step(n, wrong, yes);
        CHECK(equal(snapshot(looks), before));
      }
      looks.step(n, again, no);
    }
    for (std::size_t i = 0; i < tensors.size(); ++i) CHECK(tensors[i].sub(same[i]).abs().max().item<float>() < 1e-6f);
  });
}

TEST_CASE("what an optimizer remembers has torch's names and goes to another one") {
  const std::map<std::string, std::vector<std::string>> names{
      {"SGD", {"momentum_buffer"}},
      {"Adam", {"exp_avg", "exp_avg_sq", "max_exp_avg_sq", "step"}},
      {"AdamW", {"exp_avg", "exp_avg_sq", "step"}},
      {"Adagrad", {"step", "sum"}},
      {"RMSprop", {"grad_avg", "momentum_buffer", "square_avg"}},
      {"Lion", {"exp_avg"}},
      {"LAMB", {"exp_avg", "exp_avg_sq", "step"}},
      {"Adafactor", {"col_var", "row_var", "step", "variance"}}};
  each_optimizer([&]<class Opt>(Type<Opt>) {
    const OptimizerValues<Opt> n = optimizer_defaults<Opt>;
    const auto g = make_generator(5);
    const std::vector<at::Tensor> tensors = start(g);
    auto first = make<Opt>(tensors);
    for (int i = 0; i < 3; ++i) {
      std::vector<at::Tensor> gradients = noise(tensors, g);
      first.step(n, gradients);
    }
    auto saved = snapshot(first);
    std::vector<std::string> found;
    for (const auto& [name, state] : saved)
      if (name != "tensor") found.push_back(name);
    CHECK(found == names.at(Opt::title));

    const std::vector<at::Tensor> others{saved["tensor"][0].clone(), saved["tensor"][1].clone()};
    auto second = make<Opt>(others);
    second.make_state(n);
    second.each_state([&](const std::string& name, const std::vector<at::Tensor>& state) {
      for (std::size_t i = 0; i < state.size(); ++i) state[i].copy_(saved.at(name).at(i));
    });
    for (int i = 0; i < 3; ++i) {
      std::vector<at::Tensor> gradients = noise(tensors, g), copies;
      for (const at::Tensor& t : gradients) copies.push_back(t.clone());
      first.step(n, gradients);
      second.step(n, copies);
    }
    CHECK(equal(snapshot(first), snapshot(second)));
  });
}

TEST_CASE("Adafactor remembers a number a row and a column of a matrix, and one a weight of a vector") {
  const auto g = make_generator(8);
  const std::vector<at::Tensor> tensors{at::randn({6, 4}, g), at::randn({5}, g)};
  auto optimizer = make<Adafactor<>>(tensors);
  optimizer.make_state(optimizer_defaults<Adafactor<>>);
  std::int64_t kept = 0;
  optimizer.each_state([&](const std::string& name, const std::vector<at::Tensor>& state) {
    for (const at::Tensor& t : state) kept += name == "step" ? 0 : t.numel();
  });
  CHECK(kept == 6 + 4 + 5);
}

TEST_CASE("a momentum that begins later begins with the gradient") {
  using Opt = Sgd<Lr<1e-2>, Dampening<0.5>>;
  const auto g = make_generator(6);
  const std::vector<at::Tensor> tensors = start(g);
  auto optimizer = make<Opt>(tensors);
  OptimizerValues<Opt> n = optimizer_defaults<Opt>;
  std::vector<at::Tensor> gradients = noise(tensors, g);
  optimizer.step(n, gradients);
  n.all[tuneit::detail::number_at(Opt::option_numbers, "momentum")] = 0.9;
  gradients = noise(tensors, g);
  const at::Tensor expected = tensors[1].sub(gradients[1], 1e-2);
  optimizer.step(n, gradients);
  CHECK(tensors[1].sub(expected).abs().max().item<float>() < 1e-7f);
}

namespace {

/// A formula of one's own, with an option of its own and a count of steps.
template <auto X>
struct Slower : OptimizerOption {
  static constexpr std::array numbers{Hyperparameter{.name = "slower", .value = static_cast<double>(X)}};
};
template <class... O>
struct SignSgd : Optimizer<SignSgd<O...>, Defaults<Lr<1e-3>, Slower<0>>, O...> {
  static constexpr std::array<std::string_view, 1> states{"step"};
};

}  // namespace

template <class... O>
struct tuneit::Update<SignSgd<O...>> {
  static void step(const GroupStep<SignSgd<O...>>& g) {
    const double slower = g.updates.template item<double>() * g.template number<Slower>();
    for (std::size_t i = 0; i < g.weights.size(); ++i) g.weights[i].sub_(g.gradients[i].sign(), g.lr / (1 + slower));
  }
};

TEST_CASE("an optimizer of one's own counts its steps and has numbers of its own") {
  using Opt = SignSgd<Lr<0.5>, Slower<1>>;
  const std::vector<at::Tensor> tensors{at::full({3}, 1.0)};
  auto optimizer = make<Opt>(tensors);
  for (int i = 0; i < 2; ++i) {
    std::vector<at::Tensor> gradients{at::full({3}, 7.0)};
    optimizer.step(optimizer_defaults<Opt>, gradients);
  }
  CHECK(tensors[0][0].item<double>() == Approx(1 - 0.25 - 0.5 / 3));
}
