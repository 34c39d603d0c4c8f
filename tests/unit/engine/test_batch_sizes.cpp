// What may a batch be? None without samples, none of one value for a batch norm; and NaN in the data is no divergence.
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <limits>

#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/metric/evaluate.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/kernels/norm/norm_forward.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/own_batches.hpp"
#include "unit/engine/small.hpp"
#include "unit/refusal.hpp"

using namespace tuneit;
using networks::Small;
using test::Own;

namespace {

using Plain = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>>>;
using Frozen = Finetune<Small, ReplaceHead<2>, Freeze<Backbone>, Sgd<Lr<1e-2>>>;

template <class R>
Trainer<R> trainer(int epochs = 2) {
  Settings s = defaults<R>();
  s.epochs = epochs;
  return Trainer<R>(s);
}

const at::Tensor& running_variance(const Tensors& tensors) { return tensors[4]; }  // of the stem's batch norm

}  // namespace

TEST_CASE("a batch that the network cannot take is refused with what is wrong", "[hostile]") {
  auto t = trainer<Plain>();
  const at::Tensor labels = at::zeros({2}, at::kLong);
  const auto images = [](std::initializer_list<std::int64_t> sizes) { return at::zeros(sizes); };
  CHECK_REFUSED(t.step(images({0, 3, 16, 16}), at::zeros({0}, at::kLong), 1), ErrorKind::Usage, "has no samples");
  CHECK_REFUSED(t.logits(images({0, 3, 16, 16})), ErrorKind::Usage, "has no samples");
  CHECK_REFUSED(t.features(images({0, 3, 16, 16})), ErrorKind::Usage, "has no samples");
  CHECK_REFUSED(t.step(images({2, 1, 16, 16}), labels, 1), ErrorKind::Usage,
                "3 channels, and the batch is [2, 1, 16, 16]");
  CHECK_REFUSED(t.step(images({2, 16, 16, 3}), labels, 1), ErrorKind::Usage, "permute({0, 3, 1, 2})");
  CHECK_REFUSED(t.step(images({3, 16, 16}), labels, 1), ErrorKind::Usage, "four dimensions");
  CHECK_REFUSED(t.step(at::Tensor(), labels, 1), ErrorKind::Usage, "undefined");
  CHECK_REFUSED(t.step(images({2, 16, 16, 3}), labels, 1), ErrorKind::Usage, "looks like NHWC");
  CHECK_REFUSED(t.step(images({16, 16, 3}), labels, 1), ErrorKind::Usage, "permute({2, 0, 1}).unsqueeze(0)");
  CHECK_REFUSED(t.step(images({2, 1, 16, 16}), labels, 1), ErrorKind::Usage, "grey pictures");
  CHECK_REFUSED(t.step(at::zeros({2, 3, 16, 16}, at::kByte), labels, 1), ErrorKind::Usage, "type Byte");
  CHECK_REFUSED(t.step(at::zeros({2, 3, 16, 16}, at::kByte), labels, 1), ErrorKind::Usage, "to(at::kFloat).div(255)");
  CHECK_REFUSED(t.step(images({2, 3, 16, 16}), at::full({2}, 2, at::kLong), 1), ErrorKind::Data, "it is 2");
  CHECK_REFUSED(t.step(images({2, 3, 16, 16}), at::full({2}, -1, at::kLong), 1), ErrorKind::Data, "it is -1");
  CHECK_REFUSED(t.step(images({2, 3, 16, 16}), at::zeros({3}, at::kLong), 1), ErrorKind::Data,
                "outputs of the shape [2, 2]");
  CHECK_REFUSED(t.step_features(images({0, 3, 16, 16}), at::zeros({0}, at::kLong), 1), ErrorKind::Usage, "no samples");
  CHECK(t.steps_done() == 0);
  // any size that it can take, one after the other
  CHECK(t.step(images({2, 3, 16, 16}), labels, 1).count == 2);
  CHECK(t.step(images({2, 3, 9, 20}), labels, 1).count == 2);
  // bytes behind numbers of the same shape
  CHECK_REFUSED(t.logits(at::zeros({2, 3, 9, 20}, at::kByte)), ErrorKind::Usage, "type Byte");
  auto frozen = trainer<Frozen>();
  CHECK_REFUSED(frozen.step(images({0, 3, 16, 16}), at::zeros({0}, at::kLong), 1), ErrorKind::Usage, "has no samples");
  CHECK_REFUSED(frozen.logits_from(images({0, 8, 8, 8})), ErrorKind::Usage, "has no samples");
}

namespace networks {
struct NumberBatches final
    : Network<Input<16, 1>, Block<"in", Named<"a", Linear<16, 8>>, ReLU>, Block<"head", Named<"fc", Linear<8, 5>>>> {};
struct Whole final : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 4, Window{5}>>, ReLU>,
                             Block<"head", Flatten, Named<"fc", Linear<576, 5>>>> {};
}  // namespace networks

TEST_CASE("a network of numbers takes them in rows, or as pictures of one pixel", "[hostile]") {
  auto t = trainer<Finetune<networks::NumberBatches, ReplaceHead<2>>>();
  const at::Tensor labels = at::zeros({4}, at::kLong);
  CHECK(t.step(at::zeros({4, 16}), labels, 1).count == 4);
  CHECK(t.logits(at::zeros({4, 16})).size(0) == 4);
  CHECK_REFUSED(t.step(at::zeros({4, 15}), labels, 1), ErrorKind::Usage,
                "rows of 16 numbers, and the batch is [4, 15]");
  CHECK_REFUSED(t.step(at::zeros({0, 16}), at::zeros({0}, at::kLong), 1), ErrorKind::Usage, "has no samples");
  CHECK_REFUSED(t.step(at::zeros({4, 16}, at::kLong), labels, 1), ErrorKind::Usage, "type Long");
}

TEST_CASE("pictures of a side that the network cannot take are refused", "[hostile]") {
  using R = Finetune<networks::Whole, ReplaceHead<2>>;
  Trainer<R> t(defaults<R>());
  const at::Tensor labels = at::zeros({2}, at::kLong);
  CHECK(t.step(at::zeros({2, 3, 16, 16}), labels, 1).count == 2);
  CHECK_REFUSED(t.step(at::zeros({2, 3, 18, 16}), labels, 1), ErrorKind::Usage, "16 x 18 pixels");
  CHECK_REFUSED(t.step(at::zeros({2, 3, 18, 16}), labels, 1), ErrorKind::Usage, "takes square pictures of this side");
  CHECK_REFUSED(t.logits(at::zeros({2, 3, 4, 4})), ErrorKind::Usage, "made for 16 x 16");
  CHECK_REFUSED(t.logits(at::zeros({2, 3, 4, 4})), ErrorKind::Usage, "of 16 x 16 pixels at least");
  CHECK_REFUSED(t.logits(at::zeros({2, 3, 32, 32})), ErrorKind::Usage,
                "A layer of it takes so many numbers and no other");
}

TEST_CASE("what a source of batches may not give is refused with the number of the batch", "[hostile]") {
  const auto train = [](const Own::Change& change, auto&& trainer_) {
    Own source(6, 2, 16, change);
    (void)fit(trainer_, source, nullptr);
  };
  const auto second = [](const Own::Change& change) {
    return [change, at = 0](data::Batch& b) mutable {
      if (++at == 2) change(b);
    };
  };
  const auto empty = [](data::Batch& b) {
    b.images = at::zeros({0, 3, 16, 16});
    b.labels = at::zeros({0}, at::kLong);
    b.index.clear();
  };
  CHECK_REFUSED(train(second(empty), trainer<Plain>()), ErrorKind::Data, "batch 2 of the data source has no samples");
  CHECK_REFUSED(train(empty, trainer<Frozen>()), ErrorKind::Data, "batch 1 of the data source has no samples");
  const auto other_side = [](data::Batch& b) { b.images = at::zeros({2, 3, 8, 8}); };
  CHECK_REFUSED(train(second(other_side), trainer<Plain>()), ErrorKind::Data, "another shape, [2, 3, 8, 8]");
  const auto bytes = [](data::Batch& b) { b.images = b.images.to(at::kByte); };
  CHECK_REFUSED(train(bytes, trainer<Plain>()), ErrorKind::Data, "type Byte");
  const auto few = [](data::Batch& b) { b.labels = b.labels.narrow(0, 0, 1); };
  CHECK_REFUSED(train(few, trainer<Plain>()), ErrorKind::Data, "2 images and 1 labels");
  const auto ints = [](data::Batch& b) { b.labels = b.labels.to(at::kInt); };
  CHECK_REFUSED(train(ints, trainer<Plain>()), ErrorKind::Data, "labels of type Int");
  const auto lost = [](data::Batch& b) { b.index.clear(); };
  CHECK_REFUSED(train(lost, trainer<Plain>()), ErrorKind::Data, "0 positions in Batch::index");
  const auto beyond = [](data::Batch& b) { b.index[1] = 6; };
  CHECK_REFUSED(train(beyond, trainer<Frozen>()), ErrorKind::Data, "position 6 in a list of 6");
  const auto flat = [](data::Batch& b) { b.images = b.images.flatten(1); };
  CHECK_REFUSED(train(flat, trainer<Plain>()), ErrorKind::Usage, "this one is [2, 768]");

  const auto t = trainer<Plain>();
  Own tests(6, 2, 16, second(empty));
  CHECK_REFUSED(evaluate(t, tests), ErrorKind::Data, "batch 2 of the data source has no samples");
}

TEST_CASE("a batch of one value per channel moves no running statistics") {
  const at::Tensor one = at::randn({1, 3, 2, 2}, make_generator(1)), label = at::zeros({1}, at::kLong);
  const auto unmoved = [&](auto t, const at::Tensor& x) {
    Tensors before;
    for (const at::Tensor& tensor : t.tensors()) before.push_back(tensor.clone());
    CHECK_THROWS_AS(t.step(x, label, 1), LoneSample);
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(before[i].equal(t.tensors()[i]));
    CHECK(t.steps_done() == 0);
  };
  using Half = Finetune<Small, ReplaceHead<2>, Precision<BF16>>;
  using Mixed = Finetune<Small, ReplaceHead<2>, Mixup<0.2>>;
  using Body = Finetune<Small, ReplaceHead<2>, Freeze<Layers<0, 1>>>;
  unmoved(trainer<Plain>(), one);
  unmoved(trainer<Half>(), one);
  unmoved(trainer<Mixed>(), one);
  unmoved(trainer<Body>(), one);
  CHECK(trainer<Plain>().step(at::randn({1, 3, 3, 3}), label, 1).count == 1);  // 2 x 2 values
  CHECK(trainer<Frozen>().step(one, label, 1).count == 1);                     // fixed statistics
  // the kernel itself: no variance, nothing of no pixels
  double mean[3], variance[3];
  const float x[3] = {1, 2, 3};
  kernels::norm_moments(x, kernels::Extent{0, 3, 1}, mean, variance);
  CHECK((mean[0] == 0 && variance[2] == 0));
}

TEST_CASE("fit passes over a batch of one value per channel, and counts it") {
  // 2 x 2 pixels become 1 x 1 behind the stem; 5 samples in batches of 2 leave one
  const auto statistics = [](std::size_t count, auto t) {
    Own source(count, 2, 2);
    const auto history = fit(t, source, nullptr);
    for (const EpochResult& e : history) CHECK(e.left_out == count % 2);
    for (const EpochResult& e : history) CHECK(e.train.count == 4);
    CHECK(t.steps_done() == static_cast<long long>(2 * ((count + 1) / 2)));  // phases and schedules go on as planned
    return running_variance(t.tensors()).clone();
  };
  CHECK(statistics(5, trainer<Plain>()).equal(statistics(4, trainer<Plain>())));

  using Windows = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e-2>>, Accumulate<2>>;
  const auto accumulated = [](std::size_t count) {
    auto t = trainer<Windows>(1);
    Own source(count, 2, 2);
    CHECK(fit(t, source, nullptr).back().train.count == 4);
    CHECK(t.steps_done() == t.steps_in(static_cast<long long>(source.batches())));
    return t.tensors().back().clone();  // of the head
  };
  CHECK(accumulated(5).equal(accumulated(4)));

  auto t = trainer<Plain>();
  Own ones(3, 1, 2);
  CHECK_REFUSED(fit(t, ones, nullptr), ErrorKind::Usage, "every batch has one picture");
}

TEST_CASE("it is known before a training whether one picture gives a batch norm one value") {
  STATIC_REQUIRE(lone_values_at<Finetune<ResNet18, ReplaceHead<2>>>(32));
  STATIC_REQUIRE_FALSE(lone_values_at<Finetune<ResNet18, ReplaceHead<2>>>(33));
  STATIC_REQUIRE_FALSE(lone_values_at<Finetune<ResNet18, ReplaceHead<2>, Freeze<Backbone>>>(32));
  STATIC_REQUIRE_FALSE(lone_values_at<Finetune<Vgg16, ReplaceHead<2>>>(32));
  STATIC_REQUIRE(lone_values_at<Finetune<MobileNetV2, ReplaceHead<2>>>(32));
  using Later = Finetune<ResNet18, ReplaceHead<2>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>>>>;
  STATIC_REQUIRE(lone_values_at<Later>(32));
  STATIC_REQUIRE(lone_values<Later>(1, Shape{3, 32, 32}));
  STATIC_REQUIRE_FALSE(lone_values<Later>(0, Shape{3, 32, 32}));
  STATIC_REQUIRE_FALSE(takes<ResNet18>({1, 32, 32}));
}

TEST_CASE("NaN in the data is told apart from divergence, by the sample that has it", "[hostile]") {
  const auto put = [](float value) {
    return [value](data::Batch& b) {
      for (std::size_t i = 0; i < b.index.size(); ++i)
        if (b.index[i] == 3) b.images[static_cast<std::int64_t>(i)][0][1][1].fill_(value);
    };
  };
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const auto train = [](const Own::Change& change, auto t) {
    Own source(6, 2, 16, change);
    (void)fit(t, source, nullptr);
  };
  CHECK_REFUSED(train(put(nan), trainer<Plain>()), ErrorKind::Data, "the tile 3: its picture holds NaN");
  CHECK_REFUSED(train(put(infinity), trainer<Plain>()), ErrorKind::Data, "the tile 3: its picture holds infinity");
  CHECK_REFUSED(train(put(nan), trainer<Frozen>(3)), ErrorKind::Data, "the tile 3: its picture holds NaN");
  const auto doubles = [&](data::Batch& b) {  // of another number type, not contiguous
    put(nan)(b);
    b.images = b.images.to(at::kDouble).transpose(2, 3);
  };
  CHECK_REFUSED(train(doubles, trainer<Frozen>(3)), ErrorKind::Data, "the tile 3: its picture holds NaN");
  Own tests(6, 2, 16, put(nan));
  CHECK_REFUSED(evaluate(trainer<Plain>(), tests), ErrorKind::Data, "the tile 3: its picture holds NaN");

  using Regression = Finetune<Small, ReplaceHead<1>, MeanSquaredError<>>;
  const auto targets = [&](data::Batch& b) {
    b.labels = at::zeros({2, 1});
    if (b.index[0] == 4) b.labels[1][0].fill_(nan);
  };
  CHECK_REFUSED(train(targets, trainer<Regression>()), ErrorKind::Data, "the tile 5: its targets hold NaN");
  auto direct = trainer<Plain>();
  at::Tensor x = at::randn({3, 3, 16, 16});
  x[2].fill_(nan);
  CHECK_REFUSED(direct.step(x, at::zeros({3}, at::kLong), 1), ErrorKind::Data, "sample 2 of the batch");
  CHECK_REFUSED(direct.step_features(x, at::zeros({3}, at::kLong), 1), ErrorKind::Data,
                "what the frozen blocks make of");
  auto regression = trainer<Regression>();
  at::Tensor y = at::zeros({2, 1});
  y[1].fill_(infinity);
  CHECK_REFUSED(regression.step(at::randn({2, 3, 16, 16}), y, 1), ErrorKind::Data, "its targets hold infinity");

  using Wild = Finetune<Small, ReplaceHead<2>, Sgd<Lr<1e30>>>;
  CHECK_REFUSED(train({}, trainer<Wild>(20)), ErrorKind::Diverged, "no longer a finite number");
}
