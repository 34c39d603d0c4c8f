#pragma once
// Ours and LibTorch's in turn, so that whatever else the machine does falls on both; medians of the times. With one
// thread it is the processor's time, which other programs disturb less.
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <vector>

namespace bench {

inline double seconds() {
  if (at::get_num_threads() == 1) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class Body>
double time(const Body& body) {
  const double begin = seconds();
  body();
  return seconds() - begin;
}

struct Pair {
  double ours, theirs;  // seconds
};

template <class Ours, class Theirs>
Pair compare(const Ours& ours, const Theirs& theirs) {
  std::vector<double> a, b;
  ours(), theirs();
  for (const double begin = seconds(); a.size() < 5 || (a.size() < 31 && seconds() - begin < 0.5);) {
    a.push_back(time(ours));
    b.push_back(time(theirs));
  }
  const auto median = [](std::vector<double>& v) {
    std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
    return v[v.size() / 2];
  };
  return {median(a), median(b)};
}

/// bytes: what has to be read and written at least; flops: 0 if they do not matter.
inline void print(const char* kernel, const char* shape, const char* type, Pair t, double bytes, double flops) {
  std::printf("%-18s %-24s %-5s %9.2f %9.2f %7.1fx %7.1f", kernel, shape, type, t.ours * 1e3, t.theirs * 1e3,
              t.theirs / t.ours, bytes / t.ours / 1e9);
  if (flops > 0) std::printf(" %8.1f", flops / t.ours / 1e9);
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace bench
