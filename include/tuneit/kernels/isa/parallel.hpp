#pragma once
// Spread a loop over the threads of the OpenMP that LibTorch brought along, whatever the flags of the translation unit.
// (at::parallel_for is serial where a program is compiled without -fopenmp, and with it the program would bring a
// second OpenMP whose threads spin against LibTorch's.)
#include <algorithm>
#include <cstdint>
#include <type_traits>

#include <dlfcn.h>

namespace tuneit::kernels {

namespace detail {

/// The entry points of the OpenMP in this process; empty where there is none, and loops are then serial.
struct OpenMp {
  void (*run)(void (*)(void*), void*, unsigned, unsigned) = nullptr;
  int (*thread)() = nullptr;
  int (*most_threads)() = nullptr;
  int (*inside)() = nullptr;
};

inline const OpenMp& open_mp() {
  static const OpenMp found = [] {
    OpenMp o;
    const auto look_up = [](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(RTLD_DEFAULT, name));
      return function != nullptr;
    };
    const bool all = look_up(o.run, "GOMP_parallel") && look_up(o.thread, "omp_get_thread_num") &&
                     look_up(o.most_threads, "omp_get_max_threads") && look_up(o.inside, "omp_in_parallel");
    return all ? o : OpenMp{};
  }();
  return found;
}

}  // namespace detail

/// How many threads a loop of n items may use, if each is to have at least `grain` of them.
inline int threads_for(std::int64_t n, std::int64_t grain) {
  if (n <= grain) return 1;
  const detail::OpenMp& o = detail::open_mp();
  if (o.run == nullptr || o.inside() != 0) return 1;
  return static_cast<int>(std::min<std::int64_t>(o.most_threads(), (n + grain - 1) / grain));
}

/// body(thread, begin, end) once on each of `threads` threads, for equal consecutive parts of [0, n).
template <class Body>
void parallel_parts(int threads, std::int64_t n, const Body& body) {
  if (threads <= 1) return body(0, std::int64_t{0}, n);
  struct Job {
    const Body& body;
    std::int64_t n;
    int threads;
  } job{body, n, threads};
  detail::open_mp().run(
      [](void* data) {
        const Job& j = *static_cast<const Job*>(data);
        const int t = detail::open_mp().thread();
        j.body(t, j.n * t / j.threads, j.n * (t + 1) / j.threads);
      },
      &job, static_cast<unsigned>(threads), 0);
}

/// body(begin, end) over parts of [0, n), in parallel if there are more than `grain` items.
template <class Body>
void parallel_for(std::int64_t n, std::int64_t grain, const Body& body) {
  parallel_parts(threads_for(n, grain), n, [&](int, std::int64_t begin, std::int64_t end) { body(begin, end); });
}

}  // namespace tuneit::kernels
