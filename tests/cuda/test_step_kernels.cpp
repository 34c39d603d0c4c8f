// Steps of optimizers, finishing of bytes, depthwise convolutions: the CUDA kernels on the host, against ATen.
#include "cuda/kernels_against_aten.hpp"

using namespace on_host;
using cuda_on_host::launch;

namespace {

/// Flat buffers of a few tensors, with gaps, of which one is left alone.
template <class T>
struct Buffers {
  static constexpr std::int64_t size = 4096;
  at::Tensor weights = at::randn({size}, wide_of<T>), gradients = at::randn({size}, wide_of<T>),
             first = at::zeros({size}, wide_of<T>), second = at::zeros({size}, wide_of<T>),
             twins = at::zeros({size}, type_of<T>), left_out = at::zeros({1}, at::kFloat),
             rate = at::full({1}, 0.5, at::kFloat), steps = at::ones({}, at::kFloat);
  std::vector<k::OptimizerChunk> chunks;

  /// Chunks of the three that move, in so many pieces each.
  explicit Buffers(std::int64_t pieces) {
    const std::int64_t begins[] = {0, 1024, 2048}, counts[] = {1000, 7, 1933}, gradient_at[] = {16, 1040, 2052};
    for (int i = 0; i < 3; ++i) {
      const std::int64_t piece = (counts[i] / pieces + 3) / 4 * 4;
      for (std::int64_t at = 0; at < counts[i]; at += piece)
        chunks.push_back({begins[i] + at, gradient_at[i] + at, begins[i] + at, std::min(piece, counts[i] - at)});
    }
  }
  [[nodiscard]] k::OptimizerBuffers in(double decay, bool two, bool one = true) const {
    return {chunks.data(),
            weights.data_ptr(),
            gradients.data_ptr(),
            one ? first.data_ptr() : nullptr,
            two ? second.data_ptr() : nullptr,
            twins.data_ptr(),
            static_cast<const float*>(left_out.data_ptr()),
            static_cast<const float*>(rate.data_ptr()),
            0.2,
            decay};
  }
  [[nodiscard]] dim3 grid() const { return {static_cast<unsigned>(chunks.size())}; }
  static std::vector<at::Tensor> of(const at::Tensor& t, bool gradient = false) {
    const std::int64_t off = gradient ? 16 : 0;
    return {t.narrow(0, off, 1000), t.narrow(0, 1024 + off, 7), t.narrow(0, gradient ? 2052 : 2048, 1933)};
  }
};

template <class T>
void optimizers(double most) {
  using F = k::Compute<T>;
  for (const std::int64_t pieces : {1, 3, 7})
    for (const int kind : {0, 1, 2, 3, 4}) {  // plain, momentum, Nesterov; Adam, AdamW
      INFO("pieces " << pieces << ", kind " << kind);
      Buffers<T> own(pieces), aten = own;
      for (at::Tensor* t : {&aten.weights, &aten.gradients, &aten.first, &aten.second}) *t = t->clone();
      const double momentum = kind == 0 ? 0 : 0.9, dampening = kind == 1 ? 0.1 : 0, decay = 0.01;
      for (int step = 1; step < 4; ++step) {
        own.steps.fill_(step);
        const bool out = step == 2;
        own.left_out.fill_(out);
        if (kind < 3)
          launch(own.grid(), {256}, [&] {
            k::sgd_step<F, T>({own.in(decay, false, kind > 0), momentum, dampening, kind == 2});
          });
        else
          launch(own.grid(), {256}, [&] {
            k::adam_step<F, T>(
                {own.in(decay, true), static_cast<const float*>(own.steps.data_ptr()), 0.9, 0.99, 1e-8, kind == 4});
          });
        if (out) continue;
        const auto w = aten.of(aten.weights), g = aten.of(aten.gradients, true), m = aten.of(aten.first),
                   v = aten.of(aten.second);
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
      for (std::size_t i = 0; i < 3; ++i) CHECK(own.of(own.twins)[i].equal(own.of(own.weights)[i].to(type_of<T>)));
      CHECK(own.twins.narrow(0, 1031, 1000).eq(0).all().template item<bool>());  // the gap, and what is behind it
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

TEST_CASE("each barrier of the kernels of depthwise convolutions and Adam is needed") {
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
    for (unsigned seed = 0; seed < 20; ++seed)
      if (wrong(seed)) return true;
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
    Buffers<float> b(1);
    const at::Tensor before = b.weights.clone();
    launch(b.grid(), {256},
           [&] {
             k::adam_step<float, float>({b.in(0, true), b.steps.data_ptr<float>(), 0.9, 0.99, 1e-8, 1});
           },
           {seed, 0});
    return b.weights.narrow(0, 0, 1000).eq(before.narrow(0, 0, 1000)).any().item<bool>();
  }));
}
