// What of tuneit is measured on a GPU (tests/gpu/run asks, peer.py answers the same of PyTorch): a line of standard
// input is a question, a line of JSON the answer.
//   list                                          networks and number types that there are
//   case NETWORK NUMBERS BATCH SIDE MODE SOURCE WARMUP   MODE: eager graph; SOURCE: device bytes. Prepares it, warms up
//   run STEPS                                     seconds of so many steps, and of those the host's
//   profile STEPS FILE                            a trace of the steps (Chrome's format), kernels and their seconds
//   values NETWORK NUMBERS SIDE                   two steps against the CPU
//   kernels BATCH                                 our CUDA kernels against LibTorch's operators
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/profiler_kineto.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/gpu/job.hpp"

namespace {

using namespace bench::gpu;

std::string quoted(const std::string& text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') all += '\\';
    all += c == '\n' ? ' ' : c;
  }
  return all + "\"";
}
/// A number as JSON has it.
std::string json(double x) {
  if (!std::isfinite(x)) return "null";
  std::ostringstream out;
  out.precision(9);
  out << x;
  return out.str();
}
void wait() {
  const c10::impl::VirtualGuardImpl device(c10::kCUDA);
  device.synchronizeDevice(device.getDevice().index());
}
double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}
const Case& find(const std::string& network, const std::string& numbers) {
  for (const Case& c : cases())
    if (c.network == network && c.numbers == numbers) return c;
  throw std::runtime_error("there is no " + network + " in " + numbers);
}
c10::CachingDeviceAllocator::DeviceStats memory() {
  return c10::getDeviceAllocator(c10::kCUDA)
      ->getDeviceStats(c10::impl::VirtualGuardImpl(c10::kCUDA).getDevice().index());
}

std::string list() {
  std::string all;
  for (const Case& c : cases())
    all.append(all.empty() ? "" : ", ")
        .append("[")
        .append(quoted(std::string(c.network)))
        .append(", ")
        .append(quoted(std::string(c.numbers)))
        .append("]");
  return "{\"cases\": [" + all + "]}";
}
std::string prepare_case(std::istream& in, std::unique_ptr<Job>& job) {
  std::string network, numbers, mode, source;
  Wanted w;
  long warmup = 0;
  in >> network >> numbers >> w.batch >> w.side >> mode >> source >> warmup;
  w.graphs = mode == "graph";
  w.bytes = source == "bytes";
  job.reset();
  const Case& c = find(network, numbers);
  c10::getDeviceAllocator(c10::kCUDA)->emptyCache();
  c10::getDeviceAllocator(c10::kCUDA)->resetPeakStats(c10::impl::VirtualGuardImpl(c10::kCUDA).getDevice().index());
  const auto begin = std::chrono::steady_clock::now();
  job = c.prepare(w);
  job->run(warmup);
  wait();
  return "{\"ready\": " + json(seconds_since(begin)) + ", \"loss\": " + json(job->last_loss()) +
         ", \"graphs\": " + quoted(job->graphs()) +
         ", \"peak_bytes\": " + std::to_string(memory().allocated_bytes[0].peak) + "}";
}
std::string run(const Job& job, long steps) {
  wait();
  const auto begin = std::chrono::steady_clock::now();
  job.run(steps);
  const double host = seconds_since(begin);
  wait();
  return "{\"seconds\": " + json(seconds_since(begin)) + ", \"host_seconds\": " + json(host) + "}";
}
std::string profile(const Job& job, long steps, const std::string& file) {
  using torch::profiler::impl::ActivityType;
  using torch::profiler::impl::ProfilerConfig;
  const ProfilerConfig config(torch::profiler::impl::ProfilerState::KINETO);
  const std::set<ActivityType> activities{ActivityType::CPU, ActivityType::CUDA};
  wait();
  torch::autograd::profiler::prepareProfiler(config, activities);
  torch::autograd::profiler::enableProfiler(config, activities);
  job.run(steps);
  wait();
  const auto result = torch::autograd::profiler::disableProfiler();
  if (file != "-") result->save(file);
  std::map<std::string, std::pair<long, double>> kernels;  // number and seconds
  for (const auto& e : result->events()) {
    if (e.deviceType() != c10::kCUDA) continue;
    auto& [n, seconds] = kernels[e.name()];
    ++n;
    seconds += static_cast<double>(e.durationNs()) * 1e-9;
  }
  std::string all;
  for (const auto& [name, figures] : kernels)
    all.append(all.empty() ? "" : ", ")
        .append(quoted(name))
        .append(": [")
        .append(std::to_string(figures.first))
        .append(", ")
        .append(json(figures.second))
        .append("]");
  return "{\"steps\": " + std::to_string(steps) + ", \"events\": " + std::to_string(result->events().size()) +
         ", \"kernels\": {" + all + "}}";
}
std::string values(std::istream& in) {
  std::string network, numbers;
  int side = 64;
  in >> network >> numbers >> side;
  const Comparison v = find(network, numbers).compare(side);
  return "{\"weights\": " + json(v.weights) + ", \"logits\": " + json(v.logits) + ", \"loss\": " + json(v.loss) +
         ", \"cpu_loss\": " + json(v.cpu_loss) + "}";
}

std::string kernels_beside_aten(std::istream& in) {
  int batch = 32;
  in >> batch;
  std::string all;
  for (const KernelResult& k : kernels(batch)) {
    all.append(all.empty() ? "" : ", ")
        .append(quoted(k.name))
        .append(": {\"own_seconds\": ")
        .append(json(k.own_seconds));
    all.append(", \"aten_seconds\": ").append(json(k.aten_seconds)).append(", \"error\": ").append(json(k.error));
    all.append(", \"missing\": ").append(quoted(k.missing)).append("}");
  }
  return "{" + all + "}";
}

std::string answer(std::istream& in, std::unique_ptr<Job>& job) {
  std::string question;
  in >> question;
  if (question == "list") return list();
  if (question == "case") return prepare_case(in, job);
  if (question == "values") return values(in);
  if (question == "kernels") return kernels_beside_aten(in);
  if (!job) throw std::runtime_error("no case is prepared");
  long steps = 0;
  std::string file = "-";
  in >> steps >> file;
  if (question == "run") return run(*job, steps);
  if (question == "profile") return profile(*job, steps, file);
  throw std::runtime_error("this is no question: " + question);
}

}  // namespace

int main() {
  std::unique_ptr<Job> job;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    try {
      std::cout << answer(in, job) << std::endl;
    } catch (const std::exception& e) {
      std::cout << "{\"error\": " << quoted(e.what()) << "}" << std::endl;
    }
  }
  std::cout.flush();
  std::_Exit(0);  // tearing the libraries down is not what is measured
}
