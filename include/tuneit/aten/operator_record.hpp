#pragma once
// Which operators are called on a device, with which numbers and shapes, and on whose memory? Two equal records of a
// step are what its replay needs: what differs would be frozen. Slow to read (IValue): for who captures, and for tests.
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tuneit {

/// One call: "aten::add_(float [2, 3], float [2, 3], 0.5)".
struct RecordedOperator {
  std::string text;
  /// Where tensors lie that were not made while it was recorded.
  std::vector<const void*> memory{};
  /// Does it read or write memory of the host?
  bool host = false;
};

namespace detail {

class OperatorTexts {
 public:
  static std::string of(const std::vector<c10::IValue>& values) {
    std::string text;
    for (const c10::IValue& v : values) text.append(text.empty() ? "" : ", ").append(one(v));
    return text;
  }
  static std::string of(const at::Tensor& t) {
    if (!t.defined()) return "none";
    std::string text = c10::toString(t.scalar_type());
    text.append(" [");
    for (std::int64_t i = 0; i < t.dim(); ++i)
      text.append(i == 0 ? "" : ", ").append(std::to_string(t.size(i))).append(":").append(std::to_string(t.stride(i)));
    text.append("]");
    if (t.is_cpu() && t.dim() == 0) text.append(" = ").append(number(t.to(at::kDouble).const_data_ptr<double>()[0]));
    return text;
  }

 private:
  static std::string number(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", x);
    return text;
  }
  static std::string one(const c10::IValue& v) {
    if (v.isTensor()) return of(v.toTensor());
    if (v.isDouble()) return number(v.toDouble());
    if (v.isInt()) return std::to_string(v.toInt());
    if (v.isBool()) return v.toBool() ? "true" : "false";
    if (v.isString()) return v.toStringRef();
    if (v.isDevice()) return v.toDevice().str();
    if (v.isList()) {
      std::string all = "[";
      const auto list = v.toListRef();
      for (std::size_t i = 0; i < list.size(); ++i) all.append(i == 0 ? "" : ", ").append(one(list[i]));
      return all.append("]");
    }
    return v.isNone() ? "none" : v.tagKind();
  }
};

}  // namespace detail

/// What this thread calls on a device while it lives, and autograd's threads for it. One of a process at a time; it
/// does not change what is computed.
class OperatorRecord {
  static constexpr c10::DispatchKey key = c10::DispatchKey::TESTING_ONLY_GenericMode;  // of nobody else

 public:
  OperatorRecord() {
    static torch::Library all(torch::Library::IMPL, "_", key, __FILE__, __LINE__);
    [[maybe_unused]] static const bool once =
        (all.fallback(torch::CppFunction::makeFromBoxedFunction<&OperatorRecord::called>()), true);
    {
      const std::lock_guard guard(lock());
      current() = this;
    }
    watches_.emplace(key);
  }
  ~OperatorRecord() { stop(); }
  OperatorRecord(const OperatorRecord&) = delete;
  OperatorRecord& operator=(const OperatorRecord&) = delete;

  /// Nothing more is recorded.
  void stop() {
    if (!watches_) return;
    watches_.reset();
    const std::lock_guard guard(lock());
    current() = nullptr;
  }
  [[nodiscard]] const std::vector<RecordedOperator>& operators() const { return operators_; }

  /// How another one of the same differs, as a sentence; empty: in nothing. `memory`: is that compared, too?
  [[nodiscard]] std::string difference(const OperatorRecord& other, bool memory) const {
    const auto &a = operators_, &b = other.operators_;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
      if (a[i].text != b[i].text) return a[i].text + " is followed by " + b[i].text;
      if (!memory) continue;
      if (a[i].host) return a[i].text + " copies";
      if (a[i].memory != b[i].memory) return a[i].text + " has other tensors in each step";
    }
    if (a.size() != b.size())
      return "one step has " + std::to_string(a.size()) + " operators, the next one " + std::to_string(b.size());
    return {};
  }

 private:
  static OperatorRecord*& current() {
    static OperatorRecord* record = nullptr;
    return record;
  }
  static std::mutex& lock() {
    static std::mutex mutex;
    return mutex;
  }
  static const void* storage_of(const at::Tensor& t) { return t.has_storage() ? t.storage().data() : nullptr; }
  template <class F>
  static void each_tensor(const c10::IValue& v, const F& f) {
    if (v.isTensor()) {
      if (v.toTensor().defined()) f(v.toTensor());
    } else if (v.isList()) {
      for (const c10::IValue& one : v.toListRef()) each_tensor(one, f);
    }
  }
  static void called(const c10::OperatorHandle& op, c10::DispatchKeySet keys, torch::jit::Stack* stack) {
    const auto& schema = op.schema();
    OperatorRecord* record = nullptr;
    {
      const std::lock_guard guard(lock());
      record = current();
    }
    if (record != nullptr) {
      const std::lock_guard guard(lock());
      const c10::impl::ExcludeDispatchKeyGuard own(key);
      record->note(schema.operator_name(),
                   {stack->end() - static_cast<std::ptrdiff_t>(schema.arguments().size()), stack->end()});
    }
    op.redispatchBoxed(keys & c10::DispatchKeySet(c10::DispatchKeySet::FULL_AFTER, key), stack);
    if (record == nullptr) return;
    const std::lock_guard guard(lock());
    for (auto v = stack->end() - static_cast<std::ptrdiff_t>(schema.returns().size()); v != stack->end(); ++v)
      each_tensor(*v, [&](const at::Tensor& t) {
        if (!t.is_cpu() && record->given_.count(storage_of(t)) == 0) record->made_.insert(storage_of(t));
      });
  }
  void note(const c10::OperatorName& name, const std::vector<c10::IValue>& inputs) {
    bool device = false, host = false;
    for (const c10::IValue& v : inputs)
      each_tensor(v, [&](const at::Tensor& t) {
        device = device || !t.is_cpu();
        host = host || (t.is_cpu() && t.dim() > 0);
      });
    if (!device) return;
    if (name.name == "aten::copy_")  // of memory, also where it is one number
      host = inputs[0].toTensor().is_cpu() || inputs[1].toTensor().is_cpu();
    RecordedOperator one{name.name + (name.overload_name.empty() ? "" : "." + name.overload_name), {}, host};
    one.text.append("(").append(host ? "from or to the host" : detail::OperatorTexts::of(inputs)).append(")");
    for (const c10::IValue& v : inputs)
      each_tensor(v, [&](const at::Tensor& t) {
        const void* const storage = storage_of(t);
        if (t.is_cpu() || storage == nullptr || made_.count(storage) > 0) return;
        given_.insert(storage);
        one.memory.push_back(static_cast<const char*>(storage) +
                             t.storage_offset() * static_cast<std::int64_t>(t.itemsize()));
      });
    operators_.push_back(std::move(one));
  }

  std::optional<c10::impl::IncludeDispatchKeyGuard> watches_;
  std::vector<RecordedOperator> operators_;
  std::unordered_set<const void*> made_, given_;  ///< storages
};

}  // namespace tuneit
