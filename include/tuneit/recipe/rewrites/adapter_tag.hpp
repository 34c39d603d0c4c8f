#pragma once
// Rules that add what is to train, and leave the network that they are added to as it is.
#include "tuneit/recipe/plan/edit.hpp"
#include "tuneit/recipe/rewrites/rewritten.hpp"

namespace tuneit {

/// Base of rules that add to a network: what the file's network has is frozen, running statistics included, but for the
/// head; what rules have added, and the head, train.
struct AdapterTag : RewriteTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, Intersect<Backbone, BaseModel>>(plan, [](PlanRow& row, const TensorRow&) {
      row.frozen = true;
      row.batch_statistics = false;
    });
  }
};

}  // namespace tuneit
