#pragma once
// What does a training remember, so that it can go on elsewhere as if nothing had been? One function of a behaviour
// names its members, and both writes and reads them.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/recipe/algebra/difference.hpp"

namespace tuneit {

/// The state of a training in memory: tensors and bytes by their names. `save` writes one, `load` reads it. Tensors are
/// copies, on the device where they were.
class Archive {
 public:
  /// Writes or reads `value` under `name`: tensors (undefined ones too), numbers and other trivially copyable values,
  /// strings, vectors of these, std::optional of something default-constructible or not there on both sides, and
  /// whatever has `state(Archive&)`. Reading copies into a tensor of the same shape and type that is there, so that its
  /// handles stay. Throws Error(Usage) for a name twice, or one that is not in what is read or of another kind.
  template <class T>
  void operator()(std::string_view name, T& value) {
    const Within within{prefix_, prefix_.size()};
    prefix_ += prefix_.empty() ? std::string(name) : "/" + std::string(name);
    one(value);
  }

  /// The same of tensors that must be there with the same shape and type: weights. Throws Error(Usage) if not.
  void in_place(std::string_view name, std::vector<at::Tensor>& tensors) {
    fixed_ = true;
    try {
      (*this)(name, tensors);
    } catch (...) {
      fixed_ = false;
      throw;
    }
    fixed_ = false;
  }

  /// The recipe of which the state is, by its canonical text; empty where it has none. Throws Error(Usage) for what was
  /// saved of another one, unless that is allowed; of what was saved when recipes were not written down nothing is
  /// known.
  void of_recipe(const std::string& text) {
    if (!reads_) {
      if (!text.empty()) bytes_.emplace("recipe", text);
      return;
    }
    const auto found = bytes_.find("recipe");
    if (found == bytes_.end()) return;
    read_["recipe"] = true;
    if (found->second != text && !text.empty() && !any_recipe_)
      throw Error(ErrorKind::Usage, "the state was saved of another recipe",
                  "They differ: " + detail::recipe_difference(found->second, text) +
                      ". Load it into a trainer of that one, or say load(trainer, archive, OtherRecipe::Allowed).");
  }

  [[nodiscard]] bool reads() const { return reads_; }
  /// From here on it reads, or writes anew.
  void read_from_start(bool any_recipe = false) {
    reads_ = true;
    any_recipe_ = any_recipe;
    prefix_.clear();
    read_.clear();
  }
  void clear() { *this = Archive(); }
  [[nodiscard]] bool empty() const { return tensors_.empty() && bytes_.empty(); }
  /// Throws Error(Usage) if something of what was written was not read.
  void check_all_read() const {
    for (const auto& [name, t] : tensors_) check_read(name);
    for (const auto& [name, b] : bytes_) check_read(name);
  }
  [[nodiscard]] const std::map<std::string, at::Tensor>& tensors() const { return tensors_; }
  [[nodiscard]] const std::map<std::string, std::string>& bytes() const { return bytes_; }

 private:
  struct Within {
    std::string& prefix;
    std::size_t outer;
    ~Within() { prefix.resize(outer); }
  };

  template <class T>
  void one(T& value) {
    if constexpr (requires(Archive & a) { value.state(a); })
      value.state(*this);
    else if constexpr (std::is_same_v<T, at::Tensor>)
      tensor(value);
    else if constexpr (std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>)
      plain(&value, sizeof value);
    else if constexpr (requires { list(value); })
      list(value);
    else
      static_assert(std::is_void_v<T>,
                    "tuneit: an archive takes tensors, numbers and other trivially copyable values (no pointers), "
                    "strings, vectors and optionals of these, and what has a member state(Archive&)");
  }

  void list(std::string& text) {
    std::size_t size = text.size();
    (*this)("size", size);
    text.resize(size);
    plain(text.data(), size);
  }
  template <class T>
  void list(std::vector<T>& values) requires(!std::is_same_v<T, bool>) {
    std::size_t size = values.size();
    (*this)("size", size);
    if constexpr (std::is_default_constructible_v<T>)
      values.resize(size);
    else if (values.size() != size)
      fail("has another length than what was saved", "It was saved by another recipe.");
    for (std::size_t i = 0; i < size; ++i) (*this)(std::to_string(i), values[i]);
  }
  template <class T>
  void list(std::optional<T>& value) {
    bool there = value.has_value();
    (*this)("there", there);
    if (!there) return value.reset();
    if (!value) {
      if constexpr (std::is_default_constructible_v<T>)
        value.emplace();
      else
        fail("is not there yet", "Make it before its state is read.");
    }
    one(*value);
  }

  void tensor(at::Tensor& t) {
    if (!reads_) {
      if (!tensors_.emplace(prefix_, t.defined() ? t.detach().clone() : at::Tensor()).second) fail_twice();
      return;
    }
    const auto found = tensors_.find(prefix_);
    if (found == tensors_.end()) fail("is not in what was saved", "It was saved by another recipe.");
    read_[prefix_] = true;
    const at::Tensor& from = found->second;
    if (!from.defined() || !t.defined()) {
      t = from.defined() ? from.clone() : at::Tensor();
    } else if (t.sizes() == from.sizes() && t.scalar_type() == from.scalar_type() && t.device() == from.device()) {
      t.detach().copy_(from);
    } else if (!fixed_) {
      t = from.clone();
    } else if (t.sizes() != from.sizes() || t.scalar_type() != from.scalar_type()) {
      fail("has another shape or number type than what was saved", "It was saved by another recipe.");
    } else {
      t.detach().copy_(from);
    }
  }

  void plain(void* value, std::size_t size) {
    if (!reads_) {
      if (!bytes_.emplace(prefix_, std::string(static_cast<const char*>(value), size)).second) fail_twice();
      return;
    }
    const auto found = bytes_.find(prefix_);
    if (found == bytes_.end() || found->second.size() != size)
      fail("is not in what was saved, or is something else there", "It was saved by another recipe.");
    read_[prefix_] = true;
    if (size != 0) std::memcpy(value, found->second.data(), size);
  }

  void check_read(const std::string& name) const {
    if (!read_.contains(name))
      throw Error(ErrorKind::Usage, "the state \"" + name + "\" was saved, and nobody here has it",
                  "It was saved by another recipe.");
  }
  [[noreturn]] void fail(const char* what, const char* mend) const {
    throw Error(ErrorKind::Usage, "the state \"" + prefix_ + "\" " + what, mend);
  }
  [[noreturn]] void fail_twice() const { fail("is named twice", "Give each member of a behaviour a name of its own."); }

  std::map<std::string, at::Tensor> tensors_;
  std::map<std::string, std::string> bytes_;
  std::map<std::string, bool> read_;
  std::string prefix_;
  bool reads_ = false, fixed_ = false, any_recipe_ = false;
};

/// Everything that a training remembers, into `archive`: n steps, save, load, m steps are n + m steps to the bit.
template <class T>
requires requires(T& trainer, Archive& archive) { trainer.state(archive); }
void save(const T& trainer, Archive& archive) {
  archive.clear();
  const_cast<T&>(trainer).state(archive);  // writes, as nothing is read: one function does both
}

/// May what is loaded be of a recipe that says something else (another Freeze, length or phases)? What does not fit is
/// refused all the same.
enum class OtherRecipe { Refused, Allowed };

/// What `save` wrote of a trainer of the same recipe. Throws Error(Usage) where it was another; the trainer is then not
/// to be used.
template <class T>
requires requires(T& trainer, Archive& archive) { trainer.state(archive); }
void load(T& trainer, Archive& archive, OtherRecipe other = OtherRecipe::Refused) {
  archive.read_from_start(other == OtherRecipe::Allowed);
  trainer.state(archive);
  archive.check_all_read();
}

}  // namespace tuneit
