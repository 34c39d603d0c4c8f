// Trainings of networks that rules have changed: what moves, phases, averages, windows, resuming; files of weights.
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "../data/picture_files.hpp"
#include "measured_memory.hpp"
#include "row_of.hpp"
#include "tuneit/engine/load_weights.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

struct Turn {
  using layers =
      Seq<Residual<Seq<Named<"c", Conv2d<32, 32, Window{3, 1, 1}>>, Named<"n", BatchNorm2d<32>>>, Identity>, ReLU>;
};
struct Small final
    : Network<
          Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 32, Window{3, 2, 1}>>, Named<"n", BatchNorm2d<32>>, ReLU>,
          Block<"body", Named<"body", Repeat<0, 3, Turn>>>, Block<"head", GlobalAvgPool, Named<"fc", Linear<32, 5>>>> {
};
using OnC = Lora<Modules<"c">, Rank<4>, Alpha<8>>;

at::Tensor pictures(int seed) {
  return at::randn({4, 3, 16, 16}, make_generator(static_cast<std::uint64_t>(seed)))
      .contiguous(at::MemoryFormat::ChannelsLast);
}
at::Tensor labels(int seed) { return at::arange(seed, seed + 4, at::kLong).remainder(2); }

template <class R>
std::vector<double> steps(Trainer<R>& trainer, int first, int last) {
  std::vector<double> losses;
  for (int i = first; i < last; ++i) losses.push_back(trainer.step(pictures(i), labels(i), trainer.steps_in(4)).loss);
  return losses;
}
template <class R>
bool moved(const Trainer<R>& trainer, const std::vector<at::Tensor>& before, std::size_t row) {
  return !trainer.tensors()[row].equal(before[row]);
}
template <class R>
std::vector<at::Tensor> copies(const Trainer<R>& trainer) {
  std::vector<at::Tensor> out;
  for (const at::Tensor& t : trainer.tensors()) out.push_back(t.clone());
  return out;
}

template <class... Ps>
void resumes(int n, int m) {
  using R = Finetune<Small, ReplaceHead<2>, Ps...>;
  INFO(type_name<R>());
  Settings other = defaults<R>();
  other.seed = 99;
  Trainer<R> through(defaults<R>()), before(defaults<R>()), after(other);
  Archive archive;
  const auto first = steps(through, 0, n), rest = steps(through, n, n + m);
  CHECK(steps(before, 0, n) == first);
  save(before, archive);
  load(after, archive);
  CHECK(steps(after, n, n + m) == rest);
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i) CHECK(after.tensors()[i].equal(through.tensors()[i]));
}

}  // namespace

TEST_CASE("only what rules have added and the head move; the first loss is that of the plain network",
          "[rewrites][training]") {
  using Plain = Finetune<Small, ReplaceHead<2>, Freeze<Backbone>, Sgd<Lr<0.1>>>;
  using R = Finetune<Small, ReplaceHead<2>, OnC, Sgd<Lr<0.1>>>;
  Trainer<Plain> plain(defaults<Plain>());
  Trainer<R> trainer(defaults<R>());
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {  // the same weights
    if (table<typename R::model>.rows[i].base < 0) continue;
    at::Tensor t = trainer.tensors()[i];
    t.copy_(plain.tensors()[static_cast<std::size_t>(table<typename R::model>.rows[i].base)]);
  }
  const auto before = copies(trainer);
  CHECK(trainer.step(pictures(0), labels(0), 4).loss ==
        Approx(plain.step(pictures(0), labels(0), 4).loss).epsilon(1e-6));
  steps(trainer, 1, 4);
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {
    INFO(std::string(table<typename R::model>.name(i)));
    const TensorRow& row = table<typename R::model>.rows[i];
    CHECK(moved(trainer, before, i) == (row.base < 0 || row.block == 2));
  }
}

TEST_CASE("B starts from zeros, A within 1 / sqrt(fan in)", "[rewrites][training]") {
  using R = Finetune<Small, ReplaceHead<2>, OnC>;
  Trainer<R> trainer(defaults<R>());
  const at::Tensor a = trainer.tensors()[tuneit::test::row_of<R::model>("body.1.c.lora_A.weight")],
                   b = trainer.tensors()[tuneit::test::row_of<R::model>("body.1.c.lora_B.weight")];
  const double bound = 1 / std::sqrt(32.0 * 9);
  CHECK(a.abs().max().item<double>() <= bound);
  CHECK(a.abs().max().item<double>() > 0.95 * bound);
  CHECK(std::abs(a.mean().item<double>()) < 0.1 * bound);
  CHECK(b.abs().max().item<double>() == 0);
}

TEST_CASE("a training with rules goes on from an archive to the bit", "[rewrites][training]") {
  resumes<OnC, AdamW<>>(3, 3);
  resumes<Lora<Modules<"c">, Rank<2>, LoraDropout<0.3>>, Ema<0.9>, Accumulate<2>>(4, 4);
  resumes<OnC, Phases<Phase<Epochs<1>, Freeze<Adapters>>, Phase<Epochs<2>, Unfreeze<Layer<"body.2">>>>>(3, 4);
  resumes<OnC, Sam<>, ClipNorm<1.0>, LrScale<Match<"*.lora_B.*">, 16>>(2, 3);
}

TEST_CASE("in bfloat16 a training with rules is near that in single precision", "[rewrites][training]") {
  using One = Finetune<Small, ReplaceHead<2>, OnC, Sgd<Lr<0.05>>>;
  using Half = Finetune<Small, ReplaceHead<2>, OnC, Sgd<Lr<0.05>>, Precision<BF16>>;
  Trainer<One> one(defaults<One>());
  Trainer<Half> half(defaults<Half>());
  const auto a = steps(one, 0, 5), b = steps(half, 0, 5);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(b[i] == Approx(a[i]).epsilon(0.03));
}

TEST_CASE("tests see merged weights, also after further steps", "[rewrites][training]") {
  using R = Finetune<Small, ReplaceHead<2>, OnC, Sgd<Lr<0.1>>>;
  Trainer<R> trainer(defaults<R>());
  for (int round = 0; round < 2; ++round) {
    steps(trainer, 3 * round, 3 * round + 3);
    const at::Tensor x = pictures(77), said = trainer.logits(x), plain = infer<typename R::model>(x, trainer.tensors());
    CHECK(said.sub(plain).abs().max().item<double>() < 1e-5 * plain.abs().max().item<double>());
  }
}

TEST_CASE("a file of the network loads without renaming, and one of the changed network loads back",
          "[rewrites][training]") {
  using Plain = Finetune<Small>;
  using R = Finetune<Small, OnC>;
  const tuneit::test::TempFolder folder;
  const auto plain_file = folder.path() / "plain.safetensors", file = folder.path() / "lora.safetensors";
  Settings s = defaults<Plain>();
  s.seed = 5;
  Trainer<Plain> plain(s);
  save_weights<Small>(plain.tensors(), plain_file);

  Trainer<R> trainer(defaults<R>());
  const auto before = copies(trainer);
  const std::vector<std::string> fresh = load_weights(trainer, plain_file);
  CHECK(fresh.size() == 6);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::int32_t base = table<typename R::model>.rows[i].base;
    CHECK(trainer.tensors()[i].equal(base < 0 ? before[i] : plain.tensors()[static_cast<std::size_t>(base)]));
  }
  steps(trainer, 0, 2);
  save_weights<typename R::model>(trainer.tensors(), file);
  Trainer<R> again(defaults<R>());
  CHECK(load_weights(again, file).empty());
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(again.tensors()[i].equal(trainer.tensors()[i]));

  // also with a head of other classes, which alone starts fresh
  using Other = Finetune<Small, ReplaceHead<2>, OnC>;
  Trainer<Other> other(defaults<Other>());
  CHECK(load_weights(other, file) == std::vector<std::string>{"fc.weight", "fc.bias"});
  CHECK(other.tensors()[tuneit::test::row_of<Other::model>("body.0.c.lora_B.weight")].equal(
      trainer.tensors()[tuneit::test::row_of<R::model>("body.0.c.lora_B.weight")]));
}

TEST_CASE("a file with some of what rules add, or of another rank, is refused whole", "[rewrites][training]") {
  using R = Finetune<Small, OnC>;
  using Fewer = Finetune<Small, Lora<Layer<"body.1">, Rank<4>>>;
  using Lower = Finetune<Small, Lora<Modules<"c">, Rank<2>>>;
  const tuneit::test::TempFolder folder;
  const auto file = folder.path() / "lora.safetensors";
  Trainer<R> trainer(defaults<R>());
  const auto refused = [&](const std::string& word) {
    const auto before = copies(trainer);
    CHECK_THROWS_WITH(load_weights(trainer, file), Catch::Contains(word));
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(trainer.tensors()[i].equal(before[i]));
  };
  save_weights<typename Fewer::model>(Trainer<Fewer>(defaults<Fewer>()).tensors(), file);
  refused("body.0.c.lora_A.weight");
  save_weights<typename Lower::model>(Trainer<Lower>(defaults<Lower>()).tensors(), file);
  refused("another shape");
}

TEST_CASE("magnitudes start from the rows of the weights that are loaded", "[rewrites][training]") {
  using Plain = Finetune<Small>;
  using R = Finetune<Small, Dora<Modules<"c">, Rank<4>>>;
  const tuneit::test::TempFolder folder;
  Settings s = defaults<Plain>();
  s.seed = 5;
  Trainer<Plain> plain(s);
  save_weights<Small>(plain.tensors(), folder.path() / "plain.safetensors");
  Trainer<R> trainer(defaults<R>());
  const std::size_t w = tuneit::test::row_of<R::model>("body.1.c.weight"),
                    m = tuneit::test::row_of<R::model>("body.1.c.lora_magnitude_vector");
  const auto norms = [&] { return trainer.tensors()[w].flatten(1).norm(2, 1).view({1, 32, 1, 1}); };
  CHECK(trainer.tensors()[m].equal(norms()));
  load_weights(trainer, folder.path() / "plain.safetensors");
  CHECK(trainer.tensors()[m].equal(norms()));
  CHECK(trainer.logits(pictures(1)).sub(plain.logits(pictures(1))).abs().max().item<double>() < 1e-5);
  steps(trainer, 0, 3);
  CHECK_FALSE(trainer.tensors()[m].equal(norms()));
  save_weights<typename R::model>(trainer.tensors(), folder.path() / "dora.safetensors");
  Trainer<R> again(defaults<R>());
  CHECK(load_weights(again, folder.path() / "dora.safetensors").empty());
  CHECK(again.tensors()[m].equal(trainer.tensors()[m]));
}

TEST_CASE("trainings with other rules go on from an archive to the bit", "[rewrites][training]") {
  resumes<Dora<Modules<"c">, Rank<2>>, AdamW<>>(2, 2);
  resumes<Ia3<Modules<"c">>, Ema<0.9>>(2, 2);
  resumes<Adapter<Modules<"c">, 4>, Accumulate<2>, Lora<Layer<"a">, Rank<2>>>(2, 2);
}

TEST_CASE("memory<R> of a network with rules is what its steps take", "[rewrites][training]") {
  using R = Finetune<ResNet18, ReplaceHead<2>, Lora<Modules<"conv1", "conv2">, Rank<8>>>;
  const double said = static_cast<double>(memory<R>(8, 96).total());
  const double measured = test::measured_bytes<R>(8, 96);
  INFO(said << " said, measured " << measured);
  CHECK(said == Approx(measured).epsilon(0.06));
}
