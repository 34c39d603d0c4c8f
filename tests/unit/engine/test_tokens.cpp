// Layers of tokens in training: what is dropped, attention with and without dropout, and what a step takes.
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/models/bert.hpp"
#include "tuneit/models/gpt2.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

using Facts0 = tuneit::detail::TensorFacts<0>;
constexpr Facts0 live{.live = true, .dtypes = tuneit::detail::single | tuneit::detail::double_precision};

double apart(const at::Tensor& a, const at::Tensor& b) { return a.sub(b).abs().max().item<double>(); }

constexpr transformer::Sizes sizes{.dropout = 0.1,
                                   .attention_dropout = 0.2,
                                   .vocabulary = 50,
                                   .hidden = 64,
                                   .layers = 2,
                                   .heads = 4,
                                   .inner = 128,
                                   .positions = 48};
struct SmallBert final : bert::Model<sizes> {};

data::Batch batch_of(std::int64_t n, std::int64_t tokens, const at::Generator& g) {
  data::Batch b;
  b.images = at::randint(1, 50, {n, tokens}, g, at::kLong);
  at::Tensor mask = at::ones({n, tokens}, at::kBool);
  for (std::int64_t i = 0; i < n; ++i) mask[i].narrow(0, tokens - i % 3, i % 3).fill_(false);
  b.other_inputs = {mask, at::randint(0, 2, {n, tokens}, g, at::kLong)};
  b.labels = at::randint(0, 2, {n}, g, at::kLong);
  b.index.resize(static_cast<std::size_t>(n));
  return b;
}

/// Attention whose gradients are those of autograd, with the same draws.
template <AttentionOptions O, bool Packed>
void attends(std::int64_t tokens) {
  INFO(tokens << " tokens, dropout " << O.dropout << ", causal " << O.causal);
  const auto g = make_generator(3);
  tuneit::detail::AttentionSaved in;
  const at::Tensor all = at::randn({3, tokens, 96}, g, at::kDouble);
  tuneit::detail::take_apart(all, in);
  in.mask = at::ones({3, tokens}, at::kBool);
  in.mask[1].narrow(0, tokens / 2, tokens - tokens / 2).fill_(false);
  const tuneit::detail::AttentionTask task{O.heads, O.causal, true, O.dropout};

  tuneit::detail::AttentionSaved recorded = in;
  for (at::Tensor* t : {&recorded.q, &recorded.k, &recorded.v}) *t = t->clone().requires_grad_(true);
  const at::Generator first = make_generator(5), second = make_generator(5);
  const Context c{nullptr, nullptr, &first};
  const at::Tensor wanted = tuneit::detail::attention_plain<O, live>(recorded, c);
  const at::Tensor dy = at::randn(wanted.sizes(), g, at::kDouble);
  wanted.backward(dy);

  const tuneit::detail::BelowAutograd below;
  at::Tensor dx = at::zeros_like(all);
  tuneit::detail::AttentionSaved d;
  tuneit::detail::take_apart(dx, d);
  const at::Tensor y = tuneit::detail::attention_forward<live.dtypes>(in, task, &second);
  CHECK(apart(y, wanted.detach()) < 1e-12);
  tuneit::detail::attention_backward<live.dtypes>(in, dy, task, d.q, d.k, d.v);
  CHECK(apart(d.q, recorded.q.grad()) < 1e-11);
  CHECK(apart(d.k, recorded.k.grad()) < 1e-11);
  CHECK(apart(d.v, recorded.v.grad()) < 1e-11);
}

constexpr transformer::Sizes larger{
    .vocabulary = 50, .hidden = 128, .layers = 3, .heads = 4, .inner = 512, .positions = 64};
struct LargerBert final : bert::Model<larger> {};

template <class R>
void same_memory(int n) {
  INFO(type_name<R>());
  Arena& arena = Arena::instance();
  const ArenaScope scope;
  arena.restart_peak();
  const auto before = static_cast<double>(arena.statistics().peak_bytes);
  Trainer<R> trainer(defaults<R>());
  const data::Batch b = batch_of(n, larger.positions, make_generator(1));
  for (int step = 0; step < 3; ++step) trainer.step(b, 3);
  const double taken = static_cast<double>(arena.statistics().peak_bytes) - before;
  UNSCOPED_INFO("taken " << taken << ", account " << memory<R>(n, R::model::input::side).total());
  CHECK(static_cast<double>(memory<R>(n, R::model::input::side).total()) / taken == Approx(1).margin(0.05));
}

}  // namespace

TEST_CASE("dropout keeps as many as it says, scaled up, and the same ones on the way back") {
  using Run = Train<CountedDropout<0.1>, live, Need{true}>;
  const at::Generator g = make_generator(7);
  const Context c{nullptr, nullptr, &g};
  const at::Tensor x = at::ones({1000, 1003});
  const tuneit::detail::BelowAutograd below;
  Run::Saved saved, other;
  const at::Tensor y = Run::forward(x, saved, c), z = Run::forward(x, other, c);
  const double n = static_cast<double>(x.numel()), kept = y.ne(0).sum().item<double>() / n;
  const double deviation = std::sqrt(0.1 * 0.9 / n);
  CHECK(std::abs(kept - 0.9) < 5 * deviation);
  CHECK(y.mean().item<double>() == Approx(1).margin(6 * deviation));
  CHECK(y.max().item<double>() == Approx(1 / 0.9).epsilon(1e-4));
  CHECK(Run::backward({x.clone()}, saved, c).sum().equal(y));
  // rows, columns, neighbours and steps know nothing of each other
  const at::Tensor dropped = y.eq(0).to(at::kFloat);
  CHECK(dropped.mean(0).sub(0.1).abs().max().item<double>() < 5 * std::sqrt(0.09 / 1000));
  CHECK(dropped.mean(1).sub(0.1).abs().max().item<double>() < 5 * std::sqrt(0.09 / 1003));
  const auto together = [&](const at::Tensor& a, const at::Tensor& b) {
    return std::abs(a.mul(b).mean().item<double>() - 0.01) < 6 * std::sqrt(0.01 / n);
  };
  CHECK(together(dropped, z.eq(0).to(at::kFloat)));
  for (const std::int64_t by : {1, 2, 16, 17, 32})
    CHECK(together(dropped.narrow(1, 0, 1003 - by), dropped.narrow(1, by, 1003 - by)));
  CHECK(together(dropped.narrow(0, 0, 999), dropped.narrow(0, 1, 999)));
}

TEST_CASE("the same places of a picture are dropped in its gradient, and under autograd, however they lie") {
  const at::Generator first = make_generator(5), second = make_generator(5);
  const Context c{nullptr, nullptr, &first}, other{nullptr, nullptr, &second};
  using Run = Train<CountedDropout<0.4>, live, Need{true}>;
  const at::Tensor x = at::ones({2, 5, 7, 3});
  const tuneit::detail::BelowAutograd below;
  Run::Saved saved;
  const at::Tensor y = Run::forward(x.contiguous(at::MemoryFormat::ChannelsLast), saved, c);
  CHECK(Run::backward({x.clone()}, saved, c).sum().equal(y));
  CHECK(Forward<CountedDropout<0.4>, live>::run(x, other).equal(y));
}

TEST_CASE("attention by hand is that of autograd, with the same draws") {
  attends<AttentionOptions{.dropout = 0, .heads = 4}, true>(7);
  attends<AttentionOptions{.dropout = 0.3, .heads = 4}, true>(7);
  attends<AttentionOptions{.dropout = 0.3, .heads = 2, .causal = true}, true>(37);
  attends<AttentionOptions{.dropout = 0, .heads = 2, .causal = true}, true>(37);
  attends<AttentionOptions{.dropout = 0, .heads = 2}, true>(tuneit::detail::fused_from + 1);  // the fused operator
}

TEST_CASE("the account of attention is what a step takes, to 5 %") {
  if (!Arena::instance().available()) {
    WARN("no addresses for the arena here");
    return;
  }
  same_memory<Finetune<LargerBert, Classify<2>>>(32);
  same_memory<Finetune<LargerBert, Classify<2>, Freeze<Layers<0, 2>>>>(32);
}

TEST_CASE("a network of texts trains: whole, in part, and by products of low rank") {
  const auto learns = []<class R>(Type<R>) {
    INFO(type_name<R>());
    Trainer<R> trainer(defaults<R>());
    const data::Batch b = batch_of(8, sizes.positions, make_generator(1));
    double first = 0, last = 0;
    for (int step = 0; step < 30; ++step) {
      last = static_cast<double>(trainer.step(b, 30).loss);
      if (step == 0) first = last;
    }
    CHECK(last < 0.9 * first);
  };
  learns(Type<Finetune<SmallBert, Classify<2>, AdamW<Lr<3e-3>>, LayerDecay<0.9>>>{});
  learns(Type<Finetune<SmallBert, Classify<2, MeanPooling>, AdamW<Lr<3e-3>>, Freeze<Layers<0, 2>>>>{});
  learns(Type<Finetune<SmallBert, Classify<2>, AdamW<Lr<1e-2>>,
                       Lora<Modules<"query", "value">, Rank<4>, LoraDropout<0.1>>>>{});
}
