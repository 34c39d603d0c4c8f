// A run with kept features is the run without them, bit for bit; and no picture is read twice.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "../data/picture_files.hpp"
#include "tuneit/data/batches/loader.hpp"
#include "tuneit/engine/feature_cache.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

struct Small final
    : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 8, Window{3, 2, 1}>>, Named<"n", BatchNorm2d<8>>, ReLU>,
              Block<"body", Named<"b", Conv2d<8, 8, Window{3, 1, 1}>>, Named<"m", BatchNorm2d<8>>, ReLU>,
              Block<"head", GlobalAvgPool, Dropout<0.3>, Named<"fc", Linear<8, 5>>>> {};

using Probe = Finetune<Small, ReplaceHead<2>, Freeze<Backbone>, Epochs<5>, Sgd<Lr<0.1>, Momentum<0.9>>>;
using Half = Finetune<Small, ReplaceHead<2>, Freeze<Layers<0, 1>>, Epochs<5>, AdamW<Lr<1e-2>>, Views<2>>;
using Full = Finetune<Small, ReplaceHead<2>, Epochs<2>>;
static_assert(TrainsFeatures<Trainer<Probe>>);

std::vector<data::Sample> pictures(const test::TempFolder& folder, int count) {
  std::vector<data::Sample> out;
  for (int i = 0; i < count; ++i)
    out.push_back(
        {folder.write("p" + std::to_string(i) + ".png", test::encode_png(test::gradient(20 + i, 24, 9 * i))).string(),
         i % 2});
  return out;
}

struct Run {
  std::vector<EpochResult> history;
  Tensors tensors;
};
template <class R>
Run run(const std::vector<data::Sample>& samples, Settings s, const data::Augment& augment, bool drop_last = false,
        const std::filesystem::path* gone = nullptr, std::size_t skip = 0) {
  s.device = DeviceKind::Cpu;
  Trainer<R> trainer(s);
  data::Loader train(samples, augment,
                     {.batch_size = 4,
                      .workers = 1,
                      .shuffle = true,
                      .seed = 1,
                      .drop_last = drop_last,
                      .skip_at_most = skip,
                      .cache_bytes = 0});
  data::Loader test(samples, data::imagenet_eval(16),
                    {.batch_size = 3, .workers = 0, .skip_at_most = skip, .cache_bytes = 0});
  struct Remove {
    const std::filesystem::path* folder;
    int after;
    void on_epoch(const EpochResult& e, const Trainer<R>&) const {
      if (folder != nullptr && e.epoch == after) std::filesystem::remove_all(*folder);
    }
  } remove{gone, std::max(1, s.views)};
  return {fit(trainer, train, &test, remove), trainer.tensors()};
}

void check_equal(const Run& a, const Run& b) {
  REQUIRE(a.history.size() == b.history.size());
  for (std::size_t e = 0; e < a.history.size(); ++e) {
    CHECK(a.history[e].train.loss_sum == b.history[e].train.loss_sum);
    CHECK(a.history[e].train.correct == b.history[e].train.correct);
    CHECK(a.history[e].train.count == b.history[e].train.count);
    CHECK(a.history[e].validation.loss_sum == b.history[e].validation.loss_sum);
    CHECK(a.history[e].validation.correct == b.history[e].validation.correct);
    CHECK(a.history[e].validation.count == b.history[e].validation.count);
  }
  for (std::size_t i = 0; i < a.tensors.size(); ++i) CHECK(a.tensors[i].equal(b.tensors[i]));
}

template <class R>
void check_cached(const std::vector<data::Sample>& samples, Settings s, const data::Augment& augment,
                  bool drop_last = false, std::size_t skip = 0) {
  Settings plain = s;
  plain.cache_features = false;
  const Run without = run<R>(samples, plain, augment, drop_last, nullptr, skip),
            with = run<R>(samples, s, augment, drop_last, nullptr, skip);
  check_equal(without, with);
  for (const EpochResult& e : without.history) CHECK_FALSE(e.cached);
  for (const EpochResult& e : with.history) CHECK(e.cached == (e.epoch > std::max(1, s.views)));
}

}  // namespace

TEST_CASE("kept features change nothing but the time") {
  const test::TempFolder folder;
  auto samples = pictures(folder, 11);  // batches of 4, 4 and 3
  Settings s = defaults<Probe>();
  SECTION("without augmentation") { check_cached<Probe>(samples, s, data::no_augment(16)); }
  SECTION("where the last batch is left out, other pictures in each epoch") {
    check_cached<Probe>(samples, s, data::no_augment(16), true);
  }
  SECTION("in two views of each picture, with a block and its statistics behind the cut") {
    check_cached<Half>(samples, defaults<Half>(), data::imagenet_train(16));
  }
  SECTION("where pictures are left out because they cannot be read") {
    for (const std::size_t bad : {3U, 4U}) samples[bad].path = folder.write("bad.png", "no picture").string();
    check_cached<Probe>(samples, s, data::no_augment(16), false, 2);
    check_cached<Half>(samples, defaults<Half>(), data::imagenet_train(16), true, 2);
  }
  SECTION("in a file") {
    s.cache_bytes = 100;
    check_cached<Probe>(samples, s, data::no_augment(16));
  }
}

TEST_CASE("in bfloat16 the features are kept in bfloat16") {
  const test::TempFolder folder;
  using R = Finetune<Small, ReplaceHead<2>, Freeze<Backbone>, Epochs<4>, Precision<BF16>>;
  check_cached<R>(pictures(folder, 8), defaults<R>(), data::no_augment(16));
}

TEST_CASE("pictures are read once for each view, then no more") {
  const auto count = [](auto settings, const data::Augment& augment, auto recipe) {
    const test::TempFolder folder;
    const std::filesystem::path path = folder.path();
    return run<typename decltype(recipe)::type>(pictures(folder, 9), settings, augment, false, &path).history.size();
  };
  CHECK(count(defaults<Probe>(), data::no_augment(16), Type<Probe>{}) == 5);
  CHECK(count(defaults<Half>(), data::imagenet_train(16), Type<Half>{}) == 5);
  Settings off = defaults<Probe>();
  off.cache_features = false;
  CHECK_THROWS_AS(count(off, data::no_augment(16), Type<Probe>{}), Error);
}

TEST_CASE("nothing is kept where it would never be used") {
  const test::TempFolder folder;
  const auto samples = pictures(folder, 6);
  const auto cached = [&](const Run& r) {
    return std::any_of(r.history.begin(), r.history.end(), [](const EpochResult& e) { return e.cached; });
  };
  CHECK_FALSE(cached(run<Full>(samples, defaults<Full>(), data::no_augment(16))));        // no frozen blocks
  CHECK_FALSE(cached(run<Probe>(samples, defaults<Probe>(), data::imagenet_train(16))));  // fresh pixels every epoch
  Settings once = defaults<Half>();
  once.epochs = 2;
  CHECK_FALSE(cached(run<Half>(samples, once, data::imagenet_train(16))));  // two views in two epochs
}

TEST_CASE("features that fit nowhere are computed each time, and it is said why") {
  const Room room = find_room(std::int64_t{1} << 55, std::int64_t{1} << 60);
  CHECK(room.where == KeptIn::Nowhere);
  CHECK(room.text.find("more than") != std::string::npos);
  CHECK(find_room(100, 200).where == KeptIn::Memory);
  RowStore rows;
  CHECK_FALSE(rows.open(room, 100));
  const Room file = find_room(1000, 10);
  if (file.where == KeptIn::File) {  // not where all folders lie in memory
    REQUIRE(rows.open(file, 10));
    std::fill_n(rows.row(0), 1000, 'x');
    RowStore moved = std::move(rows);
    CHECK(moved.row(99)[9] == 'x');
    CHECK_FALSE(rows.is_open());
  }
}

TEST_CASE("features that are computed ahead heed a hook that stops the training") {
  const test::TempFolder folder;
  const auto samples = pictures(folder, 24);
  Settings s = defaults<Probe>();
  s.device = DeviceKind::Cpu;
  s.epochs = 2;
  data::Loader train(samples, data::no_augment(16),
                     {.batch_size = 4, .workers = 0, .sampling = data::Sampling::Balanced, .seed = 1});
  struct StopAt {
    int at, asked = 0, epochs = 0;
    bool should_stop() { return asked++ == at; }
    void on_epoch(const EpochResult&, const Trainer<Probe>&) { ++epochs; }
  };
  // An epoch asks before each of 6 steps and once at their end; the first one draws about 15 of 24 pictures.
  constexpr int each = 6 + 1;
  Trainer<Probe> whole(s);
  StopAt never{-1};
  const auto history = fit(whole, train, nullptr, never);
  CHECK(history.size() == 2);
  CHECK(history.back().cached);
  const int ahead = never.asked - 2 * each;
  CHECK(ahead > 1);
  for (int at = each - 1; at < each + ahead - 1; ++at) {
    Trainer<Probe> trainer(s);
    StopAt stop{at};
    INFO(at);
    CHECK(fit(trainer, train, nullptr, stop).empty());
    CHECK(stop.asked == at + 1);
    CHECK(stop.epochs == 0);
  }
}
