#pragma once
// The plan: one row per tensor that says what the recipe does with it. It is the only thing that the engine reads of
// the policies, and what a policy's unit test looks at.
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace tuneit {

/// Where a tensor's first value comes from.
enum class Origin : std::uint8_t { Pretrained, Fresh };

/// What happens to one tensor. For buffers (running statistics of a batch norm) `frozen` means: not updated, and
/// `batch_statistics`: the layer normalises by the statistics of the batch in training.
struct PlanRow {
  double lr_scale = 1;
  double decay_scale = 1;
  bool frozen = false;
  bool batch_statistics = false;
  Origin starts_from = Origin::Pretrained;
  bool recomputed = false;  ///< activations of the part of the network around it are not kept, but computed again
  std::uint16_t group = 0;  ///< which GroupOf it is in, of a parameter; counted from 1: those beside Phases come first

  constexpr bool operator==(const PlanRow&) const = default;
};

template <std::size_t N>
struct Plan {
  static constexpr std::size_t size = N;
  PlanRow rows[N]{};
};

/// When a policy edits the plan. Two whose edits do not commute within a stage are refused (SetsDiffer, OrderMatters),
/// so the order in a recipe never matters.
enum class Stage { Origin, Freeze, Unfreeze, Statistics, Scale, Memory, None };

/// Base of all policies. One of one's own derives from it and has
/// - `static constexpr Stage stage` and `template <class Model, class P> static constexpr void apply(P& plan)`, if it
///   edits; with the values of its numbers, `apply(P& plan, const double* n)`
/// - `using slot = X`, if a recipe can have only one policy of the slot X; who does not edit fills one of slots::
/// - `static constexpr std::array numbers{Hyperparameter{...}}`, its numbers, if it has some
/// - `template <class Model> struct judge { using type = ...; }`, a verdict, if it demands something of the model
/// - `template <class Parts> using judge_recipe = ...`, the same of the recipe as a whole
/// - `static std::string sentence(const double* n)`, what explain says of it
/// What it does is asked of the plan (effect.hpp); one that does nothing is refused, and so is a member of another
/// kind.
struct PolicyTag {
  static constexpr Stage stage = Stage::None;
};

template <class P>
concept Policy = std::is_base_of_v<PolicyTag, P>;

}  // namespace tuneit
