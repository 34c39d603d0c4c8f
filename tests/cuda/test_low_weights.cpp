// Weights that are cast for a pass all at once, and gradients cast back: what layers and policies see, on a fake
// device.
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "cuda/fake_cuda.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

/// Gradients are in single precision and lie as their tensors, whenever they are seen.
template <bool Flat>
struct Sees : PolicyTag {
  static constexpr Moments acts = OnBlockGradients | OnGradients;
  static constexpr Order order = Order::Read;
  static constexpr Effects effects{.flat_gradients = Flat};
  using keeps = Nothing;
  std::string wrong;
  int seen = 0;
  template <class C>
  void look(const C& c, std::size_t from) {
    for (auto g = c.gradients.begin(); g != c.gradients.end(); ++g) {
      if (g.row() < from) continue;
      ++seen;
      if (g->scalar_type() != at::kFloat) wrong.append(" the type of ").append(std::to_string(g.row()));
      if (g->strides() != c.tensors[g.row()].strides()) wrong.append(" the order of ").append(std::to_string(g.row()));
    }
  }
  template <class C>
  void on_block_gradients(std::size_t block, const C& c) {
    look(c, table<typename C::model>.block_begin[block]);
  }
  template <class C>
  void on_gradients(const C& c) {
    look(c, 0);
  }
};

template <class R>
Trainer<R> on_device() {
  Settings s = defaults<R>();
  s.device = DeviceKind::Cuda;
  s.classes = 4;
  return Trainer<R>(s);
}
template <class R>
double step(Trainer<R>& t, std::uint64_t seed) {
  const at::Tensor x = at::randn({4, 3, 16, 16}, make_generator(seed));
  return t.step(x.to(t.device()), at::arange(4, at::kLong).to(t.device()), 2).loss;
}

template <class See, class... Ps>
void all_seen(int seen) {
  auto t = on_device<Finetune<Small, ReplaceHead<4>, See, Ps...>>();
  for (std::uint64_t i = 0; i < 4; ++i) step(t, i);
  INFO(type_name<List<Ps...>>());
  CHECK(t.template behaviour<See>().wrong.empty());
  CHECK(t.template behaviour<See>().seen == seen);
}

/// A layer of one's own, on a linear layer's tensors: it is told that these are in single precision.
struct Own : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    tensors_of<Named<"mix", Linear<8, 8>>>(s);
  }
  using out = SameShape;
};
std::string told;
struct WithOwn final : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 8, Window{3, 2, 1}>>>,
                               Block<"head", GlobalAvgPool, Named<"own", Own>, Named<"fc", Linear<8, 4>>>> {};

}  // namespace

namespace tuneit {
template <auto F>
struct Forward<Own, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) {
    told.append(c.tensor(0).scalar_type() == at::kFloat ? "." : "low");
    return aten::linear(x, c.tensor(0), c.tensor(1));
  }
};
}  // namespace tuneit

TEST_CASE("which weights are read in the number type of what flows") {
  constexpr auto low = tuneit::detail::low_rows<WithOwn>;
  static_assert(low[0] && !low[1] && !low[2] && low[3] && low[4]);  // convolution; Own; linear layer
  static_assert(!tuneit::detail::computes_low<Finetune<Small, Precision<FP32>>>);
  static_assert(tuneit::detail::computes_low<Finetune<Small, Precision<FP16>>>);
}

TEST_CASE("policies see gradients in single precision, wherever they lie") {
  // 8 tensors train: in a step those of each block and behind it (2, 5, 8), then all of them
  all_seen<Sees<false>, Precision<BF16>>(4 * 23);
  all_seen<Sees<true>, Precision<BF16>>(4 * 23);
  all_seen<Sees<false>, Precision<FP16>>(4 * 23);
  all_seen<Sees<true>, Precision<BF16>, GradualUnfreeze<Epochs<1>>>(2 * 4 + 2 * 12);
}

TEST_CASE("a weight that somebody has changed is read as it is now") {
  auto t = on_device<Finetune<Small, ReplaceHead<4>, Precision<BF16>>>();
  step(t, 0);
  at::Tensor(t.tensors()[t.tensors().size() - 2]).zero_();  // of the head
  at::Tensor(t.tensors().back()).zero_();
  CHECK(step(t, 1) == Approx(std::log(4)));
}

TEST_CASE("a layer of one's own is handed its tensors in single precision") {
  auto t = on_device<Finetune<WithOwn, ReplaceHead<4>, Precision<BF16>>>();
  step(t, 0);
  CHECK(told == ".");
}

TEST_CASE("casts and gradients are the values that each weight's own would be") {
  using R = Finetune<Small, Precision<BF16>>;
  auto t = on_device<R>();
  tuneit::detail::LowWeights low(t.device(), at::kBFloat16);
  fake_cuda::reset();
  const Tensors& read = low.cast<InPhase<R, 0>>(t.tensors(), at::kBFloat16, false, 0, true);
  CHECK(fake_cuda::counts().operators_by_name.at("aten::copy_") == 1);
  Tensors gradients(read.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    INFO(table<Small>.name(i));
    const at::Tensor& own = t.tensors()[i];
    if (!tuneit::detail::low_rows<Small>[i]) {
      CHECK(read[i].is_same(own));
      continue;
    }
    CHECK(read[i].cpu().equal(own.cpu().to(at::kBFloat16)));
    CHECK(read[i].strides() == own.strides());
    gradients[i] = read[i].mul(3);
  }
  const Tensors before = gradients;
  low.lift(0, read.size(), gradients);
  for (std::size_t i = 0; i < read.size(); ++i)
    if (before[i].defined()) {
      CHECK(gradients[i].scalar_type() == at::kFloat);
      CHECK(gradients[i].cpu().equal(before[i].cpu().to(at::kFloat)));
    }
}
