// Layers that ATen computes, against its functions: evaluation, prepared inference and training, also in bfloat16.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>

#include "tuneit/engine/run/inference_program.hpp"
#include "tuneit/engine/run/train.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

template <class Layer>
constexpr auto live_facts = [] {
  tuneit::detail::TensorFacts<tensor_count<Layer>> facts;
  facts.live = true;
  for (std::size_t i = 0; i < tensor_count<Layer>; ++i) facts.set(i, true, false);
  return facts;
}();

double far(const at::Tensor& a, const at::Tensor& b) {
  return a.to(at::kDouble).sub(b.to(at::kDouble)).abs().max().item<double>();
}

/// `expected` and its gradients by autograd in double precision; ours from numbers of a type.
template <class Layer, class F>
void check(const at::Tensor& x, const Tensors& tensors, at::ScalarType type, double bound, const F& expected) {
  INFO(type_name<Layer>() << " " << c10::toString(type));
  const at::Tensor input = x.to(type), in = input.to(at::kDouble).requires_grad_(true);
  Tensors wide;
  for (const at::Tensor& t : tensors) wide.push_back(t.to(at::kDouble).requires_grad_(true));
  const at::Tensor y = expected(in, wide);
  const at::Tensor dy = at::randn(y.sizes(), make_generator(8), at::kFloat).to(type);
  y.backward(dy.to(at::kDouble));

  using Prepared = Infer<Layer, tuneit::detail::single | tuneit::detail::bfloat16>;
  typename Prepared::Prepared prepared;
  const tuneit::detail::BelowAutograd below;
  Prepared::prepare(prepared, tensors.data(), type);
  tuneit::detail::Bound most = tuneit::detail::unknown;
  const at::Tensor evaluated = Prepared::run(input.clone(), prepared, most);
  CHECK(evaluated.scalar_type() == type);
  CHECK(far(evaluated, y.detach()) < bound);

  using Run = Train<Layer, live_facts<Layer>, Need{true}>;
  typename Run::Saved saved;
  Tensors gradients(tensors.size());
  const at::Generator generator = make_generator(1);
  const Context c{tensors.data(), gradients.data(), &generator, 0};
  const at::Tensor held = Run::forward(input, saved, c);  // somebody else holds x
  CHECK(input.equal(x.to(type)));
  CHECK(far(held, y.detach()) < bound);
  typename Run::Saved saved_in_place;
  CHECK(far(Run::forward(input.clone(), saved_in_place, c), y.detach()) < bound);
  CHECK(far(Run::backward({dy.clone()}, saved_in_place, c).sum(), in.grad()) < bound);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    REQUIRE(gradients[i].scalar_type() == tensors[i].scalar_type());
    CHECK(far(gradients[i], wide[i].grad()) < 10 * bound);  // sums over the batch
  }
}

template <class Layer, class F>
void check_both(const at::Tensor& x, const Tensors& tensors, const F& expected) {
  check<Layer>(x, tensors, at::kFloat, 1e-5, expected);
  check<Layer>(x, tensors, at::kBFloat16, 3e-2, expected);
}

}  // namespace

TEST_CASE("smooth activations are ATen's") {
  const at::Tensor x =
      at::randn({3, 4, 5, 5}, make_generator(2), at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
  check_both<Sigmoid>(x, {}, [](const at::Tensor& in, const Tensors&) { return at::sigmoid(in); });
  check_both<Tanh>(x, {}, [](const at::Tensor& in, const Tensors&) { return at::tanh(in); });
  check_both<SiLU>(x, {}, [](const at::Tensor& in, const Tensors&) { return at::silu(in); });
  check_both<GELU<>>(x, {}, [](const at::Tensor& in, const Tensors&) { return at::gelu(in, "none"); });
  check_both<GELU<Tanh>>(x, {}, [](const at::Tensor& in, const Tensors&) { return at::gelu(in, "tanh"); });
}

TEST_CASE("layer norm is ATen's") {
  const auto g = make_generator(3);
  const at::Tensor x = at::randn({6, 12}, g, at::kFloat);
  const Tensors t{at::randn({12}, g, at::kFloat), at::randn({12}, g, at::kFloat)};
  check_both<LayerNorm<12>>(
      x, t, [](const at::Tensor& in, const Tensors& w) { return at::layer_norm(in, {12}, w[0], w[1], 1e-5); });
  check_both<LayerNorm<12, 0.5>>(
      x, t, [](const at::Tensor& in, const Tensors& w) { return at::layer_norm(in, {12}, w[0], w[1], 0.5); });
}

TEST_CASE("a layer norm starts as the identity up to its moments, and is a norm to selectors") {
  struct Net final
      : Network<Input<6, 1>, Block<"in", Named<"n", LayerNorm<6>>>, Block<"head", Named<"fc", Linear<6, 3>>>> {};
  const Tensors t = make_tensors<Net>(3, make_generator(1));
  CHECK(t[0].equal(at::ones({6})));
  CHECK(t[1].equal(at::zeros({6})));
  STATIC_REQUIRE(trainable_parameters<Finetune<Net, Freeze<Norms>>> == 21);
}
