#pragma once
// Which mapping of a pickled checkpoint holds the weights, and how do its views of storages become plain tensors?
#include <algorithm>
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

#include "tuneit/io/weights/mappings.hpp"

namespace tuneit::io::detail {

/// The mapping that is read: its tensors, under which key it lies, and what else has names in it.
struct StateDict {
  NamedViews views;
  std::string key;  ///< empty: the checkpoint itself
  std::map<std::string, std::string> objects;
};

/// Throws where a tensor of the mapping has a bad name or one that another has too.
[[nodiscard]] inline StateDict take(const Pickle& pickle, const std::string& key, const FoundMapping& found,
                                    const std::string& file) {
  if (found.twice) refuse(file + " has two entries " + quote(key));
  std::unordered_set<std::string_view> names;
  for (const auto& [name, view] : found.views) {
    if (const char* why = refusal_of_name(name)) refuse(file + ": a tensor's name " + quote(name) + " " + why);
    if (!names.insert(name).second) refuse(file + " has two tensors of the name " + quote(name));
  }
  StateDict out{found.views, key == TensorMapping::top ? "" : key, {}};
  for (const auto& [name, value] : *found.dict)
    if (name.kind == PickleValue::Kind::Text && value.kind == PickleValue::Kind::Object &&
        refusal_of_name(pickle.text(name)) == nullptr)
      out.objects.emplace(pickle.text(name), pickle.class_of(value));
  return out;
}

/// "'ema' (3 tensors), 'swa' (3 tensors)", eight at most.
[[nodiscard]] inline std::string list_of(const std::map<std::string, FoundMapping>& found) {
  std::string list;
  std::size_t listed = 0;
  for (const auto& [key, mapping] : found)
    if (++listed <= 8)
      list += (list.empty() ? "" : ", ") + (key == TensorMapping::top ? "the top level" : quote(key)) + " (" +
              std::to_string(mapping.views.size()) + " tensors)";
  return listed > 8 ? list + " and " + std::to_string(listed - 8) + " more" : list;
}

[[noreturn]] inline void refuse_without_tensors(const Pickle& pickle, const Mappings& all, const std::string& file) {
  const char* state_dict = "In Python: torch.save(model.state_dict(), 'weights.pth').";
  if (const std::string name = pickle.class_of(pickle.root); !name.empty())
    refuse(file + " holds an object of the Python class or function " + quote(name) +
               ", which tuneit does not run, not a state dict (a dict from names to tensors)",
           state_dict);
  if (pickle.root.kind != PickleValue::Kind::Dict)
    refuse(file + " holds a single value, not a state dict (a dict from names to tensors)", state_dict);
  refuse(file + " holds no tensors by name" +
             (all.a_class.empty() ? ""
                                  : "; under " + quote(all.a_name) + " it has an object of the class " +
                                        quote(all.a_class) + ", which tuneit does not make"),
         "In Python, save the state dict alone: torch.save(checkpoint['...'], 'weights.pth').");
}

/// Finds the mapping that is meant (ReadOptions). Without a key and without a choice by what fits: the only one among
/// those that lie highest (the checkpoint itself and one level below it), or the one of them with a usual name
/// ("state_dict", "model", ...). Throws Error(ErrorKind::Weights) with the candidates.
[[nodiscard]] inline StateDict find_state_dict(const Pickle& pickle, const std::string& file,
                                               const ReadOptions& options) {
  const std::string& wanted = options.weights_key;
  Mappings all(pickle, file, wanted);
  const std::string name = "--weights-key KEY (weights option weights_key)";
  if (!wanted.empty()) {
    const auto it = all.found.find(wanted);
    if (it != all.found.end()) return take(pickle, wanted, it->second, file);
    refuse(file + " has no state dict under the key " + quote(wanted) +
               (all.wanted_class.empty()
                    ? ""
                    : ": there is an object of the class " + quote(all.wanted_class) + ", which tuneit does not make") +
               (all.found.empty() ? "" : "; it has " + list_of(all.found)),
           "Correct or leave out " + name + ".");
  }
  if (all.found.empty()) refuse_without_tensors(pickle, all, file);
  if (options.choose) {
    std::vector<TensorMapping> mappings;
    for (const auto& [key, found] : all.found) {
      mappings.push_back({key, {}, found.order});
      for (const auto& [tensor, view] : found.views)
        if (refusal_of_name(tensor) == nullptr) mappings.back().tensors.push_back({tensor, view->dtype, view->shape});
    }
    for (const auto& [key, of_class] : all.usual_objects) mappings.push_back({key, {}, mappings.size(), of_class});
    if (const std::size_t at = options.choose(mappings, file); at < all.found.size())
      return take(pickle, mappings[at].key, all.found.at(mappings[at].key), file);
  }
  std::size_t least = 5;
  for (const auto& [key, found] : all.found) least = std::min(least, std::max<std::size_t>(found.depth, 1));
  std::map<std::string, FoundMapping>& high = all.found;
  std::erase_if(high, [&](const auto& entry) { return entry.second.depth > least; });
  const auto only = high.begin();
  if (high.size() == 1) return take(pickle, only->first, only->second, file);
  std::vector<std::string> usual;
  for (const auto& [key, found] : high)
    if (is_usual_key(key)) usual.push_back(key);
  if (usual.size() == 1) return take(pickle, usual.front(), high.at(usual.front()), file);
  refuse(file + " holds several mappings of tensors, and which one is the model is not clear: " + list_of(high),
         "Name the one that you mean with " + name +
             (high.contains(TensorMapping::top) ? ", '.' for the top level" : "") +
             ", or in Python save it alone: torch.save(checkpoint['...'], 'weights.pth').");
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
