// build error: this optimizer lacks how it steps, or it is misspelt or private
// first error: LacksItsMember.*Own.*update
// limit: message
#include <tuneit/engine/update/judge.hpp>
using namespace tuneit;
template <class... O>
struct Own : Optimizer<Own<O...>, Defaults<Lr<1e-3>>, O...> {
  static constexpr std::array<const char*, 0> states{};
};
template <class... O>
struct tuneit::Update<Own<O...>> {
  static void stp(const GroupStep<Own<O...>>&) {}
};
static_assert(detail::reported<detail::update_verdict<Own<>>>());
