// Tied tensors: an Embedding whose rows are the output's weights, as language models have it.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "row_of.hpp"
#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/best_weights.hpp"
#include "tuneit/engine/delta.hpp"
#include "tuneit/engine/load_weights.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/files.hpp"

using namespace tuneit;

namespace {

struct MeanOverTokens : LayerTag {
  using tensors = None;
  static constexpr Shape out(Shape in) { return Shape(in.channels()).with_fit(in.rank == 2 && in.fits); }
};

/// Which word comes after nine others?
template <class Output>
struct WordsOf final : Network<Inputs<Tokens<"ids", 9>>, Block<"embed", Named<"word", Embedding<50, 16>>>,
                               Block<"body", MeanOverTokens, Named<"fc", Linear<16, 16>>, Tanh>,
                               Block<"head", Named<"output", Output>>> {};
using Words = WordsOf<TiedLinear<16, 50, Tied<"word.weight">>>;
using Biased = WordsOf<TiedLinear<16, 50, Tied<"word.weight">, true>>;
using Untied = WordsOf<Linear<16, 50, false>>;

static_assert(table<Words>.rows[3].tied == 0 && table<Words>.name(3) == "output.weight");
static_assert(parameter_count<Words>() == 50 * 16 + 16 * 16 + 16);
static_assert(parameter_count<Biased>() == parameter_count<Words>() + 50);
static_assert(has_ties<Words> && !has_ties<Untied>);

template <class Model, class... Ps>
using Recipe = Finetune<Model, Sgd<Lr<0.3>, Momentum<0.9>>, Precision<FP64>, Ps...>;
static_assert(trainable_parameters<Recipe<Words>> == parameter_count<Words>());
static_assert(memory<Recipe<Words>>(8, 9).weights == 8 * parameter_count<Words>());
static_assert(memory<Recipe<Words>>(8, 9).optimizer == 8 * parameter_count<Words>());

struct Data {
  at::Tensor ids, y;
};
Data batch(int i, int rows = 8) {
  const auto g = make_generator(static_cast<std::uint64_t>(100 + i));
  return {at::randint(0, 50, {rows, 9}, g, at::kLong), at::randint(0, 50, {rows}, g, at::kLong)};
}
/// The loss of weights [50, 16], [16, 16], [16], by LibTorch.
at::Tensor loss_of(const at::Tensor& w, const at::Tensor& fc, const at::Tensor& b, const Data& d) {
  return at::cross_entropy_loss(at::linear(at::linear(at::embedding(w, d.ids).mean(1), fc, b).tanh(), w), d.y);
}
double apart(const at::Tensor& a, const at::Tensor& b) { return a.sub(b).abs().max().item<double>(); }

/// One's own, recorded by autograd.
struct OwnOutput : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, Tied<"word.weight">{}, {50, 16});
  }
  static constexpr Shape out(Shape in) { return Shape(50).with_fit(in.channels() == 16); }
};

/// Sees the gradient of the tied tensor when its first block is through.
struct SeesTied : PolicyTag {
  static constexpr Moments acts = OnBlockGradients | AfterBackward;
  static constexpr Effects effects{.flat_gradients = true};
  using keeps = Nothing;
  at::Tensor by_block, whole;
  std::size_t gradients = 0;
  template <class C>
  void on_block_gradients(std::size_t block, const C& c) {
    if (block == 0) by_block = c.gradients[0].clone();
  }
  template <class C>
  void after_backward(const C& c) {
    whole = c.gradients[0].clone();
    gradients = static_cast<std::size_t>(std::distance(c.gradients.begin(), c.gradients.end()));
    if (c.gradients[3].defined()) gradients += 100;
  }
};

}  // namespace

template <auto F>
struct tuneit::Forward<MeanOverTokens, F> {
  static at::Tensor run(const at::Tensor& x, const Context&) { return x.mean(1); }
};

template <auto F>
struct tuneit::Forward<OwnOutput, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) { return at::linear(x, c.tensor(0)); }
};

TEST_CASE("a layer of one's own may have a tied tensor") {
  Trainer<Recipe<WordsOf<OwnOutput>>> own(defaults<Recipe<WordsOf<OwnOutput>>>());
  Trainer<Recipe<Words>> ours(defaults<Recipe<Words>>());
  for (int i = 0; i < 3; ++i) own.step(batch(i).ids, batch(i).y, 50), ours.step(batch(i).ids, batch(i).y, 50);
  for (std::size_t i = 0; i < 4; ++i) CHECK(apart(own.tensors()[i], ours.tensors()[i]) < 1e-12);
  Trainer<Recipe<Words, Recompute<All>>> again(defaults<Recipe<Words, Recompute<All>>>());
  for (int i = 0; i < 3; ++i) again.step(batch(i).ids, batch(i).y, 50);
  for (std::size_t i = 0; i < 4; ++i) CHECK(again.tensors()[i].equal(ours.tensors()[i]));
  CHECK(apart(again.tensors()[0], make_tensors<Words>(50, make_generator(again.settings().seed))[0].to(at::kDouble)) >
        0);
}

TEST_CASE("a tied tensor is one in memory, whatever its number type") {
  const Tensors fresh = make_tensors<Words>(50, make_generator(1));
  CHECK(fresh[3].is_same(fresh[0]));
  CHECK(fresh[0].storage().nbytes() == 4 * (800 + 256 + 16));
  Trainer<Recipe<Words>> exact(defaults<Recipe<Words>>());
  CHECK(exact.tensors()[3].is_same(exact.tensors()[0]));
  CHECK(apart(exact.tensors()[0], make_tensors<Untied>(50, make_generator(defaults<Recipe<Words>>().seed))[0]) == 0);
}

TEST_CASE("ten steps with a tied tensor are those of LibTorch's autograd") {
  Trainer<Recipe<Words>> trainer(defaults<Recipe<Words>>());
  std::vector<at::Tensor> w, momentum;
  for (std::size_t i = 0; i < 3; ++i) w.push_back(trainer.tensors()[i].clone().requires_grad_(true));
  momentum.resize(3);
  for (int i = 0; i < 10; ++i) {
    const Data d = batch(i);
    const at::Tensor loss = loss_of(w[0], w[1], w[2], d);
    loss.backward();
    CHECK(static_cast<double>(trainer.step(d.ids, d.y, 100).loss) == Approx(loss.item<double>()).epsilon(1e-12));
    const at::NoGradGuard no_grad;
    for (std::size_t k = 0; k < 3; ++k) {
      momentum[k] = i == 0 ? w[k].grad().clone() : momentum[k].mul(0.9).add(w[k].grad());
      w[k].sub_(momentum[k], lr_at<Recipe<Words>>(trainer.settings(), i, 100));
      w[k].mutable_grad().reset();
    }
  }
  for (std::size_t k = 0; k < 3; ++k) CHECK(apart(trainer.tensors()[k], w[k]) < 1e-10);
  const Data d = batch(50);
  CHECK(apart(trainer.logits(d.ids),
              at::linear(at::linear(at::embedding(w[0], d.ids).mean(1), w[1], w[2]).tanh(), w[0])) < 1e-9);
}

TEST_CASE("the gradient of a tied tensor is that of finite differences, all of it when its first block is through") {
  using R = Recipe<Words, SeesTied>;
  Trainer<R> trainer(defaults<R>());
  const Data d = batch(1);
  Tensors w;
  for (std::size_t i = 0; i < 3; ++i) w.push_back(trainer.tensors()[i].clone());
  trainer.step(d.ids, d.y, 100);
  const auto& seen = trainer.behaviour<SeesTied>();
  REQUIRE(seen.whole.defined());
  CHECK(seen.by_block.equal(seen.whole));
  CHECK(seen.gradients == 3);
  for (const std::int64_t row : {d.ids[0][0].item<std::int64_t>(), d.y[0].item<std::int64_t>(), std::int64_t{7}})
    for (const std::int64_t column : {0, 5, 15}) {
      const double h = 1e-5;
      double sides[2];
      for (const int side : {0, 1}) {
        const at::Tensor moved = w[0].clone();
        moved[row][column].add_(side == 0 ? -h : h);
        sides[side] = loss_of(moved, w[1], w[2], d).item<double>();
      }
      CHECK(seen.whole[row][column].item<double>() ==
            Approx((sides[1] - sides[0]) / (2 * h)).epsilon(1e-6).margin(1e-9));
    }
}

TEST_CASE("a training with a tied tensor goes on to the bit") {
  using R = Recipe<Words, Ema<0.9>, Accumulate<2>, ClipNorm<0.5>>;
  Settings other = defaults<R>();
  other.seed = 9;
  Trainer<R> through(defaults<R>()), before(defaults<R>()), after(other);
  const auto steps = [](auto& t, int first, int last) {
    for (int i = first; i < last; ++i) t.step(batch(i).ids, batch(i).y, 50);
  };
  steps(through, 0, 7);
  steps(before, 0, 3);
  Archive archive;
  save(before, archive);
  load(after, archive);
  steps(after, 3, 7);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(after.tensors()[i].equal(through.tensors()[i]));
    CHECK(after.best_tensors()[i].equal(through.best_tensors()[i]));
  }
  CHECK(after.tensors()[3].is_same(after.tensors()[0]));
  CHECK(after.best_tensors()[3].is_same(after.best_tensors()[0]));
  CHECK_FALSE(after.best_tensors()[0].equal(after.tensors()[0]));
  CHECK_FALSE(archive.tensors().at("tensors/3").defined());  // once
  BestWeights best;
  EpochResult e;
  e.epoch = 1;
  e.validation.count = 1;
  e.validation.correct = 1;
  best.on_epoch(e, after);
  CHECK(best.tensors()[3].is_same(best.tensors()[0]));
  CHECK(best.tensors()[0].equal(after.best_tensors()[0]));
}

TEST_CASE("kept features of a frozen beginning with a tied tensor are those of the whole network") {
  using R = Recipe<Biased, Freeze<Union<Layer<"word">, Modules<"output">>>, Unfreeze<Biases>>;
  static_assert(frozen_prefix<R>() == 1 && trainable_parameters<R> == 256 + 16 + 50);
  Trainer<R> pictures(defaults<R>()), kept(defaults<R>());
  const at::Tensor before = kept.tensors()[0].clone();
  for (int i = 0; i < 3; ++i) {
    const Data d = batch(i);
    kept.begin_epoch(50);
    const double a = pictures.step(d.ids, d.y, 50).loss, b = kept.step_features(kept.features(d.ids), d.y, 50).loss;
    CHECK(a == b);
  }
  for (std::size_t i = 0; i < 5; ++i) CHECK(pictures.tensors()[i].equal(kept.tensors()[i]));
  CHECK(kept.tensors()[0].equal(before));
  CHECK_FALSE(kept.tensors()[4].eq(0).all().item<bool>());
}

TEST_CASE("files hold a tied tensor once, and are read with either name") {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "tuneit_tied.safetensors";
  const Tensors t = make_tensors<Words>(50, make_generator(3));
  save_weights<Words>(t, path);
  const io::TensorFile saved = io::read_safetensors(path);
  CHECK(saved.tensors.size() == 3);
  CHECK(saved.find("output.weight") == nullptr);
  const auto loads = [&](const std::vector<io::NamedTensor>& named) {
    io::write_safetensors(path, named, {});
    const Tensors into = make_tensors<Words>(50, make_generator(4));
    copy_weights<Words>(into, path, false);
    for (std::size_t i = 0; i < 4; ++i) CHECK(into[i].equal(t[i]));
    Trainer<Finetune<Words>> trainer(defaults<Finetune<Words>>());
    CHECK(load_weights(trainer, path).empty());
    for (std::size_t i = 0; i < 4; ++i) CHECK(trainer.tensors()[i].equal(t[i]));
  };
  std::vector<io::NamedTensor> both;
  for (std::size_t i = 0; i < 4; ++i) both.push_back(weights::from_tensor(std::string(table<Words>.name(i)), t[i]));
  loads({both[0], both[1], both[2]});
  loads({both[1], both[2], both[3]});
  loads(both);
  both[3] = weights::from_tensor("output.weight", t[0].add(1));
  CHECK_THROWS_WITH(loads(both),
                    Catch::Contains("'word.weight' and 'output.weight', which are one in the model, differ"));
  CHECK_THROWS_WITH(loads({both[1], both[2]}), Catch::Contains("word.weight"));
  std::filesystem::remove(path);
}

TEST_CASE("a delta holds a tied tensor once, and not where it did not move") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const std::filesystem::path base = folder / "tuneit_tied_base.safetensors", delta = folder / "tuneit_tied_delta";
  using R = Finetune<Words, Sgd<Lr<0.3>>>;
  using Kept = Finetune<Words, Sgd<Lr<0.3>>, Freeze<Union<Layer<"word">, Layer<"output">>>>;
  save_weights<Words>(make_tensors<Words>(50, make_generator(3)), base);
  const auto held = [&]<class One>(Type<One>) {
    Trainer<One> trainer(defaults<One>());
    load_weights(trainer, base);
    trainer.step(batch(1).ids, batch(1).y, 10);
    const std::vector<std::string> names = save_delta(trainer, delta_base<Words>(base), delta);
    const Tensors into = make_tensors<Words>(50, make_generator(4));
    apply_delta<Words>(into, base, {delta});
    for (std::size_t i = 0; i < 4; ++i) CHECK(into[i].equal(trainer.tensors()[i]));
    return names;
  };
  // On the same weights under the tensor's other name, or under both.
  const auto goes_on = [&](const std::vector<std::string>& names) {
    const io::TensorFile file = io::read_safetensors(base);
    std::vector<io::NamedTensor> named;
    for (const io::NamedTensor& t : file.tensors)
      for (const std::string& name : t.name == "word.weight" ? names : std::vector<std::string>{t.name}) {
        named.push_back(t);
        named.back().name = name;
      }
    const std::filesystem::path other = folder / "tuneit_tied_other.safetensors",
                                merged = folder / "tuneit_tied_merged.safetensors";
    io::write_safetensors(other, named, {});
    const Tensors first = make_tensors<Words>(50, make_generator(4)),
                  second = make_tensors<Words>(50, make_generator(5));
    apply_delta<Words>(first, base, {delta});
    apply_delta<Words>(second, other, {delta});
    for (std::size_t i = 0; i < 4; ++i) CHECK(first[i].equal(second[i]));
    merge_deltas<Words>(other, {delta}, merged);
    const Tensors whole = make_tensors<Words>(50, make_generator(6));
    CHECK(copy_weights<Words>(whole, merged, false).empty());
    for (std::size_t i = 0; i < 4; ++i) CHECK(first[i].equal(whole[i]));
    std::filesystem::remove(other);
    std::filesystem::remove(merged);
  };
  CHECK(held(Type<R>{}) == std::vector<std::string>{"word.weight", "fc.weight", "fc.bias"});
  goes_on({"output.weight"});
  goes_on({"word.weight", "output.weight"});
  CHECK(held(Type<Kept>{}) == std::vector<std::string>{"fc.weight", "fc.bias"});
  goes_on({"output.weight"});
  std::filesystem::remove(base);
  std::filesystem::remove(delta);
}

// What is frozen under one name and trains under the other is refused.
static_assert(std::is_same_v<verdict<Finetune<Words, Freeze<Layer<"word">>>>,
                             TiedApart<Words, "word.weight", "output.weight", Freeze<Layer<"word">>>>);
static_assert(std::is_same_v<verdict<Finetune<Words, Freeze<Backbone>>>,
                             TiedApart<Words, "word.weight", "output.weight", Freeze<Backbone>>>);
static_assert(std::is_same_v<verdict<Finetune<Words, LrScale<Head, 10>>>,
                             TiedApart<Words, "word.weight", "output.weight", LrScale<Head, 10>>>);
static_assert(verdict<Finetune<Words, Freeze<Union<Layer<"word">, Layer<"output">>>>>::accepted);
static_assert(std::is_same_v<network_verdict<WordsOf<TiedLinear<16, 50, Tied<"wort.weight">>>>,
                             TiedToNothing<WordsOf<TiedLinear<16, 50, Tied<"wort.weight">>>, "output.weight">>);
static_assert(std::is_same_v<network_verdict<WordsOf<TiedLinear<16, 40, Tied<"word.weight">>>>,
                             TiedToNothing<WordsOf<TiedLinear<16, 40, Tied<"word.weight">>>, "output.weight">>);
