#pragma once
// Which mapping of a pickled checkpoint holds the weights, and how do its views of storages become plain tensors?
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/io/pickle_values.hpp"

namespace tuneit::io::detail {

using NamedViews = std::vector<std::pair<std::string_view, const PickleTensor*>>;

/// The tensors of one dict; its other values are ignored. Throws where a tensor has no name, a bad name or a used one.
[[nodiscard]] inline NamedViews tensors_of(const Pickle& pickle, const PickleValue& dict, const std::string& file) {
  NamedViews views;
  std::unordered_set<std::string_view> names;
  for (const auto& [key, value] : pickle.dict(dict)) {
    if (value.kind != PickleValue::Kind::Tensor) continue;
    if (key.kind != PickleValue::Kind::Text) return {};  // such as the optimizer's state, numbered by parameter
    const std::string_view name = pickle.text(key);
    if (const char* why = refusal_of_name(name)) refuse(file + ": a tensor's name " + quote(name) + " " + why);
    if (!names.insert(name).second) refuse(file + " has two tensors of the name " + quote(name));
    views.emplace_back(name, &pickle.tensors[value.index]);
  }
  return views;
}

// The keys under which training programs put the weights.
inline bool is_usual_key(std::string_view key) {
  static constexpr std::array<std::string_view, 8> usual = {"state_dict", "model_state_dict", "model",   "module",
                                                            "net",        "network",          "weights", "params"};
  return std::find(usual.begin(), usual.end(), key) != usual.end();
}

/// The tensors of the state dict: the root itself where tensors are all it names, or else the one mapping of tensors
/// under it, or the one of them with a usual name ("state_dict", "model", ...), or the one called `wanted`. Looks one
/// level deep, and a second one only if the first has none. Throws Error(Fault::Weights) with the candidates.
[[nodiscard]] inline NamedViews find_state_dict(const Pickle& pickle, const std::string& file,
                                                const std::string& wanted) {
  using Kind = PickleValue::Kind;
  const char* clean = "In Python, save the state dict alone: torch.save(checkpoint['...'], 'weights.pth').";
  if (pickle.root.kind != Kind::Dict)
    refuse(file + " holds a single value, not a state dict (a dict from names to tensors)",
           "In Python: torch.save(model.state_dict(), 'weights.pth').");
  std::map<std::string, NamedViews> found;
  const auto search = [&](const PickleValue& dict, const std::string& prefix) {
    for (const auto& [key, value] : pickle.dict(dict)) {
      if (key.kind != Kind::Text || value.kind != Kind::Dict) continue;
      const std::string path = prefix + std::string(pickle.text(key));
      if (NamedViews views = tensors_of(pickle, value, file);
          !views.empty() && !found.emplace(path, std::move(views)).second)
        refuse(file + " has two entries " + quote(path));
    }
  };
  search(pickle.root, "");
  NamedViews own = tensors_of(pickle, pickle.root, file);
  if (found.empty() && own.empty())
    for (const auto& [key, value] : pickle.dict(pickle.root))
      if (key.kind == Kind::Text && value.kind == Kind::Dict) search(value, std::string(pickle.text(key)) + ".");

  std::string list;
  std::size_t listed = 0;
  for (const auto& [path, views] : found)
    if (++listed <= 8)
      list += (list.empty() ? "" : ", ") + quote(path) + " (" + std::to_string(views.size()) + " tensors)";
  if (listed > 8) list += " and " + std::to_string(listed - 8) + " more";
  if (!wanted.empty()) {
    const auto it = found.find(wanted);
    if (it == found.end())
      refuse(file + " has no state dict under the key " + quote(wanted) + (list.empty() ? "" : "; it has " + list));
    return it->second;
  }
  if (found.empty() && own.empty()) refuse(file + " holds no tensors by name", clean);
  if (found.empty()) return own;
  if (found.size() == 1 && own.empty()) return found.begin()->second;
  const NamedViews* usual = nullptr;
  std::size_t count = 0;
  for (const auto& [path, views] : found)
    if (is_usual_key(path)) usual = &views, ++count;
  if (count == 1) return *usual;
  if (!own.empty()) list = "the top level (" + std::to_string(own.size()) + " tensors), " + list;
  refuse(file + " holds several mappings of tensors, and which one is the model is not clear: " + list,
         "Name the one that you mean (weights option key), or in Python save it alone: torch.save(checkpoint['...'], "
         "'weights.pth').");
}

/// Copies a strided view, whose elements all lie in `storage`, to contiguous bytes.
[[nodiscard]] inline std::vector<std::byte> gather(std::span<const std::byte> storage, const PickleTensor& view) {
  const std::size_t item = size_of(view.dtype), rank = view.shape.size();
  std::vector<std::byte> out(*dense_bytes(view.shape, item));
  if (out.empty()) return out;
  // Trailing dimensions that are contiguous already are copied as one run.
  std::size_t outer = rank;
  std::int64_t run = 1;
  while (outer > 0 && (view.shape[outer - 1] == 1 || view.strides[outer - 1] == run)) run *= view.shape[--outer];
  const std::size_t run_bytes = static_cast<std::size_t>(run) * item;
  std::vector<std::int64_t> index(outer, 0);
  std::int64_t at = 0;
  for (std::size_t done = 0;;) {
    std::memcpy(out.data() + done, storage.data() + view.begin_byte + static_cast<std::size_t>(at) * item, run_bytes);
    if ((done += run_bytes) == out.size()) return out;
    for (std::size_t d = outer; d-- > 0;) {
      at += view.strides[d];
      if (++index[d] < view.shape[d]) break;
      at -= view.strides[d] * view.shape[d];
      index[d] = 0;
    }
  }
}

/// Turns the views into tensors, in their order. `fetch(storage)` returns the bytes of a storage and is called once per
/// key. Views may overlap or repeat elements; together they may not become more than four times the file and 16 MiB.
template <class Fetch>
[[nodiscard]] std::vector<NamedTensor> materialise(const Pickle& pickle, const NamedViews& views,
                                                   std::uint64_t file_size, const std::string& file, Fetch fetch) {
  std::uint64_t left = 16 * (std::uint64_t{1} << 20U) + 4 * file_size;
  std::vector<NamedTensor> tensors;
  tensors.reserve(views.size());
  std::unordered_map<std::string_view, std::size_t> last_use;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const auto& [name, view] = views[i];
    const std::uint64_t bytes = *dense_bytes(view->shape, size_of(view->dtype));
    if (bytes > left)
      refuse(file + ": tensor " + quote(name) + " of shape " + shape_text(view->shape) +
                 " repeats its elements: the tensors would need far more memory than the file has bytes",
             "In Python, call .contiguous() on expanded tensors before saving.");
    left -= bytes;
    tensors.push_back({std::string(name), view->dtype, view->shape, {}});
    last_use[pickle.storages[view->storage].key] = i;
  }
  std::unordered_map<std::string_view, std::vector<std::byte>> open;  // storages that a later tensor needs too
  for (std::size_t i = 0; i < views.size(); ++i) {
    const PickleTensor& view = *views[i].second;
    const PickleStorage& storage = pickle.storages[view.storage];
    auto it = open.find(storage.key);
    if (it == open.end()) it = open.emplace(storage.key, fetch(storage)).first;
    if (it->second.size() != storage.bytes())
      refuse(file + ": storage " + quote(storage.key) + " of tensor " + quote(views[i].first) + " has " +
             std::to_string(it->second.size()) + " bytes where " + std::to_string(storage.bytes()) + " are announced");
    tensors[i].bytes = gather(it->second, view);
    if (!booleans_are_valid(tensors[i]))
      refuse(file + ": the boolean tensor " + quote(views[i].first) + " has a value other than 0 and 1");
    if (last_use[storage.key] == i) open.erase(it);
  }
  return tensors;
}

}  // namespace tuneit::io::detail
