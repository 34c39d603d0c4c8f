#pragma once
// A module of torch::nn as a layer of a network: it brings the computation, the network the tensors. Not part of
// tuneit.hpp, because it includes torch/nn/module.h.
#if __cplusplus < 202002L
#include "tuneit/meta/cpp20.hpp"
#else
#include <torch/nn/module.h>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/aten/generators.hpp"
#include "tuneit/engine/run/autograd.hpp"
#include "tuneit/engine/run/precision.hpp"
#include "tuneit/engine/run/reused.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/net/walk.hpp"

namespace tuneit {

/// A layer that names a module: `struct Mixer { using module = MixerImpl; };`. The module is made by its default
/// constructor and has `at::Tensor forward(at::Tensor)`. Which tensors it has is said by `tensors`, in any order,
/// under the names that the module gives them (what comes out, as by any layer: `using out = SameShape;`); buffers are
/// changed in place or not at all. Autograd records its forward in training. It is in training mode as a whole, if
/// anything in it trains (without tensors: if its block does). Its dropout draws from LibTorch's global generator.
template <class Layer>
concept ModuleLayer = std::derived_from<typename Layer::module, torch::nn::Module> &&
    requires(typename Layer::module& m, at::Tensor x) {
  { m.forward(x) } -> std::convertible_to<at::Tensor>;
};

namespace detail {

/// Collects the names of a layer's tensors.
struct TensorNames final : TensorSink {
  std::vector<std::string> names{};

 private:
  void add(std::string_view name, Kind, Owner, std::initializer_list<int>) override {
    names.push_back(prefix_ + std::string(name));
  }
  std::size_t begin(std::string_view name) override {
    const std::size_t outside = prefix_.size();
    prefix_.append(name).append(".");
    return outside;
  }
  std::size_t begin_turn(int turn) override { return begin(std::to_string(turn)); }
  void end(std::size_t outside) override { prefix_.resize(outside); }
  void end_turn(std::size_t outside) override { prefix_.resize(outside); }

  std::string prefix_{};
};

/// Is a module in training mode?
template <class Layer, auto F>
inline constexpr bool in_training = F.live && (tensor_count<Layer> == 0 || any_trains<F>);

/// A module at work on the network's tensors. One is needed per place in a step.
template <class Layer>
struct LiveModule : Reused<LiveModule<Layer>> {
  std::unique_ptr<typename Layer::module> module = make();
  std::vector<at::Tensor> tensors;  ///< the module's own handles, in the layer's order

  /// Throws Error(Usage) if module and layer do not name the same tensors.
  LiveModule() {
    TensorNames layer;
    tensors_of<Layer>(layer);
    const auto parameters = module->named_parameters(), buffers = module->named_buffers();
    for (const std::string& name : layer.names) {
      const at::Tensor* found = parameters.find(name);
      if (found == nullptr) found = buffers.find(name);
      if (found == nullptr)
        throw Error(ErrorKind::Usage, "the module has no tensor " + name, "`tensors` of its layer names it so");
      tensors.push_back(*found);
    }
    if (const std::size_t all = parameters.size() + buffers.size(); all != tensors.size())
      throw Error(ErrorKind::Usage,
                  "the module has " + std::to_string(all) + " tensors, its layer " + std::to_string(tensors.size()),
                  "`tensors` of the layer must name all of them");
  }

  /// How many there are makes no difference to what is drawn later from LibTorch's global generator: it is put back.
  static std::unique_ptr<typename Layer::module> make() {
    struct DrawsAsBefore {
      detail::GlobalDraws before = detail::GlobalDraws::now(c10::DeviceType::CPU);
      ~DrawsAsBefore() { before.restore(); }
    } draws;
    return std::make_unique<typename Layer::module>();
  }

  /// The module works on these from now on.
  void bind(const at::Tensor* network) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i].sizes() != network[i].sizes())
        throw Error(ErrorKind::Usage,
                    "tensor " + std::to_string(i) + " of a module has another shape than in its layer",
                    "`tensors` of the layer must give the module's shapes");
      tensors[i].set_data(network[i]);
    }
  }
};

}  // namespace detail

template <ModuleLayer Layer, auto F>
struct Forward<Layer, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    const at::NoGradGuard no_grad;
    auto live = detail::LiveModule<Layer>::take();
    live->bind(c.tensors);
    live->module->train(detail::in_training<Layer, F>);
    at::Tensor y = live->module->forward(std::move(x));
    detail::LiveModule<Layer>::give_back(std::move(live));
    return y;
  }
};

template <ModuleLayer Layer, auto F, Need N>
struct Train<Layer, F, N> {
  static constexpr bool records = N.x || detail::any_trains<F>;
  struct Saved {
    detail::Recorded part{};
    std::unique_ptr<detail::LiveModule<Layer>> live{};

    Saved() = default;
    Saved(const Saved&) = delete;
    Saved& operator=(const Saved&) = delete;
    ~Saved() {  // of a forward pass whose way back never comes
      if (live != nullptr) detail::LiveModule<Layer>::give_back(std::move(live));
    }
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    const detail::AutocastScope autocast(x.device().type(), x.scalar_type());
    if constexpr (!records) return Forward<Layer, F>::run(std::move(x), c);
    const detail::AutogradScope autograd;
    saved.live = detail::LiveModule<Layer>::take();
    saved.live->bind(c.tensors);
    saved.live->module->train(detail::in_training<Layer, F>);
    for (std::size_t i = 0; i < tensor_count<Layer>; ++i) saved.live->tensors[i].requires_grad_(F.trains(i));
    return saved.part.forward(x, N.x, [&](const at::Tensor& in) { return saved.live->module->forward(in); });
  }

  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (!records) return {};
    saved.part.backward(std::move(dy).sum());
    for (std::size_t i = 0; i < tensor_count<Layer>; ++i)
      if (F.trains(i)) {
        at::Tensor& gradient = saved.live->tensors[i].mutable_grad();
        c.gradients[i] = detail::gradient_or_zeros(gradient, c.tensors[i]);
        gradient.reset();
      }
    Gradient out;
    if constexpr (N.x) out.value = detail::gradient_or_zeros(saved.part.x.grad(), saved.part.x);
    saved.part = {};
    detail::LiveModule<Layer>::give_back(std::move(saved.live));
    return out;
  }
};

}  // namespace tuneit
#endif  // C++20
