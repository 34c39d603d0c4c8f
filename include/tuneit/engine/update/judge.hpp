#pragma once
// Has an optimizer its formula? No LibTorch.
#include "tuneit/recipe/optimizers/optimizer.hpp"
#include "tuneit/verdict/reasons/members.hpp"

namespace tuneit::detail {

template <class Opt>
concept HasUpdate = requires(const GroupStep<Opt>& g) {
  Update<Opt>::step(g);
};
template <class Opt>
using update_verdict = std::conditional_t<HasUpdate<Opt>, Accepted, LacksItsMember<Opt, Member::update>>;

}  // namespace tuneit::detail
