// build error: the last argument names a member that is missing, misspelt
// first error: LacksItsMember.*Own.*leaves_out
// limit: message
#include <tuneit/engine/update/judge.hpp>
using namespace tuneit;
template <class... O>
struct Own : Optimizer<Own<O...>, Defaults<Lr<1e-3>>, O...> {
  static constexpr std::array<const char*, 0> states{};
};
template <class... O>
struct tuneit::Update<Own<O...>> {
  static constexpr bool leave_out = true;
  static void step(const GroupStep<Own<O...>>&) {}
};
static_assert(detail::reported<detail::update_verdict<Own<>>>());
