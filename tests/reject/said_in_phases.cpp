// build error: this stands in phases of the recipe
// first error: SaidInPhases.*ResNet18.*LrScale
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<4>, LrScale<Head, 10>>>>;
double rate(const Settings& s) { return value_of<R, LrScale<Head, 10>>(s); }
