// Clipping, L2-SP, moving averages, mixing and accumulation, against their definitions and against autograd in double
// precision. (Against torch and timm: tests/parity/test_regularizers.cpp.)
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <limits>

#include "tuneit/engine/behaviour/accumulate.hpp"
#include "tuneit/engine/behaviour/clip.hpp"
#include "tuneit/engine/behaviour/ema.hpp"
#include "tuneit/engine/behaviour/l2sp.hpp"
#include "tuneit/engine/behaviour/mix.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

using Many = std::vector<at::Tensor>;

Many some(std::uint64_t seed, at::ScalarType type = at::kDouble) {
  const auto g = make_generator(seed);
  return {at::randn({4, 3, 2, 2}, g).to(type).contiguous(at::MemoryFormat::ChannelsLast), at::randn({5}, g).to(type),
          at::randn({2, 6}, g).to(type)};
}
Many copies(const Many& list) {
  Many all;
  for (const at::Tensor& t : list) all.push_back(t.defined() ? t.clone() : t);
  return all;
}
double far(const at::Tensor& a, const at::Tensor& b) { return a.sub(b).abs().max().item<double>(); }
double norm(const Many& list) {
  double sum = 0;
  for (const at::Tensor& t : list)
    if (t.defined()) sum += t.square().sum().item<double>();
  return std::sqrt(sum);
}

}  // namespace

TEST_CASE("clipping by the norm of all gradients together") {
  Many g = some(1);
  g.insert(g.begin() + 1, at::Tensor());  // frozen
  const Many before = copies(g);
  const double length = norm(g);
  CHECK(clip_norm(g, 2 * length).item<double>() == Approx(length).epsilon(1e-12));
  for (std::size_t i = 0; i < g.size(); ++i) CHECK((!g[i].defined() || g[i].equal(before[i])));
  CHECK(clip_norm(g, 0.5).item<double>() == Approx(length).epsilon(1e-12));  // the norm that they had
  CHECK(norm(g) == Approx(0.5 * length / (length + 1e-6)).epsilon(1e-12));
  CHECK(far(g[0], before[0].mul(0.5 / (length + 1e-6))) < 1e-15);
  CHECK(g[0].is_contiguous(at::MemoryFormat::ChannelsLast));
  g[2][0] = std::numeric_limits<double>::infinity();
  CHECK(std::isinf(clip_norm(g, 0.5).item<double>()));
  CHECK(clip_norm(Many(3), 1).item<double>() == 0);
}

TEST_CASE("clipping of each number") {
  Many g{at::arange(-3, 4, at::kDouble), at::Tensor()};
  clip_value(g, 1.5);
  CHECK(g[0].abs().max().item<double>() == 1.5);
  CHECK(g[0].sum().item<double>() == 0);
  CHECK(g[0][3].item<double>() == 0);
  CHECK(g[0][4].item<double>() == 1);
}

namespace {

struct Tiny final
    : Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 1, 1}>>, Named<"n", BatchNorm2d<4>>, ReLU>,
              Block<"body", Named<"b", Conv2d<4, 4, Window{3, 1, 1}>>, ReLU>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};
// rows: 0 a.weight, 1 n.weight, 2 n.bias, 3 to 5 n's statistics, 6 b.weight, 7 fc.weight, 8 fc.bias

}  // namespace

TEST_CASE("L2-SP pulls what trains: back where it was loaded, towards 0 where it is new") {
  using Rows = std::vector<std::size_t>;
  using Whole = Finetune<Tiny, ReplaceHead<3>, L2Sp<0.1, 0.2>>;
  CHECK(pulled_rows<Whole>().back == Rows{0, 1, 2, 6});
  CHECK(pulled_rows<Whole>().down == Rows{7, 8});
  using Frozen = Finetune<Tiny, ReplaceHead<3>, Freeze<Layers<0, 1>>, L2Sp<0.1, 0.2>>;
  CHECK(pulled_rows<Frozen>().back == Rows{6});
  using Later = Finetune<Tiny, ReplaceHead<3>, L2Sp<0.1, 0, Intersect<Weights, Except<Head>>>,
                         Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>>>>;
  CHECK(pulled_rows<Later>().back == Rows{0, 1, 6});  // what trains in some phase
  using Kept = Finetune<Tiny, L2Sp<0.1, 0.2, All>>;
  CHECK(pulled_rows<Kept>().back == Rows{0, 1, 2, 6, 7, 8});
  CHECK(pulled_rows<Kept>().down.empty());
  CHECK(pulled_rows<Finetune<Tiny>>().back.empty());
}

TEST_CASE("L2-SP's gradient is that of its penalty") {
  const Many start = some(1), now = some(2), plain = some(3);
  Many kept = copies(start);
  const L2SpPull pull(kept, PulledRows{{0, 2}, {1}});
  kept[0].zero_();  // its own copies
  CHECK(pull.start().size() == 2);
  Many leaves;
  for (const at::Tensor& t : now) leaves.push_back(t.clone().set_requires_grad(true));
  const double alpha = 0.3, beta = 0.7;
  at::Tensor penalty = leaves[1].square().sum().mul(beta / 2);
  for (const std::size_t i : {0, 2}) penalty = penalty.add(leaves[i].sub(start[i]).square().sum(), alpha / 2);
  penalty.backward();
  Many g = copies(plain);
  pull.add(now, g, alpha, beta);
  for (std::size_t i = 0; i < g.size(); ++i) CHECK(far(g[i], plain[i].add(leaves[i].grad())) < 1e-12);
  // at the start there is no pull, to the bit; what is frozen now has no gradient and gets none
  g = copies(plain);
  g[2] = at::Tensor();
  pull.add(start, g, alpha, 0);
  CHECK(g[0].equal(plain[0]));
  CHECK_FALSE(g[2].defined());
}

TEST_CASE("a moving average: decay, warm-up, counts, what never moves") {
  Many w = some(1);
  w.push_back(at::full({}, 7, at::kLong));
  const Many start = copies(w);
  MovingAverage<NoEmaWarmup> plain(w, {true, true, false, true});
  MovingAverage<EmaWarmup<>> warm(w);
  CHECK(plain.tensors()[2].is_same(w[2]));  // shared
  CHECK_FALSE(plain.tensors()[0].is_same(w[0]));
  Many a = copies(start), b = copies(start);
  for (int step = 1; step <= 6; ++step) {
    const Many next = some(static_cast<std::uint64_t>(step) + 10);
    for (std::size_t i = 0; i < 3; ++i)
      if (i != 2) w[i].copy_(next[i]);
    w[3].add_(1);
    plain.update(w, 0.8);
    warm.update(w, 0.8);
    const double d = step == 1 ? 0 : std::min(0.8, 1 - std::pow(static_cast<double>(step), -2.0 / 3));
    for (std::size_t i = 0; i < 3; ++i) {
      a[i] = a[i].mul(0.8).add(w[i], 0.2);
      b[i] = b[i].mul(d).add(w[i], 1 - d);
      CHECK(far(plain.tensors()[i], a[i]) < 1e-12);
      CHECK(far(warm.tensors()[i], b[i]) < 1e-12);
    }
    CHECK(plain.tensors()[3].item<std::int64_t>() == 7 + step);
    if (step == 1) CHECK(warm.tensors()[0].equal(w[0]));  // the first is a copy
  }
  CHECK(plain.updates() == 6);
  CHECK(plain.tensors()[0].is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK_FALSE(far(plain.tensors()[0], w[0]) < 1e-3);
}

TEST_CASE("batches that are accumulated are one large batch, also if they differ in size") {
  const auto g = make_generator(4);
  const at::Tensor x = at::randn({11, 6}, g).to(at::kDouble), y = at::randint(0, 3, {11}, g, at::kLong);
  const at::Tensor w = at::randn({3, 6}, g).to(at::kDouble);
  // the gradient of a linear layer below each loss, of some of the samples
  const auto gradient = [&](auto type, std::int64_t from, std::int64_t to) {
    using L = typename decltype(type)::type;
    at::Tensor out;
    const at::Tensor part = x.slice(0, from, to);
    loss_of<L>(at::linear(part, w), y.slice(0, from, to), Numbers<L>{}, &out);
    return out.t().matmul(part);
  };
  const auto check = [&](auto type) {
    using L = typename decltype(type)::type;
    AccumulatedGradients<typename L::reduction> window;
    Many sums(3);
    for (int repeat = 0; repeat < 2; ++repeat) {  // a window after another
      for (const auto& [from, to] : {std::pair{0, 4}, std::pair{4, 8}, std::pair{8, 11}}) {
        sums[1] = gradient(type, from, to);
        window.add(sums, weight_of<L>(y.slice(0, from, to)));
        CHECK((sums.size() == 3 && !sums[1].defined()));
      }
      CHECK(window.batches() == 3);
      window.finish(sums);
      CHECK(far(sums[1], gradient(type, 0, 11)) < 1e-12);
      CHECK((!sums[0].defined() && !sums[2].defined()));
    }
    sums[1] = gradient(type, 0, 4);
    const at::Tensor alone = sums[1].clone();
    window.add(sums, 4);
    window.finish(sums);
    CHECK(sums[1].equal(alone));  // to the bit
  };
  check(Type<CrossEntropy<>>{});
  check(Type<CrossEntropy<Sum>>{});
  check(Type<CrossEntropy<ClassWeights<1, 5, 0.5>>>{});
}

TEST_CASE("mixup mixes each picture with the one at the other end") {
  const auto g = make_generator(5);
  const at::Tensor x = at::randn({5, 3, 4, 6}, g).to(at::kDouble).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor y = at::arange(5, at::kLong);
  at::Tensor mixed = x.clone();
  const Targets t = mix_batch(mixed, y, MixDraw{false, 0.3, 0, 0});
  CHECK(far(mixed, x.mul(0.3).add(x.flip(0), 0.7)) < 1e-15);
  CHECK(mixed.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(t.value.equal(y));
  CHECK(t.other.equal(y.flip(0)));
  CHECK(t.share == 0.3);
  const Targets none = mix_batch(mixed, y, MixDraw{false, 1, 0, 0});
  CHECK((!none.other.defined() && none.share == 1));
}

TEST_CASE("CutMix puts a rectangle of the other picture in, and the share is what is left") {
  const auto g = make_generator(6);
  const at::Tensor x = at::randn({4, 3, 10, 20}, g).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor y = at::arange(4, at::kLong);
  at::Tensor mixed = x.clone();
  // 1 - 0.75 = 0.5^2: 5 rows and 10 columns around (1, 19), cut at the border
  CHECK(cut_box(10, 20, 0.75, 1, 19) == Box{0, 4, 14, 20});
  const Targets t = mix_batch(mixed, y, MixDraw{true, 0.75, 0.15, 0.99});
  CHECK(t.share == Approx(1 - 24.0 / 200));
  at::Tensor expected = x.clone();
  expected.slice(2, 0, 4).slice(3, 14, 20).copy_(x.flip(0).slice(2, 0, 4).slice(3, 14, 20));
  CHECK(mixed.equal(expected));
  CHECK(mixed.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(t.other.equal(y.flip(0)));
  CHECK(mixed.ne(x).sum().item<std::int64_t>() == 4 * 3 * 24);
  at::Tensor rows = at::randn({4, 7}, g);
  CHECK_THROWS_AS(mix_batch(rows, y, MixDraw{true, 0.5, 0.5, 0.5}), Error);
}

TEST_CASE("lambda has the moments of a Beta distribution, small parameters too") {
  const auto moments = [](auto type, std::array<double, 2> values, auto keep) {
    using M = typename decltype(type)::type;
    const auto g = make_generator(7);
    double n = 0, mean = 0, square = 0;
    for (int i = 0; i < 4000; ++i) {
      const MixDraw d = draw_mix<M>(values.data(), g);
      REQUIRE((d.share >= 0 && d.share <= 1 && d.row >= 0 && d.row < 1 && d.column >= 0 && d.column < 1));
      if (!keep(d)) continue;
      ++n;
      mean += d.share;
      square += d.share * d.share;
    }
    return std::array<double, 3>{n, mean / n, square / n - mean / n * (mean / n)};
  };
  const auto all = [](const MixDraw&) { return true; };
  for (const double alpha : {1e-3, 0.2, 1.0, 8.0}) {
    INFO(alpha);
    const double variance = 0.25 / (2 * alpha + 1);
    const auto m = moments(Type<Mixup<>>{}, {alpha, 0}, all);
    CHECK(m[1] == Approx(0.5).margin(4 * std::sqrt(variance / 4000)));
    CHECK(m[2] == Approx(variance).epsilon(0.08));
  }
  // one of the two, equally often, each with its own parameter
  const auto cut = moments(Type<MixupOrCutMix<>>{}, {8, 0.2}, [](const MixDraw& d) { return d.cut; });
  const auto mix = moments(Type<MixupOrCutMix<>>{}, {8, 0.2}, [](const MixDraw& d) { return !d.cut; });
  CHECK(cut[0] == Approx(2000).margin(130));
  CHECK(cut[2] == Approx(0.25 / 1.4).epsilon(0.08));
  CHECK(mix[2] == Approx(0.25 / 17).epsilon(0.15));
  CHECK(moments(Type<CutMix<>>{}, {1, 0}, [](const MixDraw& d) { return d.cut; })[0] == 4000);
  CHECK(moments(Type<Mixup<>>{}, {1, 0}, [](const MixDraw& d) { return !d.cut; })[0] == 4000);
}

TEST_CASE("equal generators mix equally") {
  const at::Tensor x = some(8)[0], y = at::arange(4, at::kLong);
  const auto run = [&](std::uint64_t seed) {
    at::Tensor mixed = x.clone();
    const double values[] = {0.4, 1.0};
    mix_batch<MixupOrCutMix<>>(mixed, y, values, make_generator(seed));
    return mixed;
  };
  CHECK(run(1).equal(run(1)));
  CHECK_FALSE(run(1).equal(run(2)));
}
