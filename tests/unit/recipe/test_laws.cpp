// Laws of the plan on recipes of all kinds and on a deep network, against a naive oracle on names.
#include <catch2/catch.hpp>
#include <string>
#include <tuneit/recipe.hpp>

using namespace tuneit;

namespace {

bool is_buffer(const std::string& name) {
  return name.find("running_") != std::string::npos || name.find("num_batches") != std::string::npos;
}

template <class R>
void check_laws() {
  using Model = typename R::model;
  std::int64_t all = 0;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const std::string name(table<Model>.name(i));
    CAPTURE(name);
    const PlanRow& row = plan<R>.rows[i];
    CHECK(table<Model>.rows[i].is_buffer() == is_buffer(name));
    if (!is_buffer(name)) {
      all += table<Model>.rows[i].numel();
      CHECK_FALSE(row.batch_statistics);
    }
    if (row.frozen) CHECK_FALSE(row.batch_statistics);
    CHECK(row.lr_scale > 0);
    CHECK(row.decay_scale >= 0);
  }
  CHECK(trainable_parameters<R> + frozen_parameters<R> == all);
  CHECK(all == parameter_count<Model>());
}

}  // namespace

TEST_CASE("frozen and trainable are all; buffers never train; the new head is the only fresh part") {
  check_laws<Finetune<ResNet152, ReplaceHead<5>, Freeze<Layer<"layer3.4">>, LrScale<Norms, 2>>>();
  check_laws<Finetune<EfficientNetLite4, ReplaceHead<5>, Freeze<Match<"_blocks.[0-9].*">>, NoDecay<Biases>>>();
  check_laws<Finetune<ResNet18, Freeze<Except<Biases>>, DecayScale<Biases, 0.5>>>();
  check_laws<Finetune<Vgg16Bn, ReplaceHead<5>, Freeze<Layers<0, 3>>, NoDecay<Union<Norms, Biases>>>>();
  check_laws<Finetune<MobileNetV2, ReplaceHead<5>, Freeze<Layer<"features.17", "last">>, FrozenStats<>>>();
  check_laws<Finetune<TinyNet, ReplaceHead<5>, Freeze<Layer<"body.1">>>>();
}

TEST_CASE("names in a deep table select by whole components") {
  using R = Finetune<ResNet152, Freeze<Layer<"layer3.3">>>;
  for (std::size_t i = 0; i < table<ResNet152>.size; ++i) {
    const std::string name(table<ResNet152>.name(i));
    CHECK(plan<R>.rows[i].frozen == (name.rfind("layer3.3.", 0) == 0));
  }
}

TEST_CASE("replacing the head leaves the rest alone") {
  using Bare = Finetune<ResNet34>;
  using New = Finetune<ResNet34, ReplaceHead<9>>;
  REQUIRE(table<New::model>.size == table<ResNet34>.size);
  for (std::size_t i = 0; i < table<ResNet34>.size; ++i) {
    CHECK(table<New::model>.name(i) == table<ResNet34>.name(i));
    const bool head = table<ResNet34>.name(i).substr(0, 3) == "fc.";
    CHECK((plan<New>.rows[i] == plan<Bare>.rows[i]) != head);
    CHECK((table<New::model>.rows[i].numel() == table<ResNet34>.rows[i].numel()) != head);
  }
}
