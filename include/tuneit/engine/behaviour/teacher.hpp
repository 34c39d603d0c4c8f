#pragma once
// A second network that only gives outputs: whose weights are they, and what does it make of a batch?
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/describe.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/run/inference_program.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/queries/lone_values.hpp"
#include "tuneit/weights/initialise.hpp"

namespace tuneit {

/// A network beside the one that is trained. Its weights are copied into it once (`copy`, load_weights); it runs as in
/// evaluation, in the number type of what flows in (N: which these may be), and never changes.
template <class Model, detail::DTypeSet N = detail::single | detail::bfloat16>
class TeacherNetwork {
 public:
  using model = Model;

  /// In table order, once it was `made`. Change values in place, and say `ready()` then.
  [[nodiscard]] const std::vector<at::Tensor>& tensors() const { return tensors_; }
  [[nodiscard]] bool made() const { return !tensors_.empty(); }
  /// Has it weights?
  [[nodiscard]] bool is_ready() const { return ready_; }
  /// Its weights are there.
  void ready() { ready_ = true; }

  /// Makes room for the weights. `kept`: their number type. Throws Error(Usage) where it has other outputs than
  /// `classes`, or cannot take pictures of side x side pixels.
  void make(int classes, int side, at::Device device, at::ScalarType kept) {
    constexpr int outputs = shape<Model>().channels();
    if (outputs != Dynamic && outputs != classes)
      throw Error(ErrorKind::Usage,
                  "the teacher " + type_name<Model>() + " has " + std::to_string(outputs) +
                      " outputs, and the network that learns from it " + std::to_string(classes),
                  "Take a teacher of the same classes: the model of a recipe, Distill<Finetune<ResNet50, "
                  "ReplaceHead<10>>>.");
    if (!takes<Model>(Model::input::at(side)))
      throw Error(ErrorKind::Usage,
                  "the teacher " + type_name<Model>() + " cannot take pictures of " + std::to_string(side) + " x " +
                      std::to_string(side) + " pixels",
                  "Give a larger side, or another teacher.");
    tensors_ = flat_on<Model>(make_tensors<Model>(classes, make_generator(0)), device, kept);
  }

  /// Takes the weights of a network of the same model: `teacher.copy(trainer.best_tensors())`. Throws Error(Usage) for
  /// others.
  void copy(const std::vector<at::Tensor>& weights) {
    const at::NoGradGuard no_grad;
    bool same = weights.size() == tensors_.size();
    for (std::size_t i = 0; same && i < weights.size(); ++i) same = weights[i].sizes() == tensors_[i].sizes();
    if (!same)
      throw Error(ErrorKind::Usage, "these tensors are not those of the teacher " + type_name<Model>(),
                  "Give the tensors() of a trainer of that model.");
    for (std::size_t i = 0; i < weights.size(); ++i) tensors_[i].copy_(weights[i]);
    ready_ = true;
  }

  /// Throws Error(Usage) unless it has weights.
  void check_ready() const {
    if (ready_) return;
    throw Error(ErrorKind::Usage,
                "the teacher " + type_name<Model>() + " has no weights, and nothing is to be learned of it",
                "Load them before the first step, and before a training goes on that was saved: "
                "load_weights(trainer.teacher(), path), or --teacher-weights FILE.");
  }

  /// Logits [N, K] of a batch that is ready for a network, in its number type.
  [[nodiscard]] at::Tensor logits(const at::Tensor& images) {
    program_.prepare(tensors_, images.scalar_type());
    return program_.run(images);
  }

 private:
  std::vector<at::Tensor> tensors_;
  InferenceProgram<Model, 0, Model::block_count, N> program_;
  bool ready_ = false;
};

}  // namespace tuneit
