// What rules have changed: gradients against autograd on the plain network, inference with merged weights against it.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "against_autograd.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/models/vgg.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;
using test::check;
using test::difference;

namespace {

template <class... Layers>
using Around = Network<Input<4, 9>, Block<"in", Named<"in", Conv2d<4, 6, Window{1}>>>, Block<"mid", Layers...>,
                       Block<"head", GlobalAvgPool, Named<"fc", Linear<6, 5>>>>;
template <Window W, bool Bias = true>
using C = Named<"c", Conv2d<6, 6, W, Bias>>;

struct Alone final : Around<C<Window{3, 1, 1}, false>> {};
struct Biased final : Around<C<Window{3, 2, 1}>, Named<"n", BatchNorm2d<6>>, ReLU> {};
struct Activated final : Around<C<Window{3, 1, 1}>, ReLU6, Named<"d", Conv2d<6, 6, Window{1}>>> {};
struct Pooled final : Around<C<Window{3, 1, 1}>, ReLU, MaxPool2d<Window{2, 2}>> {};
struct SameOdd final : Around<C<Window{3, 2, Same}>> {};
struct Wide final : Around<C<Window{{1, 5}, 1, {0, 2}, 1, {1, 1}}>> {};
struct Dilated final : Around<C<Window{3, 1, 2, 1, 2}>> {};
struct Joins final : Around<Residual<Seq<C<Window{3, 1, 1}>, Named<"n", BatchNorm2d<6>>>, Identity>, ReLU> {};
struct Turn {
  using layers = Seq<Residual<Seq<C<Window{3, 1, 1}>, Named<"n", BatchNorm2d<6>>, ReLU>, Identity>, ReLU>;
};
struct Turns final : Around<Named<"b", Repeat<0, 5, Turn>>> {};
struct Mlp final : Network<Input<7, 1>, Block<"fc1", Named<"fc1", Linear<7, 12>>, ReLU>,
                           Block<"fc2", Named<"fc2", Linear<12, 9, false>>, ReLU6, Dropout<0.2>>,
                           Block<"head", Named<"fc3", Linear<9, 5>>>> {};
struct Flow final : Network<Input<1, 8>, Block<"mid", Named<"c", Conv2d<1, 8, Window{8}>>, Flatten>,
                            Block<"head", Named<"fc", Linear<8, 5>>>> {};

using OnC = Lora<Modules<"c">, Rank<2>, Alpha<3>>;

/// Outputs of the network with weights that are merged, against those of the plain one with the products beside.
template <class R, at::ScalarType Type, tuneit::detail::DTypeSet N>
double merged_difference(int side) {
  using Model = typename R::model;
  Tensors tensors = test::used_tensors<Model>(5);
  for (at::Tensor& t : tensors)
    if (t.is_floating_point()) t = t.to(Type);
  const at::Tensor x = side > 1 ? at::randn({3, Model::input::channels, side, side}, make_generator(6), Type)
                                      .contiguous(at::MemoryFormat::ChannelsLast)
                                : at::randn({3, Model::input::channels}, make_generator(6), Type);
  const tuneit::detail::BelowAutograd below;
  InferenceProgram<Model, 0, Model::block_count, N> program;
  program.prepare(tensors, Type);
  return difference(program.run(x), infer<Model>(x, tensors));
}
template <class Network, class... Ps>
void merges(int side) {
  using R = Finetune<Network, Ps...>;
  INFO(type_name<R>());
  CHECK(merged_difference<R, at::kDouble, tuneit::detail::double_precision>(side) < 1e-12);
  CHECK(merged_difference<R, at::kFloat, tuneit::detail::single>(side) < 2e-6);
}

}  // namespace

TEST_CASE("a product of low rank beside a convolution: gradients as autograd's", "[rewrites]") {
  check<Alone, OnC>(9);
  check<Biased, OnC>(9);
  check<Activated, OnC>(9);
  check<Pooled, OnC>(9);
  check<SameOdd, OnC>(9);
  check<Wide, OnC>(9);
  check<Dilated, OnC>(9);
  check<Joins, OnC>(9);
}

TEST_CASE("in turns of a Repeat, all or one of them", "[rewrites]") {
  check<Turns, OnC>(9);
  check<Turns, Lora<Layer<"b.3.c">, Rank<2>>>(9);
  check<Turns, Lora<Layer<"b.3.c">, Rank<2>>, Unfreeze<Layer<"b.1">>>(9);  // base weights move, too
  check<Turns, OnC, Unfreeze<All>>(9);
}

TEST_CASE("beside linear layers, with what is dropped", "[rewrites]") {
  check<Mlp, Lora<All, Rank<3>>>(1);
  check<Mlp, Lora<Layer<"fc2">, Rank<3>, RsLora>, Unfreeze<All>>(1);
  check<Mlp, Lora<All, Rank<3>, LoraDropout<0.4>>>(1);
  check<Turns, Lora<Modules<"c">, Rank<2>, LoraDropout<0.4>>>(9);
}

TEST_CASE("weights that are made anew: gradients as autograd's", "[rewrites]") {
  using D = Dora<Modules<"c">, Rank<2>, Alpha<3>>;
  using I = Ia3<Modules<"c">>;
  using Before = Ia3<Modules<"c">, OnInput>;
  check<Alone, D>(9);
  check<Biased, D>(9);
  check<Activated, D>(9);
  check<Turns, D, Unfreeze<Layer<"b.1">>>(9);
  check<Mlp, Dora<All, Rank<3>>>(1);
  check<Alone, I>(9);
  check<Biased, I>(9);
  check<Activated, I>(9);
  check<Turns, I, Unfreeze<Layer<"b.1">>>(9);
  check<Biased, I, Unfreeze<All>>(9);
  check<Mlp, Ia3<All>>(1);
  check<Biased, Before, Unfreeze<All>>(9);
  check<Mlp, Ia3<All, OnInput>>(1);
}

TEST_CASE("a bottleneck behind layers: gradients as autograd's", "[rewrites]") {
  check<Biased, Adapter<Modules<"c">, 3>>(9);
  check<Turns, Adapter<Modules<"c">, 3>, Unfreeze<Layer<"b.1">>>(9);
  check<Mlp, Adapter<Backbone, 3>>(1);
}

TEST_CASE("weights that are merged give what products beside them give", "[rewrites]") {
  merges<Alone, OnC>(9);
  merges<Biased, OnC>(9);
  merges<Activated, OnC>(9);
  merges<Pooled, OnC>(9);
  merges<SameOdd, OnC>(9);
  merges<Joins, OnC>(9);
  merges<Turns, OnC>(9);
  merges<Mlp, Lora<All, Rank<3>>>(1);
  merges<Biased, Dora<Modules<"c">, Rank<2>>>(9);
  merges<Activated, Dora<Modules<"c">, Rank<2>>>(9);
  merges<Biased, Ia3<Modules<"c">>>(9);
  merges<Mlp, Ia3<All, OnInput>>(1);
  merges<Turns, Adapter<Modules<"c">, 3>>(9);
}
