// needs: regularizers
// Clipping is torch's, moving averages, mixup and CutMix are timm's for the same draws, initialisers are
// torch.nn.init's for the same seed.
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
