#pragma once
// What does a model want from a file of weights, and what may a person allow?
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/io/weights/tensor_file.hpp"

namespace tuneit::weights {

/// One parameter or buffer of the model, under the name that the file should use.
struct Expected {
  std::string name;
  std::vector<std::int64_t> shape;
  io::DType dtype = io::DType::F32;
  bool may_differ =
      false;           ///< the replaced head: may be missing or of another shape, then it is left freshly initialised
  bool added = false;  ///< by a rule (Lora): may be missing, with all that rules have added; then it starts fresh
  bool optional = false;  ///< may be missing (num_batches_tracked, which old files lack; a tied tensor's other names)
  std::vector<std::string> also = {};  ///< other names of a tied tensor: files hold one of them, or several
  /// Has a file of the network before the recipe's rules a tensor of this name, of a layer that they have replaced?
  /// Unused: it has, and that is not for this one, which is `added`. Taken: this one starts from it. Gone: it has, and
  /// the model has none.
  enum class Before : std::uint8_t { None, Unused, Taken, Gone };
  Before before = Before::None;
  std::vector<std::int64_t> shape_before = {};  ///< of Unused and Taken; empty: not known
};

/// Each has the name of the program's option, with _ for -.
struct MatchOptions {
  std::string strip_prefix = {};  ///< every name of the file begins with it, the model's do not; never guessed
  bool allow_cast = false;        ///< floating-point types may differ (half files for a float model); from single to
                                  ///< double precision they always may
  bool allow_non_finite = false;  ///< NaN and infinity may be loaded, also what becomes infinite in the model's type
  std::vector<std::string> ignore_unexpected = {};  ///< globs ("criterion.*", "*") of the file's names: tensors that
                                                    ///< the model lacks and that may be passed over
  std::string weights_key = {};  ///< which mapping of a checkpoint: "model", "checkpoint.model"; ".": the top level
  bool fresh_head = false;  ///< what may_differ starts fresh, whatever the file holds: a head of other classes has the
                            ///< right shape where there are as many of them
  std::vector<std::string>* notes = nullptr;   ///< if set: gets what a person should know of a file that was loaded
  std::vector<std::string>* unused = nullptr;  ///< if set: gets the names of what would fit, but for fresh_head
};

namespace detail {

// "head.fc" of "head.fc.weight": the weight and the bias of a layer are loaded together or not at all.
inline std::string_view module_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

/// Counters of steps, which say nothing that a network computes with: batch norm's and those of averaged models.
inline bool is_counter(std::string_view name) {
  name.remove_prefix(name.rfind('.') + 1);  // npos + 1 is 0
  return name == "num_batches_tracked" || name == "n_averaged";
}

/// Part of the model as it will be; not the old head under names that the model no longer has, nor a layer that rules
/// have replaced.
inline bool counts(const Expected& e) { return !(e.optional && e.may_differ) && e.before != Expected::Before::Gone; }

}  // namespace detail
}  // namespace tuneit::weights
