#pragma once
// How are metrics computed? A specialisation of Metric says it:
//
//     template <> struct Metric<Top2> {
//       void add(const Outputs& y, const Targets& t);  // of a batch: sums, on the device; reads nothing back
//       double read() const;                           // the figure, on the host; NaN of nothing
//       void reset();
//     };
//
// One of tests may ask what else the data knows: `void of(const data::Batches&)` before the first batch, and `add(y, t,
// index)`, where index are the positions of the samples in the source's list (std::span<const std::size_t>).
//
// t.value: int64 [N] where targets are classes, else floats like the outputs. Of mixed batches they are the samples'
// own.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/topk_ops.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/batches/batches.hpp"
#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/engine/run/outputs.hpp"
#include "tuneit/recipe/metrics/measured.hpp"
#include "tuneit/recipe/metrics/metrics.hpp"
#ifdef TUNEIT_RANKS
#include "tuneit/ranks/group.hpp"
#endif

namespace tuneit {

/// A sum of figures of samples, wherever they are; its mean is exact whatever the batches are.
class MeanOfBatches {
 public:
  void add(const DeviceScalar& sum, std::int64_t count) { add(sum, DeviceScalar(static_cast<double>(count))); }
  void add(const DeviceScalar& sum, const DeviceScalar& count) {
    sum_ += sum;
    count_ += count;
  }
  [[nodiscard]] double read() const {
    const double count = count_;
    return count == 0 ? std::nan("") : sum_ / count;
  }
  void reset() { *this = {}; }
  /// Of several processes: sum(x) makes a double of this one that of all, or all doubles of a std::span.
  template <class Sum>
  void over(const Sum& sum) {
    double all[] = {sum_, count_};
    sum(std::span<double>(all));
    sum_ = all[0];
    count_ = all[1];
  }

 private:
  DeviceScalar sum_, count_;
};

template <>
struct Metric<Accuracy> : MeanOfBatches {
  void add(const Outputs& y, const Targets& t) {
    if (y.only().dim() == 3)  // of each token
      MeanOfBatches::add(y.only().argmax(2).eq(t.value).sum(), detail::count_labels(t.value));
    else if (detail::are_classes(t.value))
      MeanOfBatches::add(detail::correct_of(y.only(), t.value), y.only().size(0));
    else  // probabilities of classes: the most probable one
      MeanOfBatches::add(detail::correct_of(y.only(), t.value.argmax(1)), y.only().size(0));
  }
};
template <>
struct Metric<LabelAccuracy> : MeanOfBatches {
  void add(const Outputs& y, const Targets& t) {
    if (detail::are_classes(t.value)) return;
    MeanOfBatches::add(detail::labels_correct(y.only(), t.value), t.value.numel());
  }
};
template <>
struct Metric<MeanAbsoluteError> : MeanOfBatches {
  void add(const Outputs& y, const Targets& t) {
    MeanOfBatches::add(y.only().sub(t.value).abs_().sum(), t.value.numel());
  }
};
template <int K>
struct Metric<TopK<K>> : MeanOfBatches {
  void add(const Outputs& y, const Targets& t) {
    const std::int64_t most = std::min<std::int64_t>(K, y.only().size(-1));
    const at::Tensor best = std::get<1>(at::_ops::topk::call(y.only(), most, -1, true, false));
    const DeviceScalar hits = best.eq(t.value.unsqueeze(-1)).sum();
    if (y.only().dim() == 3)  // of each token
      MeanOfBatches::add(hits, detail::count_labels(t.value));
    else
      MeanOfBatches::add(hits, y.only().size(0));
  }
};

/// What was measured of one metric.
struct NamedFigure {
  std::string name;
  double value = 0;
};

namespace detail {

template <class M>
concept AsksForIndex = requires(Metric<M>& m, const Outputs& y, const Targets& t, std::span<const std::size_t> index) {
  m.add(y, t, index);
};
template <class M>
concept AddsToMetric = AsksForIndex<M> || requires(Metric<M>& m, const Outputs& y, const Targets& t) {
  m.add(y, t);
};
template <class M>
concept HasMetric = AddsToMetric<M> && requires(Metric<M>& m, const Metric<M>& c) {
  { c.read() } -> std::convertible_to<double>;
  m.reset();
};
template <class M>
struct JudgeMetricRun : Demand<HasMetric<M>, MetricDoesNotRun<M>> {};

/// What is computed of a metric of a named output: On<"class", TopK<5>>.
template <class M>
struct MetricCore {
  using type = M;
};
template <fixed_string Name, class M>
struct MetricCore<On<Name, M>> {
  using type = M;
};

/// A metric of one of several outputs, and the place of its targets.
template <class M, int Output, int Target>
struct PlacedMetric {
  using metric = M;
  static constexpr std::size_t output = Output, target = Target;
};

#ifdef TUNEIT_RANKS
/// Makes numbers of this process those of all: one, or several in one message.
struct SumOfAll {
  ranks::Group& group;
  void operator()(double& x) const { ranks::sum_numbers(group, {&x}); }
  void operator()(std::span<double> all) const {
    std::vector<double*> numbers;
    for (double& x : all) numbers.push_back(&x);
    ranks::sum_numbers(group, std::move(numbers));
  }
};
#endif

}  // namespace detail

/// The sums of several metrics, whichever they are. Nothing where there are none.
class MetricSums {
 public:
  MetricSums() = default;
  template <class... Ms>
  explicit MetricSums(List<Ms...>) {
    (put(Type<Ms>{}), ...);
  }

  [[nodiscard]] bool empty() const { return all_.empty(); }
  /// Before the first batch: where batches come from.
  void of(const data::Batches& source) {
    for (const auto& one : all_) one->of(source);
  }
  /// Is there one of this name that is measured in tests only?
  [[nodiscard]] bool of_tests(const std::string& name) const {
    return std::any_of(all_.begin(), all_.end(),
                       [&](const auto& one) { return one->of_tests() && one->name() == name; });
  }
  /// A batch: what the network gave, and what it should have given, checked already where a loss has seen it.
  /// index: the positions of its samples in the source's list.
  void add(const Outputs& y, const Targets& given, std::span<const std::size_t> index = {}) {
    if (all_.empty()) return;
    const at::NoGradGuard no_grad;
    const Targets t = checked(y.only(), given);
    for (const auto& one : all_) one->add(y, t, index);
  }
  /// The same of a network with several outputs: each metric is given its own output and targets.
  void add(const Outputs& y, const std::vector<Targets>& given, std::span<const std::size_t> index = {}) {
    if (all_.empty()) return;
    const at::NoGradGuard no_grad;
    for (const auto& one : all_) {
      const at::Tensor& own = y[one->output];
      one->add(Outputs(own), checked(own, given[one->target]), index);
    }
  }
  /// Waits for the device.
  [[nodiscard]] std::vector<NamedFigure> read() const {
    std::vector<NamedFigure> figures;
    for (const auto& one : all_) figures.push_back({one->name(), one->read()});
    return figures;
  }
  void reset() {
    for (const auto& one : all_) one->reset();
  }
#ifdef TUNEIT_RANKS
  /// The sums of all processes. Throws Error(Usage) for a metric that does not say how.
  void over(ranks::Group& group) {
    for (const auto& one : all_) one->over(group);
  }
#endif

 private:
  static Targets checked(const at::Tensor& y, const Targets& given) {
    Targets t{detail::are_classes(given.value) ? given.value.to(y.device()) : detail::given_targets(given.value, y)};
    if (detail::are_classes(t.value) && !y.is_cpu() && y.dim() == 2)  // where nobody has looked
      t.value = t.value.clamp(0, std::max<std::int64_t>(y.size(1), 2) - 1);
    return t;
  }
  struct Any {
    std::size_t output = 0, target = 0;
    virtual ~Any() = default;
    virtual void of(const data::Batches& source) = 0;
    [[nodiscard]] virtual bool of_tests() const = 0;
    virtual void add(const Outputs& y, const Targets& t, std::span<const std::size_t> index) = 0;
    [[nodiscard]] virtual double read() const = 0;
    virtual void reset() = 0;
    [[nodiscard]] virtual std::string name() const = 0;
#ifdef TUNEIT_RANKS
    virtual void over(ranks::Group& group) = 0;
#endif
  };
  template <class M, class Core = typename detail::MetricCore<M>::type>
  struct Of final : Any {
    static_assert(detail::reported<typename detail::JudgeMetricRun<Core>::type>());
    void of([[maybe_unused]] const data::Batches& source) override {
      if constexpr (requires { sums.of(source); }) sums.of(source);
    }
    [[nodiscard]] bool of_tests() const override { return M::of_tests; }
    void add(const Outputs& y, const Targets& t, [[maybe_unused]] std::span<const std::size_t> index) override {
      if constexpr (detail::AsksForIndex<Core>)
        sums.add(y, t, index);
      else if constexpr (detail::HasMetric<Core>)
        sums.add(y, t);
    }
    [[nodiscard]] double read() const override {
      if constexpr (detail::HasMetric<Core>) return sums.read();
      return 0;
    }
    void reset() override {
      if constexpr (detail::HasMetric<Core>) sums.reset();
    }
    [[nodiscard]] std::string name() const override { return std::string(M::name); }
#ifdef TUNEIT_RANKS
    void over(ranks::Group& group) override {
      const detail::SumOfAll sum{group};
      if constexpr (requires { sums.over(sum); })
        sums.over(sum);
      else
        throw Error(ErrorKind::Usage, "the metric " + name() + " does not say what it is over several processes",
                    "Derive Metric<...> from MeanOfBatches, or give it `template <class Sum> void over(const Sum& "
                    "sum)`, in which sum(x) makes the double x of this process that of all.");
    }
#endif
    std::conditional_t<detail::HasMetric<Core>, Metric<Core>, MetricSums*> sums{};
  };
  template <class M, int Output, int Target>
  void put(Type<detail::PlacedMetric<M, Output, Target>>) {
    all_.push_back(std::make_unique<Of<M>>());
    all_.back()->output = Output;
    all_.back()->target = Target;
  }
  template <class M>
  void put(Type<M>) {
    all_.push_back(std::make_unique<Of<M>>());
  }
  std::vector<std::unique_ptr<Any>> all_;
};

namespace detail {

/// The sums of metrics of the recipe R; of several outputs, each of its own.
template <class R, class... Ms>
MetricSums metric_sums(List<Ms...> metrics) {
  if constexpr (output_count < typename R::model >> 1)
    return MetricSums(List<PlacedMetric<Ms, metric_place<Ms, R>.output, metric_place<Ms, R>.target>...>{});
  else
    return MetricSums(metrics);
}

}  // namespace detail
}  // namespace tuneit
