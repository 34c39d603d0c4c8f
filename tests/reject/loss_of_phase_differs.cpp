// build error: a loss in a phase
// first error: LossOfPhaseDiffers.*Phase.*MeanSquaredError.*CrossEntropy
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Phases<Phase<Epochs<1>, MeanSquaredError<>>, Phase<Epochs<4>, Huber<>>>>;
R recipe;
