// NaN and infinity never vanish: where the plain layers give no finite number, neither does the inference path nor the
// forward pass of a training, for every operation, number type and instruction set.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "tuneit/engine/run/inference_program.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/models/tiny.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;
using kernels::Isa;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
constexpr auto all_numbers = tuneit::detail::single | tuneit::detail::bfloat16 | tuneit::detail::double_precision;

/// A layer as a network's only block, so that it has a table.
template <class Layer>
struct Alone final : Network<Input<3, 16>, Block<"a", Layer>> {};

template <class Layer>
Tensors tensors_of(at::ScalarType type) {
  const auto g = make_generator(4);
  Tensors tensors;
  using Model = Alone<Named<"l", Layer>>;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const TensorRow& row = table<Model>.rows[i];
    const std::vector<std::int64_t> sizes(row.dims, row.dims + row.rank);
    at::Tensor t = row.kind == Kind::BatchCount ? at::rand(sizes, g, at::kFloat).mul_(0).to(at::kLong)
                   : row.owner == Owner::Norm   ? at::rand(sizes, g, at::kFloat).add_(0.5)
                                                : at::randn(sizes, g, at::kFloat).mul_(0.1);
    if (t.is_floating_point()) t = t.to(type == at::kDouble ? at::kDouble : at::kFloat);
    tensors.push_back(std::move(t));
  }
  return tensors;
}

/// Where `plain` is not finite, `ours` is not either.
bool keeps(const at::Tensor& ours, const at::Tensor& plain) {
  return !at::isfinite(ours).logical_and(at::isfinite(plain).logical_not()).any().item<bool>();
}

/// In training everything trains, and batch norms use the batch.
template <class Layer>
constexpr auto live_facts = [] {
  using Model = Alone<Named<"l", Layer>>;
  constexpr std::size_t count = tensor_count<Layer>;
  tuneit::detail::TensorFacts<count> facts;
  facts.live = true;
  facts.dtypes = all_numbers;
  for (std::size_t i = 0; i < count; ++i) {
    const bool buffer = table<Model>.rows[i].is_buffer();
    facts.set(i, !buffer, buffer);
  }
  return facts;
}();

/// By LibTorch's own operations, none of them fused: in single precision, or in double for double.
template <auto Facts, class Layer>
at::Tensor plain_of(const at::Tensor& x, const Tensors& tensors) {
  Tensors own;
  for (const at::Tensor& t : tensors) own.push_back(t.clone());
  const at::Generator generator = make_generator(1);
  return Forward<Layer, Facts>::run(x.to(x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat).clone(),
                                    {own.data(), nullptr, &generator, 0});
}

template <class Layer>
at::Tensor inferred(const at::Tensor& x, const Tensors& tensors) {
  using Run = Infer<inference_program<Layer>, all_numbers>;
  typename Run::Prepared prepared;
  Run::prepare(prepared, tensors.data(), x.scalar_type());
  tuneit::detail::Bound most = tuneit::detail::unknown;
  return Run::run(x.clone(), prepared, most);
}

template <class Layer>
at::Tensor trained(const at::Tensor& x, const Tensors& tensors) {
  using Run = Train<program<Layer>, live_facts<Layer>, Need{true}>;
  Tensors own;
  for (const at::Tensor& t : tensors) own.push_back(t.clone());
  const at::Generator generator = make_generator(1);
  typename Run::Saved saved;
  const tuneit::detail::BelowAutograd below;
  return Run::forward(x.clone(), saved, {own.data(), nullptr, &generator, 0});
}

template <class Layer>
void check_with(const at::Tensor& x, const Tensors& tensors) {
  const at::NoGradGuard no_grad;
  CHECK(keeps(inferred<Layer>(x, tensors),
              plain_of<tuneit::detail::TensorFacts<tensor_count<Layer>>{}, Layer>(x, tensors)));
  CHECK(keeps(trained<Layer>(x, tensors), plain_of<live_facts<Layer>, Layer>(x, tensors)));
}

at::Tensor first_of(at::Tensor t) {
  while (t.dim() > 0) t = t.select(0, 0);
  return t;
}

template <class Layer>
void check_layer(const at::Tensor& x) {
  const Tensors tensors = tensors_of<Layer>(x.scalar_type());
  for (const double bad : {nan, infinity, -infinity}) {
    INFO("the input holds " << bad);
    at::Tensor some = x.clone(), all = x.clone();
    first_of(some).fill_(bad);
    check_with<Layer>(some, tensors);
    if (bad > 0 || bad != bad) check_with<Layer>(all.fill_(bad), tensors);
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i].is_floating_point()) continue;
    // what lies outside of the picture is 0, or is passed over, and 0 times infinity is NaN
    const bool window = tensors[i].dim() == 4 && tensors[i].size(3) > 1;
    const double bad = window || i % 2 == 0 ? nan : infinity;
    INFO("tensor " << i << " holds " << bad);
    Tensors worse = tensors;
    worse[i] = tensors[i].clone();
    worse[i].select(0, 0).fill_(bad);  // all of a filter: some of it may lie outside of the picture
    check_with<Layer>(x, worse);
  }
}

/// For every number type and instruction set of this processor.
template <class Layer>
void check(std::vector<std::int64_t> sizes) {
  const Isa before = kernels::widest_isa();
  for (const Isa widest : {Isa::Avx512, Isa::Avx2, Isa::Plain}) {
    kernels::widest_isa() = widest;
    if (kernels::isa() != widest) continue;
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf, at::kDouble}) {
      const bool half = type == at::kHalf, few = sizes[1] <= 20;
      if (half && !(few && widest == Isa::Plain)) continue;  // no kernels of ours, and slow ones of LibTorch's
      if (type == at::kDouble && widest == Isa::Avx2) continue;
      INFO(type_name<Layer>() << ", instruction set " << static_cast<int>(widest) << ", " << c10::toString(type));
      const at::Tensor x = at::randn(sizes, make_generator(7), at::kFloat).to(type);
      check_layer<Layer>(sizes.size() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x);
    }
  }
  kernels::widest_isa() = before;
}

template <int In, int Out, Window W, bool Bias = false>
using Conv = Named<"c", Conv2d<In, Out, W, Bias>>;
template <int C>
using Norm = Named<"n", BatchNorm2d<C>>;

}  // namespace

TEST_CASE("a convolution and its activation keep what is not finite") {
  constexpr Window three{3, 1, 1}, same{3, 2, Same}, stem{7, 2, 3}, one{1, 1, 0};
  SECTION("Winograd's algorithm") {
    check<Seq<Conv<32, 32, three>, ReLU>>({8, 32, 14, 14});
    check<Seq<Conv<32, 32, three>, Norm<32>, ReLU6>>({8, 32, 14, 14});
  }
  SECTION("alone") { check<Conv<8, 16, one, true>>({2, 8, 5, 5}); }
  SECTION("with an activation") {
    check<Seq<Conv<8, 16, one, true>, ReLU>>({2, 8, 5, 5});
    check<Seq<Conv<8, 16, same, true>, ReLU>>({2, 8, 8, 8});
    check<Seq<Conv<8, 16, three>, ReLU6>>({2, 8, 5, 5});
  }
  SECTION("with a batch norm") {
    check<Seq<Conv<8, 16, same>, Norm<16>>>({2, 8, 5, 5});
    check<Seq<Conv<8, 16, same>, Norm<16>, ReLU>>({2, 8, 5, 5});
    check<Seq<Conv<8, 16, one>, Norm<16>, ReLU6>>({2, 8, 5, 5});
  }
  SECTION("with pooling") {
    check<Seq<Conv<3, 16, stem>, Norm<16>, ReLU, MaxPool2d<Window{3, 2, 1}>>>({2, 3, 16, 16});
    check<Seq<Conv<8, 16, three, true>, ReLU, MaxPool2d<Window{2, 2, 0}>>>({2, 8, 8, 8});
    check<Seq<Conv<8, 16, three, true>, ReLU6, MaxPool2d<Window{2, 2, 0}>>>({2, 8, 8, 8});
  }
}

TEST_CASE("depthwise and grouped convolutions keep what is not finite") {
  constexpr Window deep{3, 1, 1, 16}, wide{5, 2, 2, 16}, grouped{3, 1, 1, 4};
  check<Seq<Conv<16, 16, deep>, Norm<16>, ReLU6>>({2, 16, 5, 5});
  check<Seq<Conv<16, 16, wide>, Norm<16>, ReLU>>({2, 16, 7, 7});
  check<Seq<Norm<16>, ReLU6, Conv<16, 16, deep>, Norm<16>, ReLU6>>({2, 16, 5, 5});
  check<Seq<Conv<16, 16, grouped>, Norm<16>, ReLU>>({2, 16, 5, 5});
}

TEST_CASE("a residual sum and its activation keep what is not finite") {
  constexpr Window three{3, 1, 1}, half{3, 2, 1}, skip{1, 2, 0};
  using Body = Seq<Conv<16, 16, three>, Norm<16>, ReLU, Named<"d", Conv2d<16, 16, three>>, Named<"m", BatchNorm2d<16>>>;
  check<Seq<Residual<Body, Identity>, ReLU>>({2, 16, 5, 5});
  check<Seq<Residual<Body, Identity>, ReLU6>>({2, 16, 5, 5});
  check<Residual<Body, Identity>>({2, 16, 5, 5});
  using Down = Seq<Conv<16, 32, half>, Norm<32>>;
  using Around = Seq<Named<"s", Conv2d<16, 32, skip>>, Named<"t", BatchNorm2d<32>>>;
  check<Seq<Residual<Down, Around>, ReLU>>({2, 16, 5, 5});
  check<Seq<Residual<Conv<32, 32, three>, Identity>, ReLU>>({8, 32, 14, 14});
}

TEST_CASE("norms, pools, linear layers and activations keep what is not finite") {
  check<Norm<16>>({2, 16, 5, 5});
  check<Seq<Norm<16>, ReLU>>({2, 16, 5, 5});
  check<Seq<Norm<20>, ReLU6>>({2, 20, 5, 5});
  check<Seq<Norm<16>, ReLU, MaxPool2d<Window{3, 2, 1}>>>({2, 16, 8, 8});
  check<MaxPool2d<Window{3, 2, 1}>>({2, 16, 8, 8});
  check<MaxPool2d<Window{2, 2, 0}>>({2, 5, 8, 8});
  check<GlobalAvgPool>({2, 20, 5, 5});
  check<AdaptiveAvgPool2d<2, 2>>({2, 8, 5, 5});
  check<GlobalConcatPool>({2, 8, 5, 5});
  check<Named<"f", Linear<20, 7>>>({3, 20});
  check<Seq<Named<"f", Linear<20, 7>>, ReLU>>({3, 20});
  check<Seq<Named<"f", Linear<20, 7, false>>, ReLU6>>({3, 20});
  check<Seq<Named<"f", Linear<300, 200>>, ReLU>>({3, 300});
  check<Seq<Flatten, Named<"f", Linear<8 * 4, 6>>, ReLU6>>({2, 8, 2, 2});
  check<ReLU>({2, 8, 5, 5});
  check<ReLU6>({2, 8, 5, 5});
  check<Seq<Flatten, Dropout<0.0>, Identity>>({2, 8, 2, 2});
}

namespace {

/// An inverted bottleneck, as MobileNetV2 has them.
struct Inverted final
    : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 8, Window{3, 2, 1}>>, Named<"n", BatchNorm2d<8>>, ReLU6>,
              Block<"body", Residual<Seq<Named<"b", Conv2d<8, 32, Window{1}>>, Named<"m", BatchNorm2d<32>>, ReLU6,
                                         Named<"c", Conv2d<32, 32, Window{3, 1, 1, 32}>>, Named<"o", BatchNorm2d<32>>,
                                         ReLU6, Named<"d", Conv2d<32, 8, Window{1}>>, Named<"p", BatchNorm2d<8>>>,
                                     Identity>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<8, 5>>>> {};

bool all_finite(const at::Tensor& t) { return at::isfinite(t).all().item<bool>(); }
bool none_finite(const at::Tensor& t) { return !at::isfinite(t).any().item<bool>(); }

/// One number that is not finite, in any of its tensors, and no logit is finite in evaluation.
template <class Model, class Numbers>
void check_network() {
  using R = Finetune<Model, Precision<Numbers>>;
  Settings settings = defaults<R>();
  settings.device = DeviceKind::Cpu;
  const at::Tensor x = at::randn({4, 3, 16, 16}, make_generator(2), at::kFloat);
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    INFO(table<Model>.name(i));
    if (table<Model>.rows[i].kind == Kind::BatchCount) continue;
    const Trainer<R> trainer(settings);
    CHECK(all_finite(trainer.logits(x)));
    first_of(trainer.tensors()[i]).fill_(nan);
    const at::Tensor logits = trainer.logits(x);
    CHECK(none_finite(logits.select(1, 0)));
    CHECK(std::isnan(trainer.score(logits, at::zeros({4}, at::kLong)).loss));
  }
}

}  // namespace

TEST_CASE("a network with one weight that is no number tests as diverged") {
  check_network<TinyNet, FP32>();
  check_network<TinyNet, BF16>();
  check_network<Inverted, FP32>();
  check_network<Inverted, BF16>();
}
