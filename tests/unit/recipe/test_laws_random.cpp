// Laws of the plan on 24,000 random recipes: policies of a pool are applied at run time, by the stages of planning.hpp,
// and compared with an oracle that knows only the names of tensors and reads a recipe as sets.
#include <fnmatch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "../../static/tiny.hpp"

using namespace tuneit;

namespace {

// --- the oracle's view of a network: names, and nothing of tuneit's table but those
// ------------------------------------
bool ends(const std::string& s, const std::string& tail) {
  return s.size() >= tail.size() && s.compare(s.size() - tail.size(), tail.size(), tail) == 0;
}
bool begins(const std::string& s, const std::string& start) { return s.rfind(start, 0) == 0; }
bool is_buffer(const std::string& name) {
  return ends(name, ".running_mean") || ends(name, ".running_var") || ends(name, ".num_batches_tracked");
}

using Predicate = std::function<bool(const std::string&)>;
Predicate matching(std::string glob) {
  return [glob](const std::string& name) { return fnmatch(glob.c_str(), name.c_str(), 0) == 0; };
}
Predicate inside(std::string module) {
  return [module](const std::string& name) { return name == module || begins(name, module + "."); };
}
Predicate any_of(std::vector<Predicate> some) {
  return [some](const std::string& name) {
    return std::any_of(some.begin(), some.end(), [&](const Predicate& p) { return p(name); });
  };
}
Predicate not_in(Predicate p) {
  return [p](const std::string& name) { return !p(name); };
}
Predicate both(Predicate p, Predicate q) {
  return [p, q](const std::string& name) { return p(name) && q(name); };
}
const Predicate all = [](const std::string&) { return true; };

// --- the pool: every policy of every selector, as functions
// --------------------------------------------------------------
enum class Act { Freeze, Unfreeze, FrozenStats, BatchStats, LrScale, DecayScale, NoDecay };

template <class M>
using PlanOf = Plan<table<M>.size>;
template <class M>
using Apply = void (*)(PlanOf<M>&, Stage, const double*);

template <class M>
struct Entry {
  Act act{};
  std::string name;
  Apply<M> apply{};
  std::vector<bool> selects;  // the oracle's
};

/// Names of all tensors of M.
template <class M>
std::vector<std::string> names() {
  std::vector<std::string> n;
  for (std::size_t i = 0; i < table<M>.size; ++i) n.emplace_back(table<M>.name(i));
  return n;
}

template <class M, class P>
void apply(PlanOf<M>& plan, Stage stage, const double* n) {
  detail::apply_at<P, M>(plan, stage, n);
}

// Out of line: the same code once per network, not once per policy.
template <class M>
[[gnu::noinline]] void put(std::vector<Entry<M>>& pool, Act act, std::string name, Apply<M> function,
                           const Predicate& selected) {
  pool.push_back({act, std::move(name), function, {}});
  for (const std::string& tensor : names<M>()) pool.back().selects.push_back(selected(tensor));
}
template <class M, class S>
[[gnu::noinline]] void add(std::vector<Entry<M>>& pool, const Predicate& selected) {
  const auto one = [&]<class P>(Act act, Type<P>) { put<M>(pool, act, type_name<P>(), &apply<M, P>, selected); };
  one(Act::Freeze, Type<Freeze<S>>{});
  one(Act::Unfreeze, Type<Unfreeze<S>>{});
  one(Act::FrozenStats, Type<FrozenStats<S>>{});
  one(Act::BatchStats, Type<BatchStats<S>>{});
  one(Act::LrScale, Type<LrScale<S, 1>>{});  // their numbers are random, and given at run time
  one(Act::DecayScale, Type<DecayScale<S, 1>>{});
  one(Act::NoDecay, Type<NoDecay<S>>{});
}

/// What differs between the networks: which modules are the head, the norms, the blocks.
struct Names {
  Predicate head, norms;
};
template <class M>
void add_common(std::vector<Entry<M>>& pool, const Names& n) {
  const Predicate biases = [](const std::string& s) { return ends(s, ".bias"); };
  const Predicate weights = [](const std::string& s) { return ends(s, ".weight"); };
  add<M, All>(pool, all);
  add<M, Head>(pool, n.head);
  add<M, Backbone>(pool, not_in(n.head));
  add<M, Norms>(pool, n.norms);
  add<M, Biases>(pool, biases);
  add<M, Except<Union<Norms, Biases>>>(pool, not_in(any_of({n.norms, biases})));
  add<M, Intersect<Norms, Weights>>(pool, both(n.norms, weights));
}
template <class M>
std::vector<Entry<M>> tiny_pool() {
  std::vector<Entry<M>> pool;
  add_common<M>(pool, {inside("fc"), inside("n")});
  add<M, Layers<0, 1>>(pool, any_of({inside("a"), inside("n")}));
  add<M, Layers<1, 3>>(pool, any_of({inside("b"), inside("fc")}));
  add<M, Layer<"b.1", "fc.bias">>(pool, any_of({inside("b.1"), inside("fc.bias")}));
  add<M, Match<"*.[0-1].*">>(pool, matching("*.[0-1].*"));
  add<M, Match<"?.*weight">>(pool, matching("?.*weight"));
  add<M, Except<Layer<"n">>>(pool, not_in(inside("n")));
  return pool;
}
template <class M>
std::vector<Entry<M>> resnet_pool() {
  std::vector<Entry<M>> pool;
  // torchvision's names: bn1, layer2.0.bn2, and a downsample's second module
  const Predicate norms = any_of({matching("bn1.*"), matching("*.bn[12].*"), matching("*.downsample.1.*")});
  add_common<M>(pool, {inside("fc"), norms});
  add<M, Layers<0, 3>>(pool, any_of({inside("conv1"), inside("bn1"), inside("layer1"), inside("layer2")}));
  add<M, Layer<"layer3.1", "layer4">>(pool, any_of({inside("layer3.1"), inside("layer4")}));
  add<M, Match<"layer[34].*.bn?.weight">>(pool, matching("layer[34].*.bn?.weight"));
  add<M, Match<"layer[!1-2]*conv*">>(pool, matching("layer[!1-2]*conv*"));
  add<M, Except<Layer<"layer4.0">>>(pool, not_in(inside("layer4.0")));
  return pool;
}

// --- random recipes
// ---------------------------------------------------------------------------------------------------------
struct Chosen {
  std::size_t entry = 0;
  double number = 1;  // of a scale: powers of two, so that products are exact in any order
};
using Policies = std::vector<Chosen>;
struct Recipe {
  Policies common;
  std::vector<Policies> phases;
};

/// Do two policies say the opposite of a batch norm's statistics? Such a recipe is refused (StatisticsContradict).
template <class M>
bool contradict(const std::vector<Entry<M>>& pool, const std::vector<std::string>& name, std::size_t a, std::size_t b) {
  const auto act = [&](std::size_t x) { return pool[x].act; };
  if (!(act(a) == Act::FrozenStats && act(b) == Act::BatchStats) &&
      !(act(a) == Act::BatchStats && act(b) == Act::FrozenStats))
    return false;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (is_buffer(name[i]) && pool[a].selects[i] && pool[b].selects[i]) return true;
  return false;
}

template <class M>
Recipe random_recipe(const std::vector<Entry<M>>& pool, const std::vector<std::string>& name, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const auto policies = [&](std::size_t most, const Policies& beside) {
    Policies some;
    for (std::size_t n = below(most + 1); n > 0; --n) {
      const Chosen c{below(pool.size()), std::ldexp(1.0, static_cast<int>(below(9)) - 4)};
      const auto against = [&](const Chosen& o) { return contradict(pool, name, c.entry, o.entry); };
      if (std::none_of(some.begin(), some.end(), against) && std::none_of(beside.begin(), beside.end(), against))
        some.push_back(c);
    }
    return some;
  };
  Recipe r{policies(6, {}), {}};
  for (std::size_t n = 1 + below(4); n > 0; --n) r.phases.push_back(policies(3, r.common));
  return r;
}

template <class M>
PlanOf<M> planned(const std::vector<Entry<M>>& pool, const Policies& common, const Policies& own) {
  PlanOf<M> plan = detail::start_plan<M, void>();
  for (const Stage stage : detail::stages)
    for (const Policies* some : {&common, &own})
      for (const Chosen& c : *some) pool[c.entry].apply(plan, stage, &c.number);
  return plan;
}

/// The oracle: what the policies, as a set, mean for one tensor.
template <class M>
PlanRow expected(const std::vector<Entry<M>>& pool, const Policies& common, const Policies& own, std::size_t i,
                 const std::string& name, bool fresh) {
  Policies set = common;
  set.insert(set.end(), own.begin(), own.end());
  const auto says = [&](Act act) {
    return std::any_of(set.begin(), set.end(),
                       [&](const Chosen& c) { return pool[c.entry].act == act && pool[c.entry].selects[i]; });
  };
  const auto product = [&](Act act) {
    double x = 1;
    for (const Chosen& c : set)
      if (pool[c.entry].act == act && pool[c.entry].selects[i]) x *= c.number;
    return x;
  };
  PlanRow row;
  row.starts_from = fresh ? Origin::Fresh : Origin::Pretrained;
  row.frozen = says(Act::Freeze) && !says(Act::Unfreeze);
  if (is_buffer(name)) {
    row.frozen = (row.frozen && !says(Act::BatchStats)) || says(Act::FrozenStats);
    row.batch_statistics = !row.frozen;
  }
  row.lr_scale = product(Act::LrScale);
  row.decay_scale = says(Act::NoDecay) ? 0 : product(Act::DecayScale);
  return row;
}

template <class M>
std::string text(const std::vector<Entry<M>>& pool, const Policies& some) {
  std::string s;
  for (const Chosen& c : some) s += pool[c.entry].name + " (" + std::to_string(c.number) + ") ";
  return s;
}

/// Checks recipes on a network, Kept, and on the same with another head, New. Comparisons are counted and told by
/// CHECK only where they fail: a million assertions of Catch take a minute.
template <class Kept, class New>
void check_recipes(const std::vector<Entry<Kept>>& pool, const std::vector<Entry<New>>& new_pool, int recipes,
                   unsigned seed) {
  const std::vector<std::string> name = names<Kept>();
  const std::size_t size = name.size();
  REQUIRE(table<New>.size == size);
  REQUIRE(pool.size() == new_pool.size());
  for (std::size_t e = 0; e < pool.size(); ++e) REQUIRE(pool[e].name == new_pool[e].name);
  std::mt19937 random(seed);
  std::size_t wrong = 0, frozen_rows = 0, trained_rows = 0, scaled_rows = 0, stirred_rows = 0;
  const auto same = [&](bool holds, const char* law, const Policies& common, const Policies& own, std::size_t i) {
    if (holds || ++wrong > 5) return;
    INFO(law << ": " << text(pool, common) << "| " << text(pool, own) << "at " << name[i]);
    CHECK(holds);
  };

  for (int n = 0; n < recipes; ++n) {
    const Recipe r = random_recipe(pool, name, random);
    for (const Policies& own : r.phases) {
      const PlanOf<Kept> plan = planned(pool, r.common, own);
      std::size_t frozen = 0, trained = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const PlanRow& row = plan.rows[i];
        same(row == expected(pool, r.common, own, i, name[i], false), "the oracle", r.common, own, i);
        // each tensor is in exactly one group of the phase: frozen, trained (at a rate), or statistics of the batch
        const bool trains = !row.frozen && !is_buffer(name[i]) && row.lr_scale > 0 && row.decay_scale >= 0;
        same(row.frozen + trains + row.batch_statistics == 1, "one group", r.common, own, i);
        same(is_buffer(name[i]) || !row.batch_statistics, "parameters have no statistics", r.common, own, i);
        if (!is_buffer(name[i]))
          (row.frozen ? frozen : trained) += static_cast<std::size_t>(table<Kept>.rows[i].numel());
        (row.frozen ? frozen_rows : trained_rows) += 1;
        scaled_rows += row.lr_scale != 1;
        stirred_rows += row.batch_statistics;
      }
      same(frozen + trained == static_cast<std::size_t>(parameter_count<Kept>()), "frozen and trained are all",
           r.common, own, 0);

      // the order of policies does not matter
      Policies common2 = r.common, own2 = own;
      std::shuffle(common2.begin(), common2.end(), random);
      std::shuffle(own2.begin(), own2.end(), random);
      const PlanOf<Kept> shuffled = planned(pool, common2, own2);
      // ... and saying it twice changes nothing but the products of scales; Unfreeze<All> undoes every Freeze
      Policies twice = own;
      for (const Policies* some : {&r.common, &own})
        for (const Chosen& c : *some)
          if (pool[c.entry].act != Act::LrScale && pool[c.entry].act != Act::DecayScale) twice.push_back(c);
      const PlanOf<Kept> repeated = planned(pool, r.common, twice);
      Policies thawed = own;
      thawed.push_back({1, 1});  // the second of the pool is Unfreeze<All>
      const PlanOf<Kept> released = planned(pool, r.common, thawed);
      // replacing the head leaves the rest alone
      const PlanOf<New> with_head = planned(new_pool, r.common, own);
      for (std::size_t i = 0; i < size; ++i) {
        same(shuffled.rows[i] == plan.rows[i], "order", r.common, own, i);
        same(repeated.rows[i] == plan.rows[i], "idempotence", r.common, own, i);
        same(is_buffer(name[i]) || !released.rows[i].frozen, "Unfreeze<All>", r.common, own, i);
        PlanRow row = with_head.rows[i];
        same((row.starts_from == Origin::Fresh) == begins(name[i], "fc."), "the new head is fresh", r.common, own, i);
        row.starts_from = Origin::Pretrained;
        same(row == plan.rows[i], "another head", r.common, own, i);
      }
    }
  }
  CHECK(wrong == 0);
  // the recipes were of all kinds
  CHECK(std::min({frozen_rows, trained_rows, scaled_rows, stirred_rows}) > 1000);
}

}  // namespace

TEST_CASE("random recipes on the three-block network follow the oracle and the laws") {
  using New = Finetune<Tiny, ReplaceHead<3>>::model;
  check_recipes<Tiny, New>(tiny_pool<Tiny>(), tiny_pool<New>(), 20'000, 20260101);
}

TEST_CASE("random recipes on ResNet-18 follow the oracle and the laws") {
  using New = Finetune<ResNet18, ReplaceHead<3>>::model;
  check_recipes<ResNet18, New>(resnet_pool<ResNet18>(), resnet_pool<New>(), 4'000, 20260102);
}
