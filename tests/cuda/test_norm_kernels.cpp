// Batch norm, addition and activation: the CUDA kernels on the host, against ATen in double precision.
#include "cuda/kernels_against_aten.hpp"

using namespace on_host;
using cuda_on_host::launch;
using cuda_on_host::Options;

namespace {

template <class T, int V>
struct Norm {
  static constexpr int n = 3, h = 5, w = 4, rows = n * h * w;
  int channels;
  bool added, low_six;
  at::Tensor x = random<T>({n, channels, h, w}, 2, 1), r = random<T>({n, channels, h, w}),
             dy = random<T>({n, channels, h, w}), more = random<T>({n, channels, h, w}),
             weight = (at::rand({channels}) + 0.5).to(wide_of<T>), bias = at::randn({channels}).to(wide_of<T>),
             mean = at::randn({channels}).to(wide_of<T>), variance = (at::rand({channels}) + 0.5).to(wide_of<T>),
             factors = (at::rand({n}) + 0.5).to(wide_of<T>);
  float low = 0, high = low_six ? 6 : std::numeric_limits<float>::infinity();

  Options options{};
  at::Tensor coefficients = at::full({4, channels}, NAN, wide_of<T>), y = at::full_like(x, NAN),
             g = at::full_like(x, NAN), dx = at::full_like(x, NAN), dw = at::full({channels}, NAN, wide_of<T>),
             db = at::full({channels}, NAN, wide_of<T>), pullback = at::full({3, channels}, NAN, wide_of<T>),
             tickets = at::zeros({64}, at::kInt);

  void forward(unsigned parts, bool of_batch) {
    const k::NormGrid grid(rows, channels, V);
    const dim3 blocks{grid.grid_x, parts}, threads{grid.block_x, grid.block_y};
    const at::Tensor partial = at::full({parts, 2, channels}, NAN, wide_of<T>);
    if (of_batch)
      launch(
          blocks, threads,
          [&] {
            k::norm_moments<T, V>({x.data_ptr(), partial.data_ptr(), static_cast<int*>(tickets.data_ptr()),
                                   weight.data_ptr(), bias.data_ptr(), mean.data_ptr(), variance.data_ptr(),
                                   coefficients.data_ptr(), 1e-5, 0.1, rows, channels});
          },
          options);
    else
      launch({static_cast<unsigned>(channels + 255) / 256}, {256}, [&] {
        k::norm_fixed<k::Compute<T>>({weight.data_ptr(), bias.data_ptr(), mean.data_ptr(), variance.data_ptr(),
                                      coefficients.data_ptr(), 1e-5, channels});
      });
    launch(
        blocks, threads,
        [&] {
          k::norm_apply<T, V>({x.data_ptr(), added ? r.data_ptr() : nullptr, y.data_ptr(), coefficients.data_ptr(),
                               added ? factors.data_ptr() : nullptr, rows, h * w, channels, low, high});
        },
        options);
  }
  void backward(unsigned parts, bool of_batch) {
    const k::NormGrid grid(rows, channels, V);
    const dim3 blocks{grid.grid_x, parts}, threads{grid.block_x, grid.block_y};
    const at::Tensor partial = at::full({parts, 2, channels}, NAN, wide_of<T>);
    const void* const by = added ? factors.data_ptr() : nullptr;
    const float inf = std::numeric_limits<float>::infinity();
    launch(
        blocks, threads,
        [&] {
          k::norm_reduce<T, V>({dy.data_ptr(), added ? more.data_ptr() : nullptr, x.data_ptr(),
                                added ? y.data_ptr() : nullptr, added ? g.data_ptr() : nullptr, coefficients.data_ptr(),
                                by, partial.data_ptr(), static_cast<int*>(tickets.data_ptr()), dw.data_ptr(),
                                db.data_ptr(), pullback.data_ptr(), rows, h * w, channels, of_batch, low, high});
        },
        options);
    launch(
        blocks, threads,
        [&] {
          k::norm_gradient<T, V>({added ? g.data_ptr() : dy.data_ptr(), x.data_ptr(), nullptr, dx.data_ptr(),
                                  coefficients.data_ptr(), pullback.data_ptr(), by, rows, h * w, channels,
                                  added ? -inf : low, added ? inf : high});
        },
        options);
  }

  struct Wanted {
    at::Tensor y, g, dx, dw, db, mean, variance;
  };
  Wanted wanted(bool of_batch) const {
    const auto wide = [](const at::Tensor& t) { return t.to(at::kDouble); };
    Wanted out;
    out.mean = wide(mean).clone();
    out.variance = wide(variance).clone();
    const auto [plain, saved_mean, scale] =
        at::native_batch_norm(wide(x), wide(weight), wide(bias), out.mean, out.variance, of_batch, 0.1, 1e-5);
    const at::Tensor by = wide(factors).view({-1, 1, 1, 1});
    out.y = (added ? plain * by + wide(r) : plain).clamp(low, high);
    const at::Tensor stored = out.y.to(type_of<T>);
    const at::Tensor d = (added ? wide(dy) + wide(more) : wide(dy)).to(type_of<T>);
    out.g = wide(d * (stored > low) * (stored < high));
    std::tie(out.dx, out.dw, out.db) =
        at::native_batch_norm_backward(added ? out.g * by : out.g, wide(x), wide(weight), out.mean, out.variance,
                                       saved_mean, scale, of_batch, 1e-5, {true, true, true});
    return out;
  }
};

/// Values of both passes, in three shapes of the grid; and the same bits again in another order of threads.
template <class T, int V>
void agrees(int channels, bool added, bool low_six, bool of_batch) {
  INFO("bytes " << sizeof(T) << ", width " << V << ", channels " << channels << ", added " << added << ", of batch "
                << of_batch);
  for (const unsigned parts : shapes) {
    Norm<T, V> norm{.channels = channels, .added = added, .low_six = low_six};
    norm.options.seed = parts;
    const auto wanted = norm.wanted(of_batch);
    norm.forward(parts, of_batch);
    CHECK(error(norm.y, wanted.y) < rounding<T>);
    CHECK(error(norm.mean, wanted.mean) < rounding<k::Compute<T>>);
    CHECK(error(norm.variance, wanted.variance) < rounding<k::Compute<T>>);
    norm.backward(parts, of_batch);
    if (added) CHECK(error(norm.g, wanted.g) == 0);
    CHECK(error(norm.dx, wanted.dx) < rounding<T> + 3 * rounding<k::Compute<T>>);
    CHECK(error(norm.dw, wanted.dw) < 5 * rounding<k::Compute<T>>);
    CHECK(error(norm.db, wanted.db) < 5 * rounding<k::Compute<T>>);

    const at::Tensor dx = norm.dx.clone(), dw = norm.dw.clone();
    norm.options.seed = 100 + parts;
    norm.backward(parts, of_batch);
    CHECK(norm.dx.equal(dx));
    CHECK(norm.dw.equal(dw));
    CHECK(norm.tickets.eq(0).all().template item<bool>());
  }
}

}  // namespace

TEST_CASE("kernels of batch norm, addition and activation give ATen's values") {
  at::manual_seed(1);
  agrees<k::Bf16, 8>(136, true, false, true);
  agrees<k::Bf16, 8>(8, false, true, true);
  agrees<k::Half, 8>(24, true, false, true);
  agrees<float, 4>(20, true, true, true);
  agrees<float, 4>(68, false, false, true);
  agrees<float, 1>(7, true, false, true);
  agrees<double, 2>(6, true, false, true);
  agrees<double, 1>(3, false, true, true);
  agrees<k::Bf16, 8>(16, false, false, false);  // the running statistics
  agrees<double, 2>(6, true, false, false);
}

TEST_CASE("each barrier of the norm's kernels is needed") {
  at::manual_seed(1);
  // 16 rows are halved four times, with a barrier each; sum_over_blocks has three, of which the first is for blocks
  // that run at the same time, as they do not here
  for (const int skip : {0, 1, 2, 3, 5, 6}) {
    INFO("barrier " << skip);
    bool shows = false;
    for (unsigned seed = 0; seed < 40 && !shows; ++seed) {
      Norm<float, 4> norm{.channels = 68, .added = false, .low_six = false};
      const auto wanted = norm.wanted(true);
      norm.options = {seed, skip};
      try {
        norm.forward(3, true);
        shows = !(error(norm.y, wanted.y) < 1e-3);
      } catch (const std::logic_error&) {
        shows = true;
      }
    }
    CHECK(shows);
  }
}
