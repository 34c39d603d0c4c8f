#pragma once
// Trains a ModuleNetwork: autograd records the module's forward, as a whole. Not part of tuneit.hpp, because it
// includes torch/nn/module.h.
#if __cplusplus < 202002L
#include "tuneit/meta/cpp20.hpp"
#else
#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/module.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tuneit/engine/run/autograd.hpp"
#include "tuneit/engine/run/inference_program.hpp"
#include "tuneit/engine/run/precision.hpp"
#include "tuneit/engine/run/reused.hpp"
#include "tuneit/engine/run/train.hpp"
#include "tuneit/io/weights/tensor_file.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/net/module_network.hpp"
#include "tuneit/net/print.hpp"
#include "tuneit/weights/flat.hpp"

namespace tuneit {

namespace detail {

/// A module of a ModuleNetwork at work on the network's tensors.
template <class Model>
struct LiveNetwork : Reused<LiveNetwork<Model>> {
  std::shared_ptr<typename Model::module> module;
  std::vector<at::Tensor> tensors;  ///< the module's own handles, in the order of the network's table

  /// Throws Error(Usage) with the first difference between the tensors that the blocks name and those of the module.
  LiveNetwork() : module(make()) {
    const auto parameters = module->named_parameters(), buffers = module->named_buffers();
    const auto& t = table<Model>;
    std::vector<std::string> blocks(Model::block_count);
    block_names(typename Model::blocks{}, blocks.data());
    for (std::size_t i = 0; i < t.size; ++i) {
      const std::string name(t.name(i));
      const TensorRow& row = t.rows[i];
      const at::Tensor* const found = row.is_buffer() ? buffers.find(name) : parameters.find(name);
      const std::string block = "block " + io::quote(blocks[row.block]) + " of the network declares ";
      if (found == nullptr)
        throw Error(ErrorKind::Usage,
                    block + io::quote(name) + ", and the module has no " + (row.is_buffer() ? "buffer" : "parameter") +
                        " of this name",
                    "The blocks must name what the module registers" + nearest(name, parameters.keys()) + ".");
      const std::vector<std::int64_t> sizes(row.dims, row.dims + row.rank);
      if (found->sizes() != at::IntArrayRef(sizes))
        throw Error(ErrorKind::Usage,
                    block + io::quote(name) + " with the shape " + io::shape_text(sizes) + ", in the module it has " +
                        io::shape_text({found->sizes().data(), found->sizes().size()}),
                    "The blocks must have the module's shapes.");
      tensors.push_back(*found);
    }
    for (const auto* all : {&parameters, &buffers})
      for (const auto& item : *all)
        if (!declared(item.key()))
          throw Error(ErrorKind::Usage,
                      "the module has a tensor " + io::quote(item.key()) + " that no block of the network declares",
                      "Every parameter and buffer must be in a block.");
    find_parts();
  }

  /// The module works on these from now on.
  void bind(const at::Tensor* network) {
    for (std::size_t i = 0; i < tensors.size(); ++i)
      if (tensors[i].unsafeGetTensorImpl()->storage().unsafeGetStorageImpl() !=
              network[i].unsafeGetTensorImpl()->storage().unsafeGetStorageImpl() ||
          tensors[i].storage_offset() != network[i].storage_offset() ||
          tensors[i].scalar_type() != network[i].scalar_type())
        tensors[i].set_data(network[i]);
  }

  /// Training mode where something moves: of a batch norm, by its statistics; of what has no tensors (dropout), as the
  /// module around it.
  void set_modes(const PlanRow* plan) {
    for (Part& part : parts_) {
      part.mode = part.rows.empty() && part.parent < parts_.size() && parts_[part.parent].mode;
      for (const std::size_t row : part.rows)
        part.mode = part.mode || (table<Model>.rows[row].is_buffer() ? plan[row].batch_statistics : !plan[row].frozen);
      if (part.statistics < tensors.size()) part.mode = plan[part.statistics].batch_statistics;
      if (part.module->is_training() != part.mode || !part.rows.empty()) part.module->train(part.mode);
    }
  }

  static std::shared_ptr<typename Model::module> make() {
    if constexpr (requires { Model::make(); })
      return Model::make();
    else
      return std::make_shared<typename Model::module>();
  }

 private:
  struct Part {
    torch::nn::Module* module;
    std::vector<std::size_t> rows;   ///< tensors in it and below
    std::size_t statistics, parent;  ///< its running mean; the module around it; or what no index is
    bool mode = false;
  };

  static bool declared(const std::string& name) {
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      if (table<Model>.name(i) == name) return true;
    return false;
  }
  static std::string nearest(const std::string& name, const std::vector<std::string>& names) {
    const std::size_t last = name.rfind('.') + 1;
    for (const std::string& other : names)
      if (!declared(other) && other.substr(other.rfind('.') + 1) == name.substr(last))
        return "; it has " + io::quote(other) + ", which no block names";
    return {};
  }
  void find_parts() {
    constexpr std::size_t none = ~std::size_t{0};
    std::vector<std::string> paths;
    for (const auto& item : module->named_modules("", true)) {  // parents first
      Part part{item.value().get(), {}, none, none};
      const std::string& path = item.key();
      for (std::size_t i = 0; i < table<Model>.size; ++i) {
        const std::string_view name = table<Model>.name(i);
        if (!path.empty() && !name.starts_with(path + ".")) continue;
        part.rows.push_back(i);
        if (name == path + ".running_mean") part.statistics = i;
      }
      const auto around = path.rfind('.');
      const std::string parent = around == std::string::npos ? "" : path.substr(0, around);
      for (std::size_t p = 0; p < paths.size(); ++p)
        if (!path.empty() && paths[p] == parent) part.parent = p;
      paths.push_back(path);
      parts_.push_back(std::move(part));
    }
  }

  std::vector<Part> parts_;
};

}  // namespace detail

/// The first values of a ModuleNetwork's tensors: those that the module was constructed with, drawn from a seed of the
/// generator. Throws Error(Usage) where module and blocks do not name the same tensors.
template <ModuleModel Model>
std::vector<at::Tensor> module_tensors(Type<Model>, const at::Generator& generator) {
  const at::NoGradGuard no_grad;
  at::Generator global = at::detail::getDefaultCPUGenerator();
  const std::uint64_t seed = generator.get<at::CPUGeneratorImpl>()->random64();
  at::Tensor state;
  {
    const std::lock_guard lock(global.mutex());
    state = global.get_state();
    global.set_current_seed(seed);
  }
  std::optional<detail::LiveNetwork<Model>> live;
  const auto restore = [&] {
    const std::lock_guard lock(global.mutex());
    global.set_state(state);
  };
  try {
    live.emplace();
  } catch (...) {
    restore();
    throw;
  }
  restore();
  for (at::Tensor& t : live->tensors)
    t = t.detach().clone(t.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
  return flat_copies(live->tensors, at::kCPU);
}

template <class R, std::size_t First>
requires ModuleModel<typename R::model>
class TrainPass<R, First> {
  using Model = typename R::model;
  static constexpr bool trained(std::size_t i) { return !table<Model>.rows[i].is_buffer() && !plan<R>.rows[i].frozen; }

 public:
  at::Tensor forward(at::Tensor x, const Tensors& tensors, const at::Generator&,
                     PendingStatistics* statistics = nullptr, at::ScalarType = at::ScalarType::Undefined) {
    const detail::AutocastScope autocast(x.device().type(), x.scalar_type());
    const detail::AutogradScope autograd;
    tensors_ = tensors.data();
    live_ = detail::LiveNetwork<Model>::take();
    Tensors there = tensors;  // buffers that may move are copies, until the statistics of the batch are committed
    for (std::size_t i = 0; i < there.size(); ++i)
      if (table<Model>.rows[i].is_buffer() && plan<R>.rows[i].batch_statistics)
        there[i] = statistics != nullptr ? statistics->ahead(tensors[i]) : tensors[i].clone();
    live_->bind(there.data());
    live_->set_modes(plan<R>.rows);
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      if (!table<Model>.rows[i].is_buffer()) live_->tensors[i].requires_grad_(trained(i));
    at::Tensor y = part_.forward(x, false, [&](const at::Tensor& in) { return live_->module->forward(in); });
    part_.x.reset();  // nobody asks for its gradient
    return y;
  }

  void backward(at::Tensor dy, Tensors& gradients) {
    part_.backward(dy);
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      if (trained(i)) {
        at::Tensor& gradient = live_->tensors[i].mutable_grad();
        gradients[i] = detail::gradient_or_zeros(gradient, tensors_[i]);
        gradient.reset();
      }
    part_ = {};
    detail::LiveNetwork<Model>::give_back(std::move(live_));
  }
  /// The same. `done(block)`: the gradients of a block that trains are there, and all behind it.
  template <class Done>
  void backward(at::Tensor dy, Tensors& gradients, const Done& done) {
    backward(std::move(dy), gradients);
    for (std::size_t block = Model::block_count; block-- > 0;) {
      bool any = false;
      for (std::size_t i = table<Model>.block_begin[block]; i < table<Model>.block_begin[block + 1]; ++i)
        any = any || trained(i);
      if (any) done(block);
    }
  }

 private:
  const at::Tensor* tensors_ = nullptr;
  detail::Recorded part_;
  std::unique_ptr<detail::LiveNetwork<Model>> live_;
};

template <ModuleModel Model, std::size_t First, std::size_t Last, detail::DTypeSet N>
class InferenceProgram<Model, First, Last, N> {
 public:
  void prepare(const std::vector<at::Tensor>& tensors, at::ScalarType, long long = 0) { tensors_ = tensors; }
  [[nodiscard]] at::Tensor run(at::Tensor x) const {
    const at::NoGradGuard no_grad;
    const detail::AutocastScope autocast(x.device().type(), x.scalar_type());
    auto live = detail::LiveNetwork<Model>::take();
    live->bind(tensors_.data());
    live->module->eval();
    at::Tensor y = live->module->forward(std::move(x));
    detail::LiveNetwork<Model>::give_back(std::move(live));
    return y;
  }

 private:
  std::vector<at::Tensor> tensors_;
};

}  // namespace tuneit
#endif  // C++20
