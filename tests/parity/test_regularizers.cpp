// needs: regularizers
// Clipping is torch's, moving averages, mixup and CutMix are timm's for the same draws, initialisers are
// torch.nn.init's for the same seed; FGM, FreeLB, R-Drop and mixout are those that are written in PyTorch.
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "parity.hpp"
#include "tuneit/engine/behaviour/clip.hpp"
#include "tuneit/engine/behaviour/ema.hpp"
#include "tuneit/engine/behaviour/mix.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

TEST_CASE("clipping is torch's") {
  const io::TensorFile file = io::read_tensors(made("regularizers") / "clip.safetensors");
  const auto check = [&](const std::string& name, auto clip) {
    std::vector<at::Tensor> g;
    for (int i = 0; i < 3; ++i) g.push_back(tensor(file, "gradient" + std::to_string(i)));
    clip(g);
    for (std::size_t i = 0; i < 3; ++i) {
      INFO(name << " " << i);
      CHECK(relative(g[i], tensor(file, name + "." + std::to_string(i))) < 1e-6);
    }
  };
  const auto by_norm = [&](const std::string& name, double most) {
    check(name, [&](std::vector<at::Tensor>& g) {
      CHECK(clip_norm(g, most).item<double>() == Approx(tensor(file, name + ".norm").item<double>()).epsilon(1e-6));
    });
  };
  by_norm("norm", 2.5);
  by_norm("loose", 1e4);
  check("value", [](std::vector<at::Tensor>& g) { clip_value(g, 0.7); });
}

namespace {

template <class W>
void averages(const io::TensorFile& file, const std::string& name, double decay) {
  std::vector<std::string> keys;
  for (const io::NamedTensor& t : file.tensors)
    if (t.name.rfind("start.", 0) == 0) keys.push_back(t.name.substr(6));
  REQUIRE(keys.size() == 9);
  const auto at_step = [&](const std::string& step) {
    std::vector<at::Tensor> all;
    for (const std::string& k : keys) all.push_back(tensor(file, step + "." + k));
    return all;
  };
  MovingAverage<W> average(at_step("start"));
  double worst = 0;
  for (int step = 1; step <= 10; ++step) {
    average.update(at_step(std::to_string(step)), decay);
    const std::vector<at::Tensor> expected = at_step(name + "." + std::to_string(step));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      INFO(name << " " << step << " " << keys[i]);
      const double far = relative(average.tensors()[i], expected[i]);
      worst = std::max(worst, far);
      CHECK(far < 1e-6);
    }
  }
  std::cout << name << ": averages at most " << worst << " apart\n";
}

}  // namespace

TEST_CASE("moving averages are timm's") {
  const io::TensorFile file = io::read_tensors(made("regularizers") / "ema.safetensors");
  averages<EmaWarmup<>>(file, "warm", 0.6);
  averages<EmaWarmup<5.0, 0.75>>(file, "warm_slow", 0.9);
  averages<NoEmaWarmup>(file, "plain", 0.9);
}

TEST_CASE("CutMix's rectangle and lambda are timm's") {
  const io::TensorFile file = io::read_tensors(made("regularizers") / "mix.safetensors");
  const at::Tensor table = tensor(file, "boxes");
  REQUIRE(table.size(0) == 4 * 28);
  for (std::int64_t i = 0; i < table.size(0); ++i) {
    const double* r = table[i].const_data_ptr<double>();
    const auto whole = [&](int k) { return static_cast<std::int64_t>(r[k]); };
    const Box box = cut_box(whole(0), whole(1), r[2], whole(3), whole(4));
    INFO(r[0] << " x " << r[1] << ", lambda " << r[2] << ", at " << r[3] << ", " << r[4]);
    CHECK(box == Box{whole(5), whole(6), whole(7), whole(8)});
    CHECK(1 - static_cast<double>(box.area()) / (r[0] * r[1]) == r[9]);
  }
}

TEST_CASE("mixed batches are timm's, pictures to the bit") {
  const io::TensorFile file = io::read_tensors(made("regularizers") / "mix.safetensors");
  const at::Tensor labels = tensor(file, "labels");
  const auto check = [&](const std::string& name, const MixDraw& draw) {
    INFO(name);
    at::Tensor images = tensor(file, "images").contiguous(at::MemoryFormat::ChannelsLast);
    const Targets t = mix_batch(images, labels, draw);
    CHECK(images.equal(tensor(file, name)));
    const auto smooth = [&](const at::Tensor& y) {
      return at::zeros({6, 4}).scatter_(1, y.unsqueeze(1), 0.9).add_(0.1 / 4);
    };
    const double share = t.share;
    CHECK(relative(smooth(t.value).mul(share).add(smooth(t.other), 1 - share), tensor(file, name + ".target")) < 1e-6);
  };
  check("mixup", MixDraw{false, 0.37, 0, 0});
  check("cutmix", MixDraw{true, 0.42, 3.5 / 12, 17.5 / 20});
}

namespace {

/// torch.nn.init.trunc_normal_ within two standard deviations, number by number: what lies outside is drawn again.
at::Tensor truncated(std::int64_t rows, std::int64_t columns, double std, const at::Generator& g) {
  at::Tensor weight = at::empty({rows, columns}).normal_(0, std, g);
  float* const w = weight.mutable_data_ptr<float>();
  const auto most = static_cast<float>(2 * std);
  const auto outside = [&](float x) { return x < -most || x > most; };
  while (std::any_of(w, w + weight.numel(), outside)) {
    const at::Tensor again = at::empty({rows, columns}).normal_(0, std, g);
    for (std::int64_t i = 0; i < weight.numel(); ++i)
      if (outside(w[i])) w[i] = again.const_data_ptr<float>()[i];
  }
  return weight;
}

}  // namespace

TEST_CASE("initialisers are torch's for the same seed") {
  const io::TensorFile file = io::read_tensors(made("regularizers") / "init.safetensors");
  const char* const loops = std::getenv("ATEN_CPU_CAPABILITY");
  const bool same_loops = loops != nullptr && loops == std::string_view("avx2");  // the oracle's: processors.cmake
  for (const auto& [rows, columns] : {std::pair{5, 64}, std::pair{64, 5}, std::pair{32, 32}}) {
    const std::string size = "." + std::to_string(rows) + "." + std::to_string(columns);
    INFO(size);
    at::Tensor weight = at::empty({rows, columns}), none;
    tuneit::detail::fill_head(Orthogonal{}, weight, none, make_generator(9));
    CHECK(relative(weight, tensor(file, "orthogonal" + size)) < 1e-5);
    tuneit::detail::fill_head(TruncatedNormal<0.02>{}, weight, none, make_generator(9));
    // Draws of a normal distribution are rounded by ATen's loops for the processor: from these here torch's rule gives
    // the same bits, and the oracle's tensor is as near as two roundings of a logarithm and a cosine are.
    CHECK(weight.equal(truncated(rows, columns, 0.02, make_generator(9))));
    CHECK(relative(weight, tensor(file, "truncated" + size)) < 1e-6);
    if (same_loops) CHECK(weight.equal(tensor(file, "truncated" + size)));
  }
}

namespace {

template <class... Behind>
struct WordsAnd final : Network<Inputs<Tokens<"ids", 7>, MaskInput<"mask", 7>>,
                                Block<"embed", Named<"word_embeddings", Embedding<11, 6>>>,
                                Block<"body", Named<"fc1", Linear<6, 6>>, GELU<>>,
                                Block<"head", MeanOfTokens<"mask">, Behind..., Named<"fc2", Linear<6, 3>>>> {};
using Words = WordsAnd<>;

template <class R>
void start(Trainer<R>& trainer, const io::TensorFile& file) {
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {
    at::Tensor to = trainer.tensors()[i];
    to.copy_(tensor(file, "start." + std::string(table<typename R::model>.name(i))));
  }
}
data::Batch batch_of(const io::TensorFile& file, int i) {
  data::Batch b{tensor(file, "ids")[i], tensor(file, "labels")[i], {0, 1, 2, 3}};
  b.other_inputs = {tensor(file, "mask")};
  return b;
}
/// Five steps end where Python's do.
template <class Policy>
void five_steps(const std::string& name) {
  using R = Finetune<Words, Policy, Sgd<Lr<0.5>>, Precision<FP64>>;
  const io::TensorFile file = io::read_tensors(made("regularizers") / "words.safetensors");
  Trainer<R> trainer(defaults<R>());
  start(trainer, file);
  for (int i = 0; i < 5; ++i) trainer.step(batch_of(file, i), 5);
  for (std::size_t i = 0; i < table<Words>.size; ++i) {
    const std::string row(table<Words>.name(i));
    INFO(name << " " << row);
    CHECK(relative(trainer.tensors()[i], tensor(file, name + "." + row)) < 1e-12);
  }
}

/// What the network said in the last pass.
struct Said : PolicyTag {
  static constexpr Moments acts = OnOutputs;
  static constexpr Order order = Order::Read;
  using keeps = Nothing;
  at::Tensor outputs;
  template <class C>
  void on_outputs(const StepOutputs& o, const C&) {
    outputs = o.outputs.clone();
  }
};

/// A copy of the trainer's generator, as it is before the first step.
struct Draws : PolicyTag {
  static constexpr Moments acts = OnStart;
  using keeps = Nothing;
  at::Generator copy;
  template <class C>
  void on_start(const C& c) {
    copy = c.generator.clone();
  }
};

}  // namespace

TEST_CASE("words are moved uphill as in PyTorch") {
  five_steps<Fgm<0.7>>("fgm");
  five_steps<FreeLb<3, 0.1, 0, 0.15>>("free_lb");
}

TEST_CASE("FreeLb begins within its bounds, where tokens are, and refuses what is no table of vectors") {
  using R = Finetune<Words, FreeLb<1, 0.1, 0.5>, Sgd<Lr<0.5>>, Precision<FP64>>;
  using Plain = Finetune<Words, Sgd<Lr<0.5>>, Precision<FP64>>;
  const io::TensorFile file = io::read_tensors(made("regularizers") / "words.safetensors");
  Trainer<R> moved(defaults<R>());
  Trainer<Plain> plain(defaults<Plain>());
  start(moved, file), start(plain, file);
  const double there = moved.step(batch_of(file, 0), 5).loss, here = plain.step(batch_of(file, 0), 5).loss;
  CHECK(there != here);
  CHECK(there == Approx(here).epsilon(0.2));
  using Wrong = Finetune<Words, FreeLb<2, 0.1, 0, 0, Layer<"fc1">>, Sgd<Lr<0.5>>>;
  Trainer<Wrong> wrong(defaults<Wrong>());
  CHECK_THROWS_WITH(wrong.step(batch_of(file, 0), 5), Catch::Contains("not the table of an Embedding"));
}

TEST_CASE("two passes of R-Drop are compared as in PyTorch") {
  const io::TensorFile file = io::read_tensors(made("regularizers") / "words.safetensors");
  for (const std::string name : {"samples", "tokens"}) {
    const at::Tensor logits = tensor(file, name + ".logits"), labels = tensor(file, name + ".labels");
    at::Tensor gradient;
    const double loss = loss_of<CrossEntropy<>>(logits, labels, {}, &gradient).loss;
    const Agreement a = agreement_of_halves(logits, labels);
    INFO(name);
    CHECK(loss + 1.3 * static_cast<double>(a.divergence) ==
          Approx(tensor(file, name + ".loss").item<double>()).epsilon(1e-12));
    CHECK(relative(gradient.add(a.gradient, 1.3), tensor(file, name + ".gradient")) < 1e-12);
  }
  // of a training: twice the batch flows, with other dropout, and each sample is told once
  using R = Finetune<WordsAnd<Dropout<0.5>>, RDrop<2>, Said, Sgd<Lr<0.5>>, Precision<FP64>>;
  Trainer<R> trainer(defaults<R>());
  start(trainer, file);
  const data::Batch batch = batch_of(file, 0);
  const StepResult r = trainer.step(batch, 5);
  const at::Tensor said = trainer.behaviour<Said>().outputs;
  CHECK(r.count == 4);
  CHECK(static_cast<double>(r.correct) <= 4);
  REQUIRE(said.size(0) == 8);
  CHECK(!said.narrow(0, 0, 4).equal(said.narrow(0, 4, 4)));
  at::Tensor none;
  const double loss = loss_of<CrossEntropy<>>(said, batch.labels.repeat({2}), {}, nullptr).loss;
  CHECK(static_cast<double>(r.loss) ==
        Approx(loss + 2 * static_cast<double>(agreement_of_halves(said, none).divergence)).epsilon(1e-12));
}

TEST_CASE("mixout's weights are the author's, and gradients those by them") {
  const io::TensorFile file = io::read_tensors(made("regularizers") / "words.safetensors");
  at::Tensor w = tensor(file, "mixout.w").clone();
  mix_weight(w, tensor(file, "mixout.w0"), tensor(file, "mixout.m").neg().add(1).div(1 - 0.7));
  CHECK(relative(w, tensor(file, "mixout")) < 1e-12);

  // the second step of a training against one of the plain network at the mixed weights
  using R = Finetune<Words, Mixout<0.7>, Draws, Sgd<Lr<0.5>>, Precision<FP64>>;
  using Plain = Finetune<Words, Sgd<Lr<0.5>>, Precision<FP64>>;
  Trainer<R> trainer(defaults<R>());
  Trainer<Plain> plain(defaults<Plain>());
  start(trainer, file), start(plain, file);
  const auto share = [&] {
    return at::empty({6, 6}, at::kDouble).bernoulli_(1 - 0.7, trainer.behaviour<Draws>().copy).div_(1 - 0.7);
  };
  const auto row = [](const std::string& name) {
    std::size_t i = 0;
    while (table<Words>.name(i) != name) ++i;
    return i;
  };
  const std::size_t fc1 = row("fc1.weight");
  trainer.step(batch_of(file, 0), 5), plain.step(batch_of(file, 0), 5);  // W0 is W: nothing is mixed, dW is
  share();
  for (std::size_t i = 0; i < table<Words>.size; ++i) {
    INFO(table<Words>.name(i));
    CHECK((i == fc1) != (relative(trainer.tensors()[i], plain.tensors()[i]) < 1e-12));
    plain.tensors()[i].copy_(trainer.tensors()[i]);
  }
  const at::Tensor second = share(), before = trainer.tensors()[fc1].clone();
  mix_weight(plain.tensors()[fc1], tensor(file, "start.fc1.weight"), second);
  const at::Tensor mixed = plain.tensors()[fc1].clone();
  const double ours = trainer.step(batch_of(file, 1), 5).loss, theirs = plain.step(batch_of(file, 1), 5).loss;
  CHECK(ours == Approx(theirs).epsilon(1e-12));
  for (std::size_t i = 0; i < table<Words>.size; ++i)
    if (i != fc1) CHECK(relative(trainer.tensors()[i], plain.tensors()[i]) < 1e-12);
  CHECK(relative(trainer.tensors()[fc1].sub(before), plain.tensors()[fc1].sub(mixed).mul(second)) < 1e-12);
}
