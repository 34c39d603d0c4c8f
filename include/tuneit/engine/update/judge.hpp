#pragma once
// Has an optimizer its formula? No LibTorch.
#include "tuneit/recipe/optimizers/optimizer.hpp"
#include "tuneit/verdict/reasons/members.hpp"

namespace tuneit::detail {

template <class Opt>
concept HasUpdate = requires(const GroupStep<Opt>& g) {
  Update<Opt>::step(g);
};
// An optional member, nearly or of another type.
template <class U>
concept MisspellsLeavesOut = (
                                 requires { U::leaves_out; } &&
                                 !requires { requires Is<decltype(U::leaves_out), bool>; }) ||
                             requires {
  U::leave_out;
}
|| requires { U::leaves; }
|| requires { U::leavesout; }
|| requires { U::leaves_it_out; }
|| requires { U::skips; };
template <class Opt, bool Has>
struct UpdateVerdict {
  using type = LacksItsMember<Opt, Member::update>;
};
template <class Opt>
struct UpdateVerdict<Opt, true> : Demand<!MisspellsLeavesOut<Update<Opt>>, LacksItsMember<Opt, Member::leaves_out>> {};
template <class Opt>
using update_verdict = typename UpdateVerdict<Opt, HasUpdate<Opt>>::type;

}  // namespace tuneit::detail
