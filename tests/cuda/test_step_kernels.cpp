// Steps of optimizers, finishing of bytes, depthwise convolutions: the CUDA kernels on the host, against ATen.
#include "cuda/kernels_against_aten.hpp"

using namespace on_host;
using cuda_on_host::launch;

namespace {

/// Flat buffers of a few tensors, with gaps, of which the first has no cast.
template <class T>
struct Buffers {
  static constexpr std::int64_t size = 16384, casts = 1024;
  static constexpr std::int64_t begins[] = {0, 1024, 2048}, counts[] = {1000, 7, 9001}, remembered[] = {8, 1024, 2112},
                                gradient_at[] = {16, 1040, 2052};
  at::Tensor weights = at::randn({size}, wide_of<T>), gradients = at::randn({size}, type_of<T>).to(wide_of<T>),
             first = at::zeros({size}, wide_of<T>), second = at::zeros({size}, wide_of<T>),
             low = at::zeros({size - casts}, type_of<T>), left_out = at::zeros({1}, at::kFloat),
             rate = at::full({}, 0.1, wide_of<T>), steps = at::ones({}, at::kFloat);
  at::Tensor low_gradients = gradients.to(type_of<T>);

  /// `gradients_low`: which of them are read in the type of the casts.
  [[nodiscard]] k::OptimizerTensors tensors(unsigned gradients_low) const {
    k::OptimizerTensors all;
    all.size = 3;
    all.low[0] = gradients_low;
    unsigned blocks = 0;
    for (int i = 0; i < 3; ++i) {
      const at::Tensor& g = (gradients_low >> i & 1U) != 0 ? low_gradients : gradients;
      all.gradients[i] = g.narrow(0, gradient_at[i], counts[i]).data_ptr();
      all.at[i] = static_cast<unsigned>(begins[i] / 8);
      all.remembered[i] = static_cast<unsigned>(remembered[i] / 8);
      all.count[i] = static_cast<unsigned>(counts[i]);
      all.first[i] = static_cast<unsigned short>(blocks);
      blocks += static_cast<unsigned>((counts[i] + 4095) / 4096);
    }
    return all;
  }
  [[nodiscard]] k::OptimizerBuffers in(double decay, bool two, bool one = true) const {
    return {weights.data_ptr(),
            one ? first.data_ptr() : nullptr,
            two ? second.data_ptr() : nullptr,
            low.data_ptr(),
            static_cast<const float*>(left_out.data_ptr()),
            rate.data_ptr(),
            casts / 8,
            size / 8,
            decay};
  }
  static constexpr dim3 grid{5};
  static std::vector<at::Tensor> of(const at::Tensor& t, const std::int64_t (&begins)[3]) {
    std::vector<at::Tensor> all;
    for (int i = 0; i < 3; ++i) all.push_back(t.narrow(0, begins[i], counts[i]));
    return all;
  }
};

template <class T>
void optimizers(double most) {
  using F = k::Compute<T>;
  using B = Buffers<T>;
  for (const unsigned low : {0U, 7U, 5U})
    for (const int kind : {0, 1, 2, 3, 4}) {  // plain, momentum, Nesterov; Adam, AdamW
      INFO("low " << low << ", kind " << kind);
      B own, aten = own;
      for (at::Tensor* t : {&aten.weights, &aten.gradients, &aten.first, &aten.second}) *t = t->clone();
      const double momentum = kind == 0 ? 0 : 0.9, dampening = kind == 1 ? 0.1 : 0, decay = 0.01;
      for (int step = 1; step < 4; ++step) {
        own.steps.fill_(step);
        const bool out = step == 2;
        own.left_out.fill_(out);
        if (kind < 3)
          launch(B::grid, {256}, [&] {
            k::sgd_step<F, T>({own.in(decay, false, kind > 0), momentum, dampening, kind == 2, own.tensors(low)});
          });
        else
          launch(B::grid, {256}, [&] {
            k::adam_step<F, T>({own.in(decay, true), static_cast<const float*>(own.steps.data_ptr()), 0.9, 0.99, 1e-8,
                                kind == 4, own.tensors(low)});
          });
        if (out) continue;
        const auto w = B::of(aten.weights, B::begins), g = B::of(aten.gradients, B::gradient_at),
                   m = B::of(aten.first, B::remembered), v = B::of(aten.second, B::remembered);
        const std::vector<at::Tensor> count(3, own.steps);
        if (kind < 3)
          at::_fused_sgd_(w, g, kind == 0 ? at::TensorList() : at::TensorList(m), decay, momentum, 0.1, dampening,
                          kind == 2, false, false);
        else if (kind == 3)
          at::_fused_adam_(w, g, m, v, {}, count, 0.1, 0.9, 0.99, decay, 1e-8, false, false);
        else
          at::_fused_adamw_(w, g, m, v, {}, count, 0.1, 0.9, 0.99, decay, 1e-8, false, false);
      }
      CHECK(error(own.weights, aten.weights) < most);
      if (kind > 0) CHECK(error(own.first, aten.first) < most);
      if (kind > 2) CHECK(error(own.second, aten.second) < most);
      for (int i = 1; i < 3; ++i)
        CHECK(own.low.narrow(0, B::begins[i] - B::casts, B::counts[i])
                  .equal(own.weights.narrow(0, B::begins[i], B::counts[i]).to(type_of<T>)));
      CHECK(own.low.narrow(0, 7, 1000).eq(0).all().template item<bool>());  // the gap behind the second one
    }
}

/// Tensors of two launches are limited by their norm, and what is no number makes all of them so.
template <class T>
void limits() {
  for (const double most : {1.0, 1e6, -1.0}) {
    std::vector<at::Tensor> own, wanted;
    for (const std::int64_t n : {5, 33000, 4, 1}) own.push_back(at::randn({n}, wide_of<T>));
    if (most < 0) own[1][32999] = INFINITY;
    for (const at::Tensor& t : own) wanted.push_back(t.clone());
    const at::Tensor norm = at::stack(at::_foreach_norm(wanted, 2)).norm(),
                     by = norm.add(1e-6).reciprocal().mul(most).clamp_max(1);
    at::_foreach_mul_(wanted, by);
    const at::Tensor found = at::zeros({2}, wide_of<T>), partial = at::full({6}, NAN, at::kDouble);
    int ticket = 0;
    k::GradientTensors parts[2];
    parts[0].size = 3;
    parts[1].size = 1;
    for (int i = 0; i < 4; ++i) {
      k::GradientTensors& p = parts[i / 3];
      p.gradients[i % 3] = own[static_cast<std::size_t>(i)].data_ptr();
      p.count[i % 3] = static_cast<unsigned>(own[static_cast<std::size_t>(i)].numel());
      p.first[i % 3] = static_cast<unsigned short>(i == 1 ? 1 : i == 2 ? 4 : 0);
    }
    char* const at = static_cast<char*>(found.data_ptr());
    for (int i = 0; i < 2; ++i)
      launch({i == 0 ? 5U : 1U}, {256}, [&] {
        k::gradient_norm<T>(
            {static_cast<double*>(partial.data_ptr()), &ticket, at, at + sizeof(T), most, i == 0 ? 0 : 5, i, parts[i]});
      });
    CHECK(ticket == 0);
    for (int i = 0; i < 2; ++i)
      launch({i == 0 ? 5U : 1U}, {256}, [&] { k::gradient_scale<T>({at + sizeof(T), parts[i]}); });
    if (most < 0) {
      for (std::size_t i = 0; i < 4; ++i) CHECK(at::isnan(own[i]).equal(at::isnan(wanted[i])));
      continue;
    }
    CHECK(error(found[0], norm) < rounding<T>);
    for (std::size_t i = 0; i < 4; ++i) CHECK(error(own[i], wanted[i]) < rounding<T>);
  }
}

template <class T>
void finish(int side) {
  for (const unsigned blocks : shapes) {
    const at::Tensor bytes = at::randint(0, 256, {3, side, side + 1, 3}, at::kByte),
                     marks =
                         at::tensor({0, 0, 0, 0, 0, 0, 1, 0, 1, 4, 2, 3, 1, 1, 0, side, 0, 1}, at::kInt).view({3, 6}),
                     colours = at::tensor({0.5F, -1.F, 2.F});
    const at::Tensor mean = at::tensor({0.485F, 0.456F, 0.406F}), stddev = at::tensor({0.229F, 0.224F, 0.225F});
    at::Tensor out = at::full({3, side, side + 1, 3}, NAN, type_of<T>);
    for (const bool marked : {true, false}) {
      launch({blocks}, {256}, [&] {
        k::finish_bytes<T>({bytes.data_ptr<unsigned char>(),
                            out.data_ptr(),
                            marked ? marks.data_ptr<int>() : nullptr,
                            colours.data_ptr<float>(),
                            {0.485F, 0.456F, 0.406F},
                            {0.229F, 0.224F, 0.225F},
                            3,
                            side,
                            side + 1,
                            marked ? 1 : 0,
                            6});
      });
      at::Tensor wanted = bytes.clone();
      if (marked) {
        wanted[1] = wanted[1].flip(1);
        wanted[2] = wanted[2].flip({0, 1});
      }
      wanted = wanted.div(at::full({}, 255.F)).sub(mean).div(stddev);
      if (marked) {
        wanted[1].slice(0, 1, 4).slice(1, 2, 3) = colours;
        wanted[2].slice(1, 0, 1) = colours;
      }
      CHECK(out.equal(wanted.to(type_of<T>)));
    }
  }
}

template <class T, int K, int S, int V>
void depthwise(int channels, int height, int width, int top, int left) {
  INFO("kernel " << K << ", stride " << S << ", channels " << channels);
  const int out_h = (height + 2 * top - K) / S + 1, out_w = (width + 2 * left - K) / S + 1, n = 2;
  const at::Tensor x = random<T>({n, channels, height, width}), dy = random<T>({n, channels, out_h, out_w}),
                   low = at::randn({channels, 1, K, K}).to(type_of<T>), w = low.to(wide_of<T>);
  const at::Tensor wide = x.to(at::kDouble).requires_grad_(true), weight = w.to(at::kDouble).requires_grad_(true);
  const at::Tensor wanted = at::conv2d(wide, weight, {}, S, at::IntArrayRef{top, left}, 1, channels);
  wanted.backward(dy.to(at::kDouble));
  constexpr int own = V > 2 ? 2 : V;  // of the weights' gradient: its sums fill the registers
  const k::NormGrid across(1, channels, V), sums(1, channels, own);
  for (const unsigned parts : shapes) {
    const bool as_stored = parts == 3;  // weights in the numbers of x
    const at::Tensor& taps = as_stored ? low : w;
    at::Tensor y = at::full_like(dy, NAN), dx = at::full_like(x, NAN), dw = at::full_like(taps, NAN),
               partial = at::full({parts, K * K, channels}, NAN, wide_of<T>);
    const dim3 blocks{across.grid_x, parts}, threads{across.block_x, across.block_y};
    launch(blocks, threads,
           [&] {
             k::depthwise_forward<T, K, S, V>({x.data_ptr(), taps.data_ptr(), y.data_ptr(), n, height, width, channels,
                                               out_h, out_w, top, left, as_stored});
           },
           {parts});
    launch(blocks, threads,
           [&] {
             k::depthwise_input<T, K, S, V>({dy.data_ptr(), taps.data_ptr(), dx.data_ptr(), n, height, width, channels,
                                             out_h, out_w, top, left, as_stored});
           },
           {parts});
    launch({sums.grid_x, parts}, {sums.block_x, sums.block_y},
           [&] {
             k::depthwise_parts<T, K, S, own>({dy.data_ptr(), x.data_ptr(), partial.data_ptr(), n, height, width,
                                               channels, out_h, out_w, top, left});
           },
           {parts});
    launch({static_cast<unsigned>(channels * K * K + 255) / 256}, {256}, [&] {
      k::depthwise_weights<T>({partial.data_ptr(), dw.data_ptr(), channels, static_cast<int>(parts), K * K, as_stored});
    });
    CHECK(error(y, wanted.detach()) < rounding<T> + 2 * rounding<k::Compute<T>>);
    CHECK(error(dx, wide.grad()) < rounding<T> + 2 * rounding<k::Compute<T>>);
    CHECK(error(dw, weight.grad()) < (as_stored ? rounding<T> : 0) + 5 * rounding<k::Compute<T>>);
  }
}

}  // namespace

TEST_CASE("kernels of optimizers give ATen's values") {
  at::manual_seed(4);
  optimizers<double>(1e-12);
  optimizers<float>(2e-6);
  optimizers<k::Bf16>(2e-6);
  optimizers<k::Half>(2e-6);
}

TEST_CASE("kernels that limit gradients give ATen's values") {
  at::manual_seed(8);
  limits<float>();
  limits<double>();
}

TEST_CASE("the kernel that finishes bytes gives ATen's values") {
  at::manual_seed(5);
  finish<float>(7);
  finish<k::Bf16>(5);
  finish<k::Half>(6);
}

TEST_CASE("kernels of depthwise convolutions give ATen's values") {
  at::manual_seed(6);
  depthwise<k::Bf16, 3, 1, 8>(24, 5, 4, 1, 1);
  depthwise<k::Bf16, 5, 2, 8>(136, 6, 7, 2, 2);
  depthwise<k::Half, 3, 2, 8>(8, 7, 6, 1, 0);
  depthwise<float, 5, 1, 4>(12, 5, 6, 2, 2);
  depthwise<float, 3, 2, 4>(8, 6, 5, 0, 1);
  depthwise<double, 3, 1, 1>(3, 4, 5, 1, 1);
  depthwise<double, 5, 2, 2>(6, 9, 9, 1, 2);
}

TEST_CASE("each barrier of the kernels of depthwise convolutions, Adam and norms is needed") {
  at::manual_seed(7);
  const at::Tensor x = random<float>({2, 4, 9, 9}), dy = random<float>({2, 4, 9, 9}), w = at::randn({4, 1, 3, 3});
  const k::NormGrid across(1, 4, 2);
  const auto run = [&](cuda_on_host::Options options) {
    const at::Tensor partial = at::full({1, 9, 4}, NAN);
    launch(
        {across.grid_x, 1}, {across.block_x, across.block_y},
        [&] {
          k::depthwise_parts<float, 3, 1, 2>({dy.data_ptr(), x.data_ptr(), partial.data_ptr(), 2, 9, 9, 4, 9, 9, 1, 1});
        },
        options);
    return partial;
  };
  const at::Tensor wanted = run({});
  const auto shows = [](const auto& wrong) {
    for (unsigned seed = 0; seed < 100; ++seed) {
      try {
        if (wrong(seed)) return true;
      } catch (const std::exception&) {  // a thread waits for one that has ended
        return true;
      }
    }
    return false;
  };
  for (int skip = 0; skip < 16; ++skip) {  // of two taps: 7 halvings of 128 rows, and one behind
    INFO("barrier " << skip);
    CHECK(shows([&](unsigned seed) { return !run({seed, skip}).equal(wanted); }));
  }
  CHECK(shows([&](unsigned seed) {
    at::Tensor y = at::full_like(x, NAN);
    launch(
        {1}, {2, 128},
        [&] {
          k::depthwise_forward<float, 3, 1, 2>({x.data_ptr(), w.data_ptr(), y.data_ptr(), 2, 9, 9, 4, 9, 9, 1, 1, 0});
        },
        {seed, 0});
    return !(error(y, at::conv2d(x, w, {}, 1, 1, 1, 4)) < 1e-4);
  }));
  CHECK(shows([&](unsigned seed) {
    Buffers<float> b;
    const at::Tensor before = b.weights.clone();
    launch(b.grid, {256},
           [&] {
             k::adam_step<float, float>({b.in(0, true), b.steps.data_ptr<float>(), 0.9, 0.99, 1e-8, 1, b.tensors(0)});
           },
           {seed, 0});
    return b.weights.narrow(0, 0, 1000).eq(before.narrow(0, 0, 1000)).any().item<bool>();
  }));
  const at::Tensor g = at::randn({1024}), partial_sums = at::rand({256}, at::kDouble), found = at::zeros({2});
  const auto norm = [&](cuda_on_host::Options options) {
    int ticket = 0;
    k::GradientTensors all{{g.data_ptr()}, {1024}, {0}, 1};
    found.fill_(NAN);
    launch(
        {1}, {256},
        [&] {
          k::gradient_norm<float>({partial_sums.data_ptr<double>(), &ticket, found.data_ptr(),
                                   found.data_ptr<float>() + 1, 1, 255, 1, all});
        },
        options);
    return found.clone();
  };
  const at::Tensor right = norm({});
  for (int skip = 0; skip < 17; ++skip) {  // two sums of 256, and one between them
    INFO("barrier " << skip);
    CHECK(shows([&](unsigned seed) { return !norm({seed, skip}).equal(right); }));
  }
}
