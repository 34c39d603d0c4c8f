// Ten steps of the Trainer against PyTorch, in double precision, where a network has several outputs with a loss each,
// or several inputs. make_heads.py has the same networks.
// needs: heads
#include "parity.hpp"
#include "tuneit/tuneit.hpp"

using namespace tuneit;

namespace {

inline constexpr Window W3{3, 1, 1}, W1{1}, Half{2, 2};

template <int In, int Out, fixed_string Conv, fixed_string Norm>
struct ConvNorm {
  using layers = Seq<Named<Conv, Conv2d<In, Out, W3>>, Named<Norm, BatchNorm2d<Out>>>;
};

struct TwoHeads final
    : Network<Inputs<Image<3, 12>>, Block<"stem", ConvNorm<3, 8, "conv1", "bn1">, ReLU>,
              Block<"body", ConvNorm<8, 12, "conv2", "bn2">, ReLU>,
              Block<"class", GlobalAvgPool, Save<"pooled">, Named<"fc", Linear<12, 5>>, Output<"class">>,
              Block<"age", From<"pooled">, Named<"age", Linear<12, 1>>, Output<"age">>> {};

struct Unet final : Network<Inputs<Image<3, 16, 24>>, Block<"enc1", ConvNorm<3, 6, "conv1", "bn1">, ReLU, Save<"c1">>,
                            Block<"enc2", MaxPool2d<Half>, ConvNorm<6, 10, "conv2", "bn2">, ReLU, Save<"c2">>,
                            Block<"class", GlobalAvgPool, Named<"fc", Linear<10, 4>>, Output<"class">>,
                            Block<"dec", From<"c2">, Named<"up", ConvTranspose2d<10, 6, Half>>, Merge<Concat, "c1">,
                                  ConvNorm<12, 6, "conv3", "bn3">, ReLU, Save<"d">>,
                            Block<"mask", Named<"mask", Conv2d<6, 2, W1, true>>, Output<"mask">>,
                            Block<"depth", From<"d">, Named<"depth", Conv2d<6, 1, W1, true>>, Output<"depth">>> {};

struct TwoInputs final
    : Network<Inputs<Image<3, 12>, VectorInput<"beside", 4>>, Block<"stem", ConvNorm<3, 6, "conv1", "bn1">, Tanh>,
              Block<"head", GlobalAvgPool, Merge<Concat, "beside">, Named<"h", Linear<10, 8>>, GELU<>,
                    Named<"fc", Linear<8, 3>>>> {};

using TorchSgd = Sgd<Lr<0.05>, Momentum<0.9>, WeightDecay<0.01>>;

std::vector<at::Tensor> numbered(const io::TensorFile& file, const std::string& name) {
  std::vector<at::Tensor> all;
  while (file.find(name + std::to_string(all.size())) != nullptr)
    all.push_back(tensor(file, name + std::to_string(all.size())).clone());
  return all;
}
data::Batch batch_of(const io::TensorFile& file) {
  data::Batch b;
  b.other_inputs = numbered(file, "input.");
  b.other_targets = numbered(file, "target.");
  b.images = b.other_inputs.front();
  b.labels = b.other_targets.front();
  b.other_inputs.erase(b.other_inputs.begin());
  b.other_targets.erase(b.other_targets.begin());
  b.index.resize(static_cast<std::size_t>(b.images.size(0)));
  return b;
}

template <class R>
Trainer<R> trainer_at_begin(const io::TensorFile& file) {
  using Model = typename R::model;
  Trainer<R> trainer(defaults<R>());
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (table<Model>.rows[i].kind != Kind::BatchCount) {
      const at::Tensor begin = tensor(file, "begin." + std::string(table<Model>.name(i)));
      REQUIRE(trainer.tensors()[i].sizes() == begin.sizes());
      trainer.tensors()[i].copy_(begin);
    }
  return trainer;
}
template <class R>
void compare_end(const Trainer<R>& trainer, const io::TensorFile& file, const std::vector<std::string>& outputs) {
  using Model = typename R::model;
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (table<Model>.rows[i].kind != Kind::BatchCount) {
      const std::string row(table<Model>.name(i));
      INFO(row);
      CHECK(relative(trainer.tensors()[i], tensor(file, "end." + row)) < 1e-10);
    }
  const Outputs y = trainer.outputs(batch_of(file));
  REQUIRE(y.size() == outputs.size());
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(relative(y[i], tensor(file, "out." + outputs[i])) < 1e-10);
}

template <class R>
void ten_steps(const std::string& name, const std::vector<std::string>& outputs) {
  const io::TensorFile file = io::read_tensors((made("heads") / (name + ".safetensors")).string());
  Trainer<R> trainer = trainer_at_begin<R>(file);
  const data::Batch batch = batch_of(file);
  const at::Tensor losses = tensor(file, "loss"), correct = tensor(file, "correct");
  for (int step = 0; step < 10; ++step) {
    const BatchResult r = trainer.step(batch, 10);
    INFO("step " << step);
    CHECK(std::abs(r.loss / losses[step].item<double>() - 1) < 1e-10);
    CHECK(static_cast<double>(r.correct) == correct[step].item<double>());
  }
  compare_end(trainer, file, outputs);
}

}  // namespace

TEST_CASE("two heads with two weighted losses") {
  using Both =
      Losses<Weighted<CrossEntropy<LabelSmoothing<0.1>, On<"class">>, 1>, Weighted<MeanSquaredError<On<"age">>, 0.5>>;
  ten_steps<Finetune<TwoHeads, Both, Precision<FP64>, TorchSgd>>("two_heads", {"class", "age"});
}

TEST_CASE("a U-Net with a class, a mask and a depth of each pixel, which has two losses") {
  using All = Losses<Weighted<MeanSquaredError<On<"depth">>, 0.25>, Weighted<BinaryCrossEntropy<On<"mask">>, 0.7>,
                     Weighted<SmoothL1<On<"depth">>, 0.1>, Weighted<CrossEntropy<On<"class">>, 1>>;
  ten_steps<Finetune<Unet, All, Precision<FP64>, TorchSgd>>("unet", {"class", "mask", "depth"});
}

TEST_CASE("two inputs, through fit") {
  using R = Finetune<TwoInputs, Precision<FP64>, TorchSgd, Epochs<10>>;
  const io::TensorFile file = io::read_tensors((made("heads") / "two_inputs.safetensors").string());
  Trainer<R> trainer = trainer_at_begin<R>(file);
  TensorBatches batches(numbered(file, "input."), numbered(file, "target."), 8);
  const at::Tensor losses = tensor(file, "loss"), correct = tensor(file, "correct");
  int epoch = 0;
  for (const EpochResult& e : fit(trainer, batches, &batches)) {
    CHECK(std::abs(e.train.loss() / losses[epoch].item<double>() - 1) < 1e-10);
    CHECK(e.train.accuracy() * 8 == correct[epoch++].item<double>());
  }
  CHECK(epoch == 10);
  compare_end(trainer, file, {"out"});
}
