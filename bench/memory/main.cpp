// bench-memory: for each recipe, what memory<R> says, by how many bytes its process grew at most in three steps, and
// the ratio. Exit status 1 where they differ by more than 15 %. Of the zoo: how many bytes its tensors took at most
// (the arena's peak); there 5 % are allowed. Arguments: only recipes whose names contain one of them.
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include <sys/wait.h>
#include <unistd.h>

#include "cases.hpp"

namespace {

long status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return std::atol(line.c_str() + key.size() + 1) * 1024;
  return 0;
}

// In a process of its own, so that nothing is there from the recipe before.
long measured(const bench::memory::Case& c) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return 0;
  if (fork() == 0) {
    at::set_num_threads(2);
    const long before = status_bytes("RssAnon:");
    if (c.tensors) tuneit::install_for_process();
    c.train(3);
    // without what is mapped from files: the code of the libraries, which is read as it is needed
    const long grown = c.tensors ? static_cast<long>(tuneit::Arena::instance().statistics().peak_bytes)
                                 : status_bytes("VmHWM:") - status_bytes("RssFile:") - before;
    const bool written = write(pipe_ends[1], &grown, sizeof grown) == sizeof grown;
    _exit(written ? 0 : 1);
  }
  long grown = 0;
  if (read(pipe_ends[0], &grown, sizeof grown) != sizeof grown) grown = 0;
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  wait(nullptr);
  return grown;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<bench::memory::Case> cases = bench::memory::resnet18();
  namespace of = bench::memory;
  for (auto some : {of::deep(), of::efficientnet(), of::zoo_vgg(), of::zoo_vgg_bn(), of::zoo_resnet(),
                    of::zoo_resnet_deep(), of::zoo_mobile(), of::zoo_efficientnet()})
    cases.insert(cases.end(), some.begin(), some.end());
  bool all = true;
  std::printf("%-55s %10s %10s  ratio\n", "recipe", "memory<R>", "measured");
  for (const auto& c : cases) {
    const std::string_view name = c.name;
    if (argc > 1 && std::none_of(argv + 1, argv + argc, [&](const char* part) { return name.find(part) != name.npos; }))
      continue;
    const long taken = measured(c);
    const double ratio = taken > 0 ? static_cast<double>(c.predicted) / static_cast<double>(taken) : 0;
    all = all && std::abs(ratio - 1) <= (c.tensors ? 0.05 : 0.15);
    std::printf("%-55s %6.0f MiB %6.0f MiB  %.3f\n", c.name, static_cast<double>(c.predicted) * 0x1p-20,
                static_cast<double>(taken) * 0x1p-20, ratio);
    std::fflush(stdout);
  }
  return all ? 0 : 1;
}
