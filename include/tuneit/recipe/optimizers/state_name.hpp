#pragma once
// The place of what an optimizer remembers, by its name.
#include <cstddef>
#include <string_view>

#include "tuneit/recipe/optimizers/optimizer.hpp"

namespace tuneit {

namespace detail {
/// No constant: the compiler names it where a formula asks for a state that it does not list.
inline void tuneit_the_states_of_this_optimizer_list_no_such_name() {}
}  // namespace detail

/// The place of a state by its name. A name that `states` does not have is no constant, and does not compile.
template <class Opt>
struct StateName {
  std::size_t at = 0;
  consteval StateName(const char* name) {
    constexpr const auto& states = detail::optimizer_states<Opt>;
    while (at < states.size() && std::string_view(states[at].name) != name) ++at;
    if (at == states.size()) detail::tuneit_the_states_of_this_optimizer_list_no_such_name();
  }
};

}  // namespace tuneit
