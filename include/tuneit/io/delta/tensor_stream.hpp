#pragma once
// How are the tensors of a file had one at a time, so that a copy of all of them is never needed?
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/io/weights/read_tensors.hpp"

namespace tuneit::io {

/// The tensors of whatever read_tensors reads. Of one safetensors file each is read when it is asked for; other files
/// are read whole at first, and what is taken is given away.
class TensorStream {
 public:
  explicit TensorStream(const std::filesystem::path& path, const ReadOptions& options = {}) : input_(path) {
    const std::string head = detail::head_of(input_);
    if (!detail::looks_like_safetensors(head, input_.size())) {
      whole_ = read_tensors(input_, options);
    } else {
      detail::refuse_key(input_, options);
      layout_ = detail::read_safetensors_layout(input_);
      whole_ = {path.string(), "safetensors", {}, std::move(layout_.header.metadata)};
    }
  }

  [[nodiscard]] std::size_t size() const { return lazy() ? layout_.header.entries.size() : whole_.tensors.size(); }
  [[nodiscard]] TensorHead head(std::size_t i) const {
    if (lazy()) {
      const detail::SafetensorsEntry& e = layout_.header.entries[i];
      return {e.name, e.dtype, e.shape};
    }
    const NamedTensor& t = whole_.tensors[i];
    return {t.name, t.dtype, t.shape};
  }
  /// Each once, unless it can be read again.
  [[nodiscard]] NamedTensor take(std::size_t i) {
    if (!lazy()) {
      NamedTensor& t = whole_.tensors[i];
      return {t.name, t.dtype, t.shape, std::exchange(t.bytes, {})};
    }
    const detail::SafetensorsEntry& e = layout_.header.entries[i];
    NamedTensor tensor{e.name, e.dtype, e.shape, std::vector<std::byte>(e.end - e.begin)};
    input_.read(layout_.data + e.begin, tensor.bytes);
    if (!detail::booleans_are_valid(tensor))
      detail::refuse(name() + ": the boolean tensor " + quote(tensor.name) + " has a value other than 0 and 1");
    return tensor;
  }
  /// Is this one safetensors file, whose tensors are read when they are asked for?
  [[nodiscard]] bool lazy() const { return whole_.tensors.empty(); }
  /// What there is to say of the file beside its tensors.
  [[nodiscard]] const TensorFile& about() const { return whole_; }
  [[nodiscard]] std::string name() const { return input_.name(); }

 private:
  InputFile input_;
  detail::SafetensorsLayout layout_;
  TensorFile whole_;
};

}  // namespace tuneit::io
