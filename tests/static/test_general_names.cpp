// General names that a stranger may have, too: a using-directive of ours makes none of them ambiguous.
#include <tuneit/recipe.hpp>

struct Whole {};
template <int N>
struct AtLeast {};
template <int N>
struct AtMost {};
template <int N>
struct MoreThan {};

using namespace tuneit;

static_assert(sizeof(Whole) + sizeof(AtLeast<1>) + sizeof(AtMost<1>) + sizeof(MoreThan<1>) == 4);
