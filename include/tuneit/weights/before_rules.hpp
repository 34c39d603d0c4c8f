#pragma once
// Of a layer that a recipe's rules have replaced, is what a file has under a tensor's name the new layer's or the old
// one's?
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tuneit/weights/fits.hpp"

namespace tuneit::weights {

/// The key in the metadata of a file of a model in which rules have replaced layers: the names of those tensors that
/// the network before has, too, each with a line feed behind it.
inline constexpr const char* replaced_key = "tuneit.replaced";

namespace detail {

/// Tells it by what the file says of itself, else by shapes, by the tensors of the old layer that the new one lacks,
/// and by what the rules have added under names of their own. Where nothing tells, it is the old one's.
class BeforeRules {
 public:
  BeforeRules(const io::TensorFile& file, std::span<const Expected> expected, const Sorted& sorted)
      : file_(file), sorted_(sorted) {
    const auto said = file.metadata.find(replaced_key);
    if (said != file.metadata.end()) said_ = "\n" + said->second;
    for (const Expected& e : expected) {
      const bool there = sorted.used.contains(e.name);
      if (e.before == Expected::Before::Gone && !is_counter(e.name)) {
        gone_.see(there);
        gone_of_[module_of(e.name)].see(there);
      } else if (e.added && e.before == Expected::Before::None) {
        added_.see(there);
      }
    }
  }

  /// `e` is Unused or Taken, and the file has a tensor of its name.
  [[nodiscard]] bool is_old(const Expected& e) const {
    if (!said_.empty()) return said_.find("\n" + e.name + "\n") == std::string::npos;
    const std::vector<std::int64_t>& shape = file_.tensors[sorted_.used.at(e.name)].shape;
    if (shape != e.shape) return true;
    if (!e.shape_before.empty() && e.shape_before != e.shape) return false;
    const auto beside = gone_of_.find(module_of(e.name));
    if (beside != gone_of_.end()) return beside->second.found;
    if (gone_.any) return gone_.found;
    return !added_.found;
  }

 private:
  struct Names {
    bool any = false, found = false;
    void see(bool there) { any = true, found = found || there; }
  };
  const io::TensorFile& file_;
  const Sorted& sorted_;
  std::string said_{};
  Names gone_{}, added_{};
  std::unordered_map<std::string_view, Names> gone_of_{};  // by the module
};

}  // namespace detail
}  // namespace tuneit::weights
