#pragma once
// Where in a pickled checkpoint do tensors lie under names? Every mapping that holds some, before any bytes are read.
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/weights/pickle_values.hpp"

namespace tuneit::io {

/// A mapping from names to tensors in a checkpoint.
struct TensorMapping {
  static constexpr const char* top = ".";  ///< the key of the checkpoint itself
  std::string key;                         ///< "model"; "checkpoint.model" where one lies within another
  std::vector<TensorHead> tensors;
  std::size_t order = 0;    ///< in the file
  std::string object = {};  ///< not empty: it is none, but an object of this class that lies under a usual key
};

/// What may be asked of a reader of checkpoints.
struct ReadOptions {
  static constexpr std::size_t no_choice = SIZE_MAX;
  /// Which of its mappings to read ("ema", "checkpoint.model", "." for the checkpoint itself). Empty: the only one, or
  /// the one with a usual name.
  std::string weights_key;
  /// Asked where no key is given: the index of the right one, or no_choice to leave it to the names. Objects under
  /// usual keys come behind the mappings and cannot be chosen. May throw Error(ErrorKind::Weights) with the candidates.
  /// `file` begins the message.
  std::function<std::size_t(std::span<const TensorMapping>, const std::string& file)> choose{};
  /// Names of one tensor: of each of a tied tensor's other names the first. Deltas heed it: weights may have either.
  std::map<std::string, std::string, std::less<>> tied{};
};

// The keys under which training programs put the weights.
[[nodiscard]] inline bool is_usual_key(std::string_view key) {
  key.remove_prefix(key.rfind('.') + 1);  // npos + 1 is 0
  for (const std::string_view usual :
       {"state_dict", "model_state_dict", "model", "module", "net", "network", "weights", "params"})
    if (key == usual) return true;
  return false;
}

namespace detail {

using NamedViews = std::vector<std::pair<std::string_view, const PickleTensor*>>;

/// The tensors of one mapping; its other values are passed over, and it is none where a tensor has no name, as in an
/// optimizer's state, which numbers them.
[[nodiscard]] inline NamedViews tensors_of(const Pickle& pickle, const Pickle::Dict& dict) {
  NamedViews views;
  for (const auto& [key, value] : dict) {
    if (value.kind != PickleValue::Kind::Tensor) continue;
    if (key.kind != PickleValue::Kind::Text) return {};
    views.emplace_back(pickle.text(key), &pickle.tensors[value.index]);
  }
  return views;
}

/// One that was found.
struct FoundMapping {
  NamedViews views;
  const Pickle::Dict* dict = nullptr;
  std::size_t depth = 0;
  bool twice = false;     ///< another one has the same path
  std::size_t order = 0;  ///< in the file
};

/// All mappings of tensors, by their paths, down to four levels.
class Mappings {
 public:
  Mappings(const Pickle& pickle, const std::string& file, const std::string& wanted)
      : pickle_(pickle), file_(file), wanted_(wanted) {
    for (const Pickle::Dict& dict : pickle.dicts) budget_ += 2 * dict.size();  // one dict may lie in many places
    if (const Pickle::Dict* root = pickle.items(pickle.root)) visit(*root, {}, 0);
  }

  std::map<std::string, FoundMapping> found;
  std::string wanted_class;  ///< where an object lies under the wanted key: of which class it is
  std::string a_class;       ///< of the first object that lies where a mapping or tensor could
  std::string a_name;        ///< and under which key
  std::vector<std::pair<std::string, std::string>> usual_objects;  ///< key and class of those under usual keys

 private:
  static constexpr std::size_t deepest = 4, most = 10'000;

  void visit(const Pickle::Dict& dict, const std::string& prefix, std::size_t depth) {
    if (budget_ < dict.size()) return;
    budget_ -= dict.size();
    if (NamedViews views = tensors_of(pickle_, dict); !views.empty()) {
      const auto [it, added] = found.try_emplace(prefix.empty() ? TensorMapping::top : prefix,
                                                 FoundMapping{std::move(views), &dict, depth, false, found.size()});
      if (!added) it->second.twice = true;
      if (found.size() > most) refuse(file_ + " holds more than 10,000 mappings of tensors");
    }
    if (depth == deepest) return;
    for (const auto& [key, value] : dict) {
      const Pickle::Dict* const items = pickle_.items(value);
      const bool object = value.kind == PickleValue::Kind::Object && items == nullptr;
      if (key.kind != PickleValue::Kind::Text || (items == nullptr && !object)) continue;
      const std::string_view name = pickle_.text(key);
      if (refusal_of_name(name) != nullptr) continue;  // nobody could give it as an option
      if (items != nullptr) {
        visit(*items, prefix.empty() ? std::string(name) : prefix + "." + std::string(name), depth + 1);
        continue;
      }
      if (usual_objects.size() < 100 && is_usual_key(name))
        usual_objects.emplace_back(prefix.empty() ? std::string(name) : prefix + "." + std::string(name),
                                   pickle_.class_of(value));
      if (a_class.empty()) a_class = pickle_.class_of(value), a_name = name;
      if (wanted_class.empty() && wanted_.size() == prefix.size() + (prefix.empty() ? 0 : 1) + name.size() &&
          wanted_.starts_with(prefix) && wanted_.ends_with(name))
        wanted_class = pickle_.class_of(value);
    }
  }

  const Pickle& pickle_;
  const std::string& file_;
  const std::string& wanted_;
  std::size_t budget_ = 1000;
};

}  // namespace detail
}  // namespace tuneit::io
