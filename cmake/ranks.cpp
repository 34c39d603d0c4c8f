// What target tuneit::ranks compiles beside a program that several processes run: the only file that reads c10d.
#define USE_DISTRIBUTED
#define USE_C10D_GLOO
#ifdef TUNEIT_WITH_NCCL
#define USE_C10D_NCCL
#endif
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef TUNEIT_WITH_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#include <unistd.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <tuneit/ranks/group.hpp>
#include <tuneit/ranks/norms.hpp>

namespace tuneit::ranks {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr milliseconds beat{250}, silence{2500}, grace{3000};

std::vector<std::uint8_t> bytes(const std::string& text) { return {text.begin(), text.end()}; }
std::string text_of(const std::vector<std::uint8_t>& of) { return {of.begin(), of.end()}; }
std::string key(const char* what, int rank) { return std::string(what).append("/").append(std::to_string(rank)); }
std::string named(const std::vector<int>& ranks) {
  std::string list = ranks.size() == 1 ? "rank " : "ranks ";
  for (std::size_t i = 0; i < ranks.size(); ++i) list.append(i == 0 ? "" : ", ").append(std::to_string(ranks[i]));
  return list;
}

std::atomic<double> asked_timeout{0};

class C10dGroup;
/// c10d's, and what is said where it fails.
class C10dWork final : public Work {
 public:
  C10dWork(C10dGroup& of, c10::intrusive_ptr<c10d::Work> work) : of_(of), work_(std::move(work)) {}
  void wait() override;

 private:
  C10dGroup& of_;
  c10::intrusive_ptr<c10d::Work> work_;
};

/// Over Gloo, and of tensors of a GPU over NCCL. A thread says four times a second that this process lives, and how
/// many reductions it has begun: by that the others know whom a reduction has failed for.
class C10dGroup final : public Group {
 public:
  explicit C10dGroup(const Environment& e) : Group(e), timeout_(static_cast<std::int64_t>(e.peer_timeout * 1000)) {
    serves_ = !e.served && e.rank == 0;
    try {
      store_ = connect(serves_, 5 * timeout_);
      control_ = connect(false, timeout_);
    } catch (const std::exception& error) {
      throw Error(
          ErrorKind::Io,
          "the processes cannot meet at " + e.host + ":" + std::to_string(e.port) + ": " + line_of(error),
          serves_ ? "Set MASTER_PORT to a port that nobody uses." : "Is rank 0 started, and MASTER_ADDR its machine?");
    }
    say_alive();
    thread_ = std::thread([this] { run(); });
    thread_.detach();  // it lives as long as the process, as the group does
    await_all(5 * timeout_);
    auto options = c10d::ProcessGroupGloo::Options::create(timeout_);
    const char* const interface = std::getenv("GLOO_SOCKET_IFNAME");
    options->devices.push_back(interface != nullptr     ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                               : e.local_size == e.size ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                                        : c10d::ProcessGroupGloo::createDefaultDevice());
    try {
      gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store_),
                                                          e.rank, e.size, options);
    } catch (const std::exception& error) {
      lost(error.what());
    }
  }

  std::unique_ptr<Work> sum(const at::Tensor& x) override {
    refuse_ended();
    std::vector<at::Tensor> one{x};
    ++begun_;
    try {
      return std::make_unique<C10dWork>(*this, backend(x).allreduce(one));
    } catch (const std::exception& error) {
      lost(error.what());
    }
  }

  at::Tensor gather(const at::Tensor& x) override {
    refuse_ended();
    std::vector<std::vector<at::Tensor>> all(1);
    for (int i = 0; i < size(); ++i) all[0].push_back(at::empty_like(x));
    std::vector<at::Tensor> one{x};
    ++begun_;
    try {
      C10dWork(*this, backend(x).allgather(all, one)).wait();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      lost(error.what());
    }
    return at::stack(all[0]);
  }

  void end(const std::string& why) noexcept override {
    if (leaving_.exchange(true)) return;
    post(named({rank()}) + " ended the training" +
         (why.empty() ? "; what it said tells why" : ": " + why.substr(0, why.find('\n'))));
  }

  void meet(const std::string& where) override {
    refuse_ended();
    const std::string at = "meet/" + where + "/";
    try {
      control([&](c10d::Store& s) { s.set(at + std::to_string(rank()), bytes("1")); });
      std::vector<std::string> keys;
      for (int i = 0; i < size(); ++i) keys.push_back(at + std::to_string(i));
      Beats beats(size());
      while (!control([&](c10d::Store& s) { return s.check(keys); })) {
        std::this_thread::sleep_for(beat);
        beats.read(*this);
        if (!beats.silent(4 * silence).empty()) lost("");
      }
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      lost(error.what());
    }
  }

  /// A reduction has failed: throws Error(Io) with the rank that it has failed for.
  [[noreturn]] void lost(const std::string& what) {
    std::string found;
    if (!leaving_.exchange(true)) {
      try {
        found = whose_fault(what);
      } catch (const std::exception&) {
        found = verdict();
        if (found.empty())
          found = environment().served ? "the launcher, which serves the addresses, is gone"
                                       : "rank 0, which serves the addresses, is gone";
      }
      post(found);
    }
    throw Error(ErrorKind::Io, named({rank()}) + " of " + std::to_string(size()) + " ends: " + found,
                "The training needs all of its processes. Look at what the one that is lost has said, and start "
                "anew; a longer --peer-timeout (TUNEIT_PEER_TIMEOUT, now " +
                    std::to_string(timeout_.count() / 1000) + " s) waits for one that is slow.");
  }

 private:
  friend class C10dWork;
  /// Who has been silent for how long, and how far is each?
  class Beats {
   public:
    explicit Beats(int size) : last_(static_cast<std::size_t>(size)), since_(last_.size(), Clock::now()) {}
    void read(C10dGroup& of) {
      std::vector<std::string> keys;
      for (std::size_t i = 0; i < last_.size(); ++i) keys.push_back(key("beat", static_cast<int>(i)));
      const auto now = of.control([&](c10d::Store& s) { return s.multiGet(keys); });
      for (std::size_t i = 0; i < now.size(); ++i) {
        if (std::string said = text_of(now[i]); said != last_[i]) {
          last_[i] = std::move(said);
          since_[i] = Clock::now();
        }
      }
    }
    [[nodiscard]] std::vector<int> silent(milliseconds longer_than) const {
      std::vector<int> found;
      for (std::size_t i = 0; i < since_.size(); ++i)
        if (Clock::now() - since_[i] > longer_than) found.push_back(static_cast<int>(i));
      return found;
    }
    /// Those that have begun the fewest reductions, fewer than `own`.
    [[nodiscard]] std::vector<int> behind(long long own) const {
      std::vector<int> found;
      for (std::size_t i = 0; i < last_.size(); ++i) {
        const long long begun = std::strtoll(last_[i].c_str() + last_[i].find(':') + 1, nullptr, 10);
        if (begun >= own && (begun > own || found.empty())) continue;
        if (begun < own) found.clear();
        own = begun;
        found.push_back(static_cast<int>(i));
      }
      return found;
    }

   private:
    std::vector<std::string> last_;
    std::vector<Clock::time_point> since_;
  };

  std::string whose_fault(const std::string& what) {
    const auto begin = Clock::now();
    const bool late = what.find("imed out") != std::string::npos;
    const long long own = begun_;
    Beats beats(size());
    for (;;) {
      if (control([](c10d::Store& s) { return s.check({"end"}); }))
        return text_of(control([](c10d::Store& s) { return s.get("end"); }));
      beats.read(*this);
      const std::vector<int> gone = beats.silent(silence - beat);
      if (!gone.empty())
        return named(gone) + (gone.size() == 1
                                  ? " is lost: it was killed, has crashed, or its machine cannot be reached"
                                  : " are lost");
      const auto waited = Clock::now() - begin;
      if (waited > (late ? silence : 2 * silence)) {
        std::vector<int> behind = beats.behind(own);
        std::erase(behind, rank());
        if (!behind.empty())
          return named(behind) + (behind.size() == 1 ? " hangs" : " hang") + ": it lives, and has not come to the " +
                 std::to_string(own) + "th reduction";
        return "a reduction has failed, and all processes live: " + what.substr(0, what.find('\n'));
      }
      std::this_thread::sleep_for(beat / 2);
    }
  }

  void post(const std::string& verdict) noexcept {
    try {
      control([&](c10d::Store& s) { return s.compareSet("end", {}, bytes(verdict)); });
      if (serves_) std::this_thread::sleep_for(8 * beat);  // until the others have read it
    } catch (const std::exception&) {
    }
  }

  c10::intrusive_ptr<c10d::Store> connect(bool serve, milliseconds timeout) const {
    c10d::TCPStoreOptions o;
    o.port = static_cast<std::uint16_t>(environment().port);
    o.isServer = serve;
    o.numWorkers = static_cast<std::size_t>(size());
    o.waitWorkers = false;
    o.timeout = timeout;
    return c10::make_intrusive<c10d::PrefixStore>("tuneit/" + environment().attempt,
                                                  c10::make_intrusive<c10d::TCPStore>(environment().host, o));
  }

  /// Everybody has come, or an error names who has not.
  void await_all(milliseconds longest) {
    const auto begin = Clock::now();
    std::vector<int> missing;
    for (;;) {
      missing.clear();
      for (int i = 0; i < size(); ++i)
        if (!control([&](c10d::Store& s) { return s.check({key("beat", i)}); })) missing.push_back(i);
      if (missing.empty()) return;
      if (Clock::now() - begin > longest) break;
      std::this_thread::sleep_for(beat / 5);
    }
    throw Error(ErrorKind::Io,
                named(missing) + " of " + std::to_string(size()) + " did not come within " +
                    std::to_string(longest.count() / 1000) + " s",
                "Start as many processes as WORLD_SIZE says.");
  }

  template <class F>
  std::invoke_result_t<F, c10d::Store&> control(const F& f) {
    const std::lock_guard lock(control_lock_);
    return f(*control_);
  }
  /// What the store has said of the end, as far as it was read; empty: nothing.
  std::string verdict() {
    const std::lock_guard lock(control_lock_);
    return verdict_;
  }
  void say_alive() {
    const std::string now = std::to_string(++beats_) + ":" + std::to_string(begun_.load());
    control([&](c10d::Store& s) { s.set(key("beat", rank()), bytes(now)); });
  }

  void run() noexcept {
    std::optional<Clock::time_point> told;
    for (;; std::this_thread::sleep_for(beat)) {
      try {
        if (!told) {
          say_alive();
          if (!control([](c10d::Store& s) { return s.check({"end"}); })) continue;
          const std::string said = text_of(control([](c10d::Store& s) { return s.get("end"); }));
          const std::lock_guard lock(control_lock_);
          verdict_ = said;
          told = Clock::now();
        }
      } catch (const std::exception&) {
        return;  // the store is gone: who waits for a reduction says so
      }
      if (leaving_) return;
      if (Clock::now() - *told < grace) continue;
      std::fprintf(stderr, "rank %d of %d ends: %s\n", rank(), size(), verdict().c_str());
      std::fflush(stderr);
      ::_exit(static_cast<int>(ErrorKind::Io));
    }
  }

  void refuse_ended() const {
    if (leaving_)
      throw Error(ErrorKind::Usage, "the training over several processes has ended, and goes on in none of them",
                  "Start the processes anew.");
  }
  static std::string line_of(const std::exception& error) {
    const std::string what = error.what();
    return what.substr(0, what.find('\n'));
  }

  c10d::Backend& backend(const at::Tensor& x) {
    if (x.is_cpu()) return *gloo_;
#ifdef TUNEIT_WITH_NCCL
    if (!nccl_) {
      auto options = c10d::ProcessGroupNCCL::Options::create();
      options->timeout = timeout_;
      nccl_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(c10::make_intrusive<c10d::PrefixStore>("nccl", store_),
                                                          rank(), size(), options);
    }
    return *nccl_;
#else
    throw Error(ErrorKind::Usage,
                "tensors of a GPU are summed over processes by NCCL, and this program is built without",
                "Configure with -DTUNEIT_WITH_NCCL=ON, or train on the CPU.");
#endif
  }

  milliseconds timeout_;
  bool serves_ = false;
  c10::intrusive_ptr<c10d::Store> store_, control_;
  std::mutex control_lock_;
  std::string verdict_;
  c10::intrusive_ptr<c10d::Backend> gloo_, nccl_;
  std::atomic<long long> begun_{0}, beats_{0};
  std::atomic<bool> leaving_{false};
  std::thread thread_;
};

void C10dWork::wait() {
  try {
    work_->wait();
  } catch (const std::exception& error) {
    of_.lost(error.what());
  }
}

}  // namespace

void set_peer_timeout(double seconds) { asked_timeout = seconds; }

Group* group() {
  // Never destroyed: at the end of a process its threads may wait for peers that are gone.
  static Group* const one = []() -> Group* {
    Environment e = environment();
    if (e.size == 1) return nullptr;
    if (asked_timeout > 0) e.peer_timeout = asked_timeout;
    return new C10dGroup(e);
  }();
  return one;
}

void compare(Group& all, const std::vector<std::pair<std::string, std::uint64_t>>& values) {
  const at::Tensor own = at::empty({static_cast<std::int64_t>(values.size())}, at::kLong);
  for (std::size_t i = 0; i < values.size(); ++i)
    std::memcpy(own.mutable_data_ptr<std::int64_t>() + i, &values[i].second, sizeof(std::uint64_t));
  const at::Tensor table = all.gather(own);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const at::Tensor column = table.select(1, static_cast<std::int64_t>(i));
    const at::Tensor other = column.ne(column[0]);
    if (!other.any().item<bool>()) continue;
    const std::string rank = std::to_string(other.to(at::kInt).argmax().item<std::int64_t>());
    throw Error(ErrorKind::Usage, values[i].first + " of rank " + rank + " is not that of rank 0",
                "All processes of a training run the same program with the same arguments, files and seed.");
  }
}

void sum_numbers(Group& all, std::vector<double*> numbers) {
  const at::Tensor sums = at::empty({static_cast<std::int64_t>(numbers.size())}, at::kDouble);
  double* const x = sums.mutable_data_ptr<double>();
  for (std::size_t i = 0; i < numbers.size(); ++i) x[i] = *numbers[i];
  all.sum(sums)->wait();
  for (std::size_t i = 0; i < numbers.size(); ++i) *numbers[i] = x[i];
}

namespace {
/// first | second | count, of all ranks; those of a batch that stands in for none are 0.
void sum_channels(Group& all, std::vector<double>& first, std::vector<double>& second, double& count) {
  const std::size_t n = first.size();
  const at::Tensor sums = at::empty({static_cast<std::int64_t>(2 * n + 1)}, at::kDouble);
  double* const x = sums.mutable_data_ptr<double>();
  std::copy(first.begin(), first.end(), x);
  std::copy(second.begin(), second.end(), x + n);
  x[2 * n] = count;
  if (!all.counts) sums.zero_();
  all.sum(sums)->wait();
  std::copy_n(x, n, first.begin());
  std::copy_n(x + n, n, second.begin());
  count = x[2 * n];
}
}  // namespace

void sync_moments(Group& all, std::vector<double>& mean, std::vector<double>& variance, double& count,
                  const std::vector<double>& near) {
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const double away = mean[c] - near[c];
    mean[c] = count * away;
    variance[c] = count * (variance[c] + away * away);
  }
  sum_channels(all, mean, variance, count);
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const double away = mean[c] / count;
    mean[c] = near[c] + away;
    variance[c] = std::max(0.0, variance[c] / count - away * away);
  }
}

void sync_sums(Group& all, std::vector<double>& sum, std::vector<double>& product, double& count) {
  sum_channels(all, sum, product, count);
}

}  // namespace tuneit::ranks
