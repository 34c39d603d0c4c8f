#pragma once
// The catalogue of reasons why a recipe is refused. Each carries its sentence: what is wrong and how to mend it; where,
// is said by its template arguments, which the compiler prints beside the sentence. docs/errors.md is made from it.
#include "tuneit/verdict/reasons/algebra.hpp"
#include "tuneit/verdict/reasons/augment.hpp"
#include "tuneit/verdict/reasons/freezing.hpp"
#include "tuneit/verdict/reasons/heads.hpp"
#include "tuneit/verdict/reasons/losses.hpp"
#include "tuneit/verdict/reasons/members.hpp"
#include "tuneit/verdict/reasons/metrics.hpp"
#include "tuneit/verdict/reasons/mixing.hpp"
#include "tuneit/verdict/reasons/networks.hpp"
#include "tuneit/verdict/reasons/places.hpp"
#include "tuneit/verdict/reasons/plans.hpp"
#include "tuneit/verdict/reasons/rewrites.hpp"
#include "tuneit/verdict/reasons/selectors.hpp"
#include "tuneit/verdict/reasons/timing.hpp"
#include "tuneit/verdict/reasons/vocabulary.hpp"
#include "tuneit/verdict/reasons/wires.hpp"
