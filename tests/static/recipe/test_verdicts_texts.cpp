// Networks of texts: shapes by the number of tokens, losses of tokens, and what is refused.
#include <type_traits>

#include "../tiny.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/recipe/metrics/text_metrics.hpp"
#include "tuneit/recipe/queries/lone_values.hpp"
using namespace tuneit;

namespace {

struct Plain final : Network<Inputs<Tokens<"ids", 64>>, Block<"embed", Named<"word", Embedding<50, 16>>>,
                             Block<"head", Named<"fc", Linear<16, 2>>>> {};
struct Beside final : Network<Inputs<Image<3, 8>, Tokens<"ids", 4>>,
                              Block<"a", Save<"picture">, From<"ids">, Named<"word", Embedding<9, 4>>>,
                              Block<"head", Named<"fc", Linear<4, 2>>>> {};
template <class R, class Reason>
constexpr bool is = std::is_same_v<verdict<R>, Reason>;

// A side is how many tokens there are, in all inputs that have as many.
static_assert(shape<Plain>() == Shape(64, 2) && shape<Plain>(7) == Shape(7, 2));
static_assert(shape<Beside>(20) == Shape(4, 2), "those beside pictures are always as many");
static_assert(takes<Plain>(Plain::input::at(1)));
static_assert(memory<Finetune<Plain>>(8, 8).activations < memory<Finetune<Plain>>(8, 64).activations);
static_assert(training_macs<Finetune<Plain>>(32) * 2 == training_macs<Finetune<Plain>>(64));

// MaxLength
using Short = Finetune<Plain, MaxLength<32>>;
static_assert(is<Short, Accepted> && Short::side == 32 && defaults<Short>().side == 32);
static_assert(Finetune<Plain>::side == 64);
static_assert(is<Finetune<Plain, MaxLength<65>>, TooLong<Plain, 65, 64>>);
static_assert(is<Finetune<Plain, Side<32>>, NeedsPictures<Plain, Side<32>>>);
static_assert(is<Finetune<Tiny, MaxLength<32>>, NeedsTexts<Tiny, MaxLength<32>>>);
static_assert(is<Finetune<Tiny, Buckets<32>>, NeedsTexts<Tiny, Buckets<32>>>);
static_assert(is<Finetune<Plain, Phases<Phase<Epochs<1>, MaxLength<16>>, Phase<Epochs<1>>>>, Accepted>);

// TokenBudget
static_assert(is<Finetune<Plain, TokenBudget<512>, Buckets<20>>, Accepted>);
static_assert(is<Finetune<Plain, TokenBudget<63>>, BudgetTooSmall<TokenBudget<63>, 64>>);
static_assert(is<Finetune<Plain, TokenBudget<63>, MaxLength<32>>, Accepted>);
static_assert(is<Finetune<Plain, TokenBudget<512>, BatchSize<8>>, Contradiction<TokenBudget<512>, BatchSize<8>>>);
static_assert(is<Finetune<Tiny, TokenBudget<512>>, NeedsTexts<Tiny, TokenBudget<512>>>);

// Losses: of each token, of places among them, and of samples
static_assert(is<Finetune<Plain>, Accepted> && is<Finetune<Plain, ReplaceHead<9>>, Accepted>);
static_assert(is<Finetune<Plain, CrossEntropy<ClassWeights<1, 2>, LabelSmoothing<0.1>>>, Accepted>);
static_assert(is<Finetune<Plain, SpanLoss<>>, Accepted>);
static_assert(is<Finetune<Plain, SpanLoss<>, ReplaceHead<3>>, LossDoesNotFitHead<SpanLoss<>, 3>>);
static_assert(is<Finetune<Tiny, ReplaceHead<2>, SpanLoss<>>, LossDoesNotFitHead<SpanLoss<>, 2>>);
static_assert(is<Finetune<Plain, CrossEntropy<SoftTargets>>, LossDoesNotFitHead<CrossEntropy<SoftTargets>, 2>>);
static_assert(is<Finetune<Plain, Accumulate<2>>, Accepted>);
static_assert(is<Finetune<Tiny, InBatchNegatives<GroupSize<3>, SimilarityScale<10>>>, Accepted>);
static_assert(is<Finetune<Tiny, TripletMargin<TripletDistance<1>>>, Accepted> &&
              is<Finetune<Tiny, CosineSimilarity<>>, Accepted>);
static_assert(is<Finetune<Plain, InBatchNegatives<>>, LossDoesNotFitHead<InBatchNegatives<>, 2>>);
static_assert(is<Finetune<Tiny, InBatchNegatives<GroupSize<4>>>, OutOfRange<InBatchNegatives<GroupSize<4>>>>);

// Figures of texts are of tests.
using Answered = Finetune<Plain, SpanLoss<>, Metrics<AnswerF1, ExactMatch>, Monitor<ExactMatch>>;
using Spans = Finetune<Plain, Metrics<Accuracy, StrictEntityF1<Iobes>>, Monitor<EntityF1>>;
static_assert(is<Answered, Accepted> && is<Spans, Accepted>);
static_assert(is<Finetune<Plain, Metrics<ExactMatch>>, MetricDoesNotFit<ExactMatch, CrossEntropy<>>>);
static_assert(is<Finetune<Plain, SpanLoss<>, Monitor<EntityF1>>, MetricDoesNotFit<EntityF1, SpanLoss<>>>);
static_assert(std::is_same_v<tuneit::detail::trained_metrics<Spans>, List<Accuracy>>);
static_assert(std::is_same_v<tuneit::detail::trained_metrics<Answered>, List<>>);
static_assert(std::is_same_v<tuneit::detail::tested_metrics<Answered>, List<AnswerF1, ExactMatch>>);
static_assert(target_kind<SpanLoss<>> == TargetKind::Spans && target_count<SpanLoss<>> == 2);

}  // namespace
