// needs: losses
// Every loss and its gradient are those of torch.nn.functional, torchvision and timm, in double precision.
#include <iostream>

#include "parity.hpp"
#include "tuneit/engine/loss/loss.hpp"

using namespace tuneit;

namespace {

template <class L>
void as_in_python(const std::string& name, const std::string& labels, double share = 1) {
  INFO(name);
  const io::TensorFile file = io::read_tensors(made("losses") / "losses.safetensors");
  const at::Tensor x = tensor(file, "x"), y = tensor(file, labels);
  at::Tensor gradient;
  const BatchResult r = share == 1 ? loss_of<L>(x, y, Numbers<L>{}, &gradient)
                                   : loss_of<L>(x, Targets{y, y.flip(0), share}, Numbers<L>{}, &gradient);
  const double loss = tensor(file, name + ".loss").item<double>();
  const double far = relative(gradient, tensor(file, name + ".gradient"));
  CHECK(r.loss == Approx(loss).epsilon(1e-12));
  CHECK(far < 1e-9);
  std::cout << name << ": loss " << std::abs(r.loss / loss - 1) << ", gradient " << far << " apart\n";
}

}  // namespace

TEST_CASE("cross-entropy is torch's") {
  using Weights = ClassWeights<1, 2, 0.5, 3, 0.25, 1.5>;
  as_in_python<CrossEntropy<>>("ce", "labels");
  as_in_python<CrossEntropy<Sum>>("ce_sum", "labels");
  as_in_python<CrossEntropy<LabelSmoothing<0.1>>>("ce_smooth", "labels");
  as_in_python<CrossEntropy<Weights>>("ce_weights", "labels");
  as_in_python<CrossEntropy<Weights, LabelSmoothing<0.1>>>("ce_weights_smooth", "labels");
  as_in_python<CrossEntropy<Weights, LabelSmoothing<0.1>, Sum>>("ce_weights_smooth_sum", "labels");
  as_in_python<CrossEntropy<SoftTargets>>("ce_soft", "soft");
  as_in_python<CrossEntropy<SoftTargets, Weights>>("ce_soft_weights", "soft");
  as_in_python<CrossEntropy<>>("ce_mixed", "labels", 0.3);
  as_in_python<CrossEntropy<Weights, LabelSmoothing<0.1>>>("ce_mixed_weights_smooth", "labels", 0.3);
}

TEST_CASE("binary cross-entropy and squared error are torch's, focal loss torchvision's") {
  as_in_python<BinaryCrossEntropy<>>("bce", "bits");
  as_in_python<BinaryCrossEntropy<Sum>>("bce_sum", "bits");
  as_in_python<BinaryCrossEntropy<>>("bce_labels", "labels");
  as_in_python<BinaryCrossEntropy<PosWeight<2.5>>>("bce_positive", "bits");
  as_in_python<MeanSquaredError<>>("mse", "reals");
  as_in_python<MeanSquaredError<Sum>>("mse_sum", "reals");
  as_in_python<Focal<>>("focal", "bits");
  as_in_python<Focal<Sum>>("focal_sum", "bits");
  as_in_python<Focal<Gamma<1.5>, Alpha<-1>>>("focal_plain", "bits");
  as_in_python<Focal<Gamma<3>, Alpha<0.7>>>("focal_labels", "labels");
}

TEST_CASE("mixed and smoothed labels are timm's mixed targets") {
  // timm makes its targets in single precision, so equality ends there
  const io::TensorFile file = io::read_tensors(made("losses") / "losses.safetensors");
  const at::Tensor x = tensor(file, "x"), y = tensor(file, "labels");
  using L = CrossEntropy<LabelSmoothing<0.1>>;
  at::Tensor gradient;
  const BatchResult r = loss_of<L>(x, Targets{y, y.flip(0), 0.3}, Numbers<L>{}, &gradient);
  CHECK(r.loss == Approx(tensor(file, "ce_mixed_timm.loss").item<double>()).epsilon(1e-6));
  CHECK(relative(gradient, tensor(file, "ce_mixed_timm.gradient")) < 1e-6);
}
