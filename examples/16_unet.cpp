// A network that is no chain: a U-Net with a gate of one's own where its ways meet. It gives a mask of each pixel and a
// class, each with its loss.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

// x sigmoid(w), with both directions.
struct Gated : MergeTag {
  static constexpr Shape out(Shape x, Shape w) { return Add::out(x, w); }
  static at::Tensor forward(const at::Tensor& x, const at::Tensor& w) { return x.mul(w.sigmoid()); }
  static std::pair<at::Tensor, at::Tensor> backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& w) {
    const at::Tensor s = w.sigmoid();
    return {dy.mul(s), dy.mul(x).mul(s.sub(s.mul(s)))};
  }
};

template <int In, int Out>
using Conv = Conv2d<In, Out, Window{3, 1, 1}>;
using Half = MaxPool2d<Window{2, 2}>;

struct Unet final
    : Network<Inputs<Image<3, 16, 24>>,
              Block<"enc1", Named<"conv1", Conv<3, 8>>, Named<"norm1", BatchNorm2d<8>>, ReLU, Save<"c1">>,
              Block<"enc2", Half, Named<"conv2", Conv<8, 16>>, Named<"norm2", BatchNorm2d<16>>, ReLU, Save<"c2">>,
              Block<"mid", Half, Named<"conv3", Conv<16, 16>>, ReLU>,
              Block<"dec2", Upsample<2>, Merge<Gated, "c2">, Named<"up2", ConvTranspose2d<16, 8, Window{2, 2}>>>,
              Block<"dec1", Merge<Concat, "c1">, Named<"conv4", Conv<16, 8>>, Named<"norm4", GroupNorm<2, 8>>, ReLU,
                    Save<"d">>,
              Block<"mask", Named<"mask", Conv2d<8, 1, Window{1}, true>>, Output<"mask">>,
              Block<"head", From<"d">, GlobalAvgPool, Named<"fc", Linear<8, 4>>, Output<"class">>> {};
using Both = Losses<Weighted<CrossEntropy<On<"class">>, 1>, Weighted<BinaryCrossEntropy<On<"mask">>, 0.5>>;
using Recipe = Finetune<Unet, ReplaceHead<4>, Both, Sgd<Lr<0.2>, Momentum<0.9>>>;
using Frozen = Finetune<Unet, CrossEntropy<On<"class">>, Unused<"mask">, Freeze<Layers<0, 2>>>;

static_assert(check<Unet>() && has_output<Unet, "class">());
static_assert(feature_count<Frozen>() == (16 + 16) * 8 * 12 + 8 * 16 * 24);  // what flows, and what lies on wires

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>());
  const at::Tensor labels = at::randint(0, 4, {64}, at::kLong);
  const at::Tensor x = at::randn({64, 3, 16, 24}).add(labels.view({-1, 1, 1, 1}), 0.5);
  const at::Tensor mask = x.narrow(1, 0, 1).gt(0.5).to(at::kFloat);
  TensorBatches train({x}, {labels, mask}, 64);  // inputs; targets, in the order of the losses
  train.start(0);
  const data::Batch batch = *train.next();
  for (int step = 0; step <= 200; ++step) {
    const BatchResult r = trainer.step(batch, 200);
    if (step % 50 == 0) std::printf("step %3d   loss %.4f\n", step, r.loss);
  }
  const Outputs y = trainer.outputs(batch);
  std::printf("%.1f %% of the pixels\n",
              100 * output<Unet, "mask">(y).gt(0).eq(mask).to(at::kFloat).mean().item<double>());
}
