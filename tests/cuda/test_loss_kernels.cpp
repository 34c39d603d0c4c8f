// Cross-entropy: the CUDA kernel on the host, against ATen.
#include "cuda/kernels_against_aten.hpp"

using namespace on_host;
using cuda_on_host::Options;

namespace {

template <class T>
struct Loss {
  at::Tensor logits, labels, weights{};
  double smoothing = 0;
  std::int64_t ignored = -100;
  bool ignores = false, is_sum = false;
  at::Tensor gradient = at::full_like(logits, NAN), loss = at::full({}, NAN, type_of<T>),
             hits = at::full({}, -1, at::kLong), outside = at::ones({}, at::kBool), ticket = at::zeros({1}, at::kInt);

  void run(Options options, bool with_gradient = true) {
    const int rows = static_cast<int>(logits.size(0)), blocks = (rows + 3) / 4;
    std::vector<k::CrossEntropyPart> partial(static_cast<std::size_t>(blocks), {NAN, 99, 99});
    cuda_on_host::launch(
        {static_cast<unsigned>(blocks)}, {32, 4},
        [&] {
          k::cross_entropy<T>({logits.data_ptr(), reinterpret_cast<const long long*>(labels.data_ptr<std::int64_t>()),
                               weights.defined() ? weights.data_ptr() : nullptr,
                               with_gradient ? gradient.data_ptr() : nullptr, partial.data(), ticket.data_ptr<int>(),
                               loss.data_ptr(), reinterpret_cast<long long*>(hits.data_ptr<std::int64_t>()),
                               outside.data_ptr<bool>(), smoothing, ignored, ignores, is_sum, rows,
                               static_cast<int>(logits.size(1))});
        },
        options);
  }
  /// Against at::cross_entropy_loss in double precision.
  void check(double most) {
    const at::Tensor x = logits.to(at::kDouble).requires_grad_(true);
    const auto w = weights.defined() ? std::optional<at::Tensor>(weights.to(at::kDouble)) : std::nullopt;
    const at::Tensor wanted = at::cross_entropy_loss(x, labels, w, 1, ignores ? ignored : -100, smoothing);
    at::cross_entropy_loss(x, labels, w, is_sum ? 2 : 1, ignores ? ignored : -100, smoothing).backward();
    CHECK(error(loss, wanted.detach()) < most);
    CHECK((gradient.to(at::kDouble) - x.grad()).abs().max().template item<double>() <
          most * (x.grad().abs().max().template item<double>() +
                  (is_sum ? 1 : 1.0 / static_cast<double>(logits.size(0)))));
    CHECK(hits.item<std::int64_t>() == logits.argmax(1).eq(labels).sum().item<std::int64_t>());
    CHECK_FALSE(outside.item<bool>());
    CHECK(ticket.item<int>() == 0);
  }
};

template <class T>
void agrees(double most) {
  for (const int rows : {1, 9, 70})
    for (const int classes : {3, 50})
      for (const int kind : {0, 1, 2, 3, 4}) {
        INFO("rows " << rows << ", classes " << classes << ", kind " << kind);
        Loss<T> l{random<T>({rows, classes}, 3), at::randint(0, classes, {rows}, at::kLong)};
        l.labels[0] = l.logits[0].argmax();
        if (kind > 0) l.smoothing = 0.1;
        if (kind > 1) l.weights = (at::rand({classes}) + 0.5).to(type_of<T>);
        if (kind == 3) l.is_sum = true;
        if (kind == 4) {
          l.ignores = true;
          for (std::int64_t i = 1; i < rows; i += 3) l.labels[i] = -100;
        }
        l.run({static_cast<unsigned>(rows + kind)});
        l.check(most);
        const at::Tensor before = l.loss.clone(), gradient = l.gradient.clone();
        l.run({77});
        CHECK(l.loss.equal(before));
        CHECK(l.gradient.equal(gradient));
      }
}

}  // namespace

TEST_CASE("the kernel of cross-entropy gives ATen's values") {
  at::manual_seed(2);
  agrees<double>(1e-13);
  agrees<float>(3e-6);
}

TEST_CASE("the kernel of cross-entropy says what is wrong, and goes on") {
  Loss<float> l{random<float>({9, 5}), at::arange(9, at::kLong).remainder(5)};
  l.labels[3] = 5;
  l.run({1});
  CHECK(l.outside.item<bool>());
  CHECK(l.gradient[3].eq(0).all().item<bool>());
  CHECK(std::isfinite(l.loss.item<float>()));
  l.labels[3] = -1;
  l.run({2});
  CHECK(l.outside.item<bool>());
  l.ignores = true;
  l.ignored = -1;
  l.run({3});
  l.check(3e-6);
  l.ignores = false;
  l.labels[3] = 0;
  l.logits[4][2] = NAN;
  l.run({4}, false);
  CHECK_FALSE(std::isfinite(l.loss.item<float>()));
  CHECK_FALSE(l.outside.item<bool>());
  l.logits.fill_(-std::numeric_limits<float>::infinity());  // but for the label's: certain, and right
  for (int i = 0; i < 9; ++i) l.logits[i][l.labels[i].item<std::int64_t>()] = 1;
  l.run({5});
  CHECK(l.loss.item<float>() == 0);
  CHECK(l.hits.item<std::int64_t>() == 9);
  CHECK(l.gradient.eq(0).all().item<bool>());
}

TEST_CASE("each barrier of the kernel of cross-entropy is needed") {
  at::manual_seed(3);
  // of the weights' sum 8; two around the ticket; of the last block's sum 7
  for (int skip = 0; skip < 17; ++skip) {
    INFO("barrier " << skip);
    bool shows = false;
    for (unsigned seed = 0; seed < 10 && !shows; ++seed) {
      Loss<double> l{random<double>({512, 3}, 3), at::randint(0, 3, {512}, at::kLong)};
      l.weights = (at::rand({3}, at::kDouble) + 0.5);
      const at::Tensor x = l.logits.clone().requires_grad_(true),
                       wanted = at::cross_entropy_loss(x, l.labels, l.weights);
      wanted.backward();
      try {
        l.run({seed, skip});
        shows = !(error(l.loss, wanted.detach()) < 1e-12) || !(error(l.gradient, x.grad()) < 1e-12);
      } catch (const std::logic_error&) {
        shows = true;
      }
    }
    CHECK(shows);
  }
}
