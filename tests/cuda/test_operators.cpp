// What does a step ask of a CUDA device? Operators (each about one kernel) and bytes that they move, beside the plain
// network: recorded by autograd, under autocast where the recipe computes in lower precision, with a fused optimizer.
// Counted on a fake device. The bounds below can only fall.
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cuda/fake_cuda.hpp"
#include "cuda/host_runner.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/models/efficientnet_lite.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

/// The network as PyTorch would train it.
template <class R>
class Plain {
 public:
  explicit Plain(const Trainer<R>& like) : numbers_(like.numbers()) {
    for (std::size_t i = 0; i < like.tensors().size(); ++i) {
      tensors_.push_back(like.tensors()[i].clone());
      if (table<typename R::model>.rows[i].kind == Kind::BatchCount)
        tensors_.back() = tensors_.back().to(like.device());
      if (table<typename R::model>.rows[i].is_buffer()) continue;
      tensors_.back().requires_grad_(true);
      moving_.push_back(tensors_.back());
      momentum_.push_back(aten::zeros_like(moving_.back()));
    }
  }
  void step(const at::Tensor& x, const at::Tensor& labels, const at::Generator& generator) {
    at::Tensor logits;
    {
      const tuneit::detail::AutocastScope autocast(x.device().type(), numbers_);
      logits = forward<R>(x, tensors_, generator);
    }
    at::cross_entropy_loss(logits.to(at::kFloat), labels).backward();
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> gradients;
    for (at::Tensor& w : moving_) {
      gradients.push_back(w.grad());
      w.mutable_grad().reset();
    }
    at::_fused_sgd_(moving_, gradients, momentum_, 0, 0.9, 0.01, 0, false, false, false, {}, {});
  }

 private:
  at::ScalarType numbers_;
  std::vector<at::Tensor> tensors_, moving_, momentum_;
};

struct Most {
  std::int64_t operators;
  double share_of_operators, share_of_bytes;  ///< of the plain network's
};

/// LibTorch's operators and our own operations, of which some are two kernels.
std::int64_t operators_of(const fake_cuda::Counts& c) {
  std::int64_t n = c.operators;
  for (const char* first : {"norm_moments", "norm_fixed", "norm_reduce", "depthwise_parts"})
    if (const auto found = c.operators_by_name.find(first); found != c.operators_by_name.end()) n -= found->second;
  return n;
}

/// Of `batch` pictures of 32 x 32: once a few steps have made what is made once.
template <class R>
std::pair<fake_cuda::Counts, fake_cuda::Counts> counts_of(Trainer<R>& trainer, Plain<R>& plain, std::int64_t batch) {
  const at::Generator generator = make_generator(3, trainer.device());
  const at::Tensor labels = at::arange(batch, at::kLong).remainder(10).to(trainer.device());
  const at::Tensor x = at::randn({batch, 3, 32, 32}, make_generator(1))
                           .contiguous(at::MemoryFormat::ChannelsLast)
                           .to(trainer.device(), trainer.numbers());
  const auto third = [](const auto& step) {
    step();
    step();
    fake_cuda::reset();
    step();
    return fake_cuda::counts();
  };
  return {third([&] { trainer.step(x, labels, 100); }), third([&] { plain.step(x, labels, generator); })};
}

/// Bytes of a step of 64 pictures of 224 x 224: every map of a convolutional network grows with the pictures' sides, so
/// what is not of the weights grows by as much as there are more pixels.
double bytes_at_size(const fake_cuda::Counts& two, const fake_cuda::Counts& three) {
  const double per_picture = static_cast<double>(three.bytes - two.bytes);
  return static_cast<double>(two.bytes) + per_picture * (64 * 7 * 7 - 2);
}

template <class R>
void compare(const char* by, Trainer<R>& trainer, Most most) {
  Plain<R> plain(trainer);
  const auto [ours, theirs] = counts_of(trainer, plain, 2);
  const auto [ours_more, theirs_more] = counts_of(trainer, plain, 3);
  const std::int64_t operators = operators_of(ours);
  const double bytes = bytes_at_size(ours, ours_more) / bytes_at_size(theirs, theirs_more),
               share = static_cast<double>(operators) / static_cast<double>(theirs.operators);
  INFO(type_name<R>() << " by " << by << ": operators " << operators << ", " << share
                      << " of the plain network's; bytes " << bytes << " of its\n"
                      << ours_more.ran() << "plain\n"
                      << theirs_more.ran());
  CHECK(operators <= most.operators);
  CHECK(share <= most.share_of_operators);
  CHECK(bytes <= most.share_of_bytes);
  CHECK(ours.waits + ours.pageable == 0);
}

/// `by_aten`: where our own kernels do not run.
template <class R>
void count(Most by_aten, Most own) {
  Settings s = defaults<R>();
  s.device = DeviceKind::Cuda;
  s.classes = 10;
  s.side = 32;
  Trainer<R> trainer(s);
  compare("LibTorch", trainer, by_aten);
  static HostRunner& host = *new HostRunner;
  const aten::cuda::RunBy ours(host);
  compare("our own kernels", trainer, own);
}

}  // namespace

// The rate is next to nothing: with two pictures of this size the gradient of a deep network is so large (1e10 in
// PyTorch's own EfficientNet, too, which is no number after two steps at 0.01) that weights would not stay finite.
TEST_CASE("operators and bytes of a step, beside the plain network's") {
  count<Finetune<ResNet50, ReplaceHead<10>, Precision<BF16>, Sgd<Lr<1e-6>, Momentum<0.9>>>>({383, 0.736, 1.001},
                                                                                            {238, 0.457, 0.701});
  count<Finetune<EfficientNetLite0, ReplaceHead<10>, Precision<BF16>, Sgd<Lr<1e-6>, Momentum<0.9>>>>(
      {389, 0.696, 0.899}, {262, 0.469, 0.557});
  count<Finetune<ResNet18, ReplaceHead<10>, Precision<FP32>, Sgd<Lr<1e-6>, Momentum<0.9>>>>({167, 1.02, 1.001},
                                                                                            {104, 0.635, 0.715});
}
