// The library's CUDA kernels through CUDA's compiler: registers and spills, for three generations of GPUs. Skipped
// where there is no NVRTC.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "tuneit/kernels/cuda/catalogue.hpp"
#include "tuneit/kernels/cuda/cubin_cache.hpp"
#include "tuneit/kernels/cuda/nvrtc.hpp"

using namespace tuneit::kernels::cuda;

namespace {

/// At most so many registers: a processor has 65,536, so with 64 four blocks of 256 threads run at once.
int most_registers(const std::string& kernel) {
  if (kernel.starts_with("depthwise_parts<") && kernel.find(", 5,") != std::string::npos) return 128;  // 50 sums each
  if (kernel.starts_with("norm_reduce<") || kernel.starts_with("norm_gradient<")) return 96;
  return 64;
}

}  // namespace

TEST_CASE("all kernels compile for three generations of GPUs, and nothing is spilled") {
  const Nvrtc* const nvrtc = Nvrtc::find();
  if (nvrtc == nullptr) {
    WARN("skipped: there is no NVRTC here ($TUNEIT_NVRTC names one)");
    return;
  }
  CHECK(nvrtc->version() >= 12000);
  std::string text = numbers_text;
  std::vector<std::string> kernels;
  for (const Source* source : all_sources) {
    text.append(source->text);
    for (const Numbers numbers : {Numbers::Bf16, Numbers::Float})
      for (const std::string& kernel : instances(*source, {numbers, widest(numbers)}))
        if ((numbers == Numbers::Bf16 || source != &depthwise_source) &&  // which takes its time
            std::find(kernels.begin(), kernels.end(), kernel) == kernels.end())
          kernels.push_back(kernel);
  }
  text = in_lines(text);
  for (const int capability : {80, 90, 100}) {
    INFO("sm_" << capability);
    const Compiled c = nvrtc->compile(text, kernels, capability, true);
    INFO(c.log);
    REQUIRE(!c.code.empty());
    REQUIRE(c.names.size() == kernels.size());
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      INFO(kernels[i]);
      const std::size_t at = c.log.find("'" + c.names[i] + "' for 'sm_");
      REQUIRE(at != std::string::npos);
      std::smatch found;
      const std::string own = c.log.substr(at, 1200);
      REQUIRE(std::regex_search(
          own, found, std::regex("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads")));
      CHECK(found[1] == "0");
      CHECK(found[2] == "0");
      CHECK(found[3] == "0");
      REQUIRE(std::regex_search(own, found, std::regex("Used (\\d+) registers")));
      CHECK(std::stoi(found[1]) <= most_registers(kernels[i]));
      if (capability == 90) UNSCOPED_INFO(kernels[i] << ": " << found[1] << " registers");
    }
  }
}

TEST_CASE("what does not compile says so, and a GPU newer than the compiler gets PTX") {
  const Nvrtc* const nvrtc = Nvrtc::find();
  if (nvrtc == nullptr) return;
  const Compiled wrong = nvrtc->compile("__global__ void f() { int x = y; }", {"f"}, 90);
  CHECK(wrong.code.empty());
  CHECK(wrong.log.find("\"y\" is undefined") != std::string::npos);
  const Compiled newer = nvrtc->compile("__global__ void f(int* x) { *x = 1; }", {"f"}, 999);
  CHECK(newer.code.find(".target") != std::string::npos);
}

TEST_CASE("compiled kernels are kept on the disk, and what is damaged there is not read") {
  std::string folder = "/tmp/tuneit-cubins-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const CubinCache cache(folder + "/a/b");
  const std::vector<std::string> kernels{"f<float>", "g<Bf16, 8>"};
  const std::string file = cache.path("text", kernels, 90, 13002);
  CHECK(cache.read(file, 2).code.empty());
  cache.write(file, {std::string("code\0with zeros", 15), {"_Z1f", "_Z1g"}, {}});
  const Compiled c = cache.read(file, 2);
  CHECK(c.code == std::string("code\0with zeros", 15));
  CHECK(c.names == std::vector<std::string>{"_Z1f", "_Z1g"});
  for (const std::string& other : {cache.path("text.", kernels, 90, 13002), cache.path("text", {"f<float>"}, 90, 13002),
                                   cache.path("text", kernels, 100, 13002), cache.path("text", kernels, 90, 13000)})
    CHECK(other != file);
  std::string text;
  {
    std::ifstream in(file, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    std::ofstream(file, std::ios::binary) << damaged;
    CHECK(cache.read(file, 2).code.empty());
    std::ofstream(file, std::ios::binary) << text.substr(0, at);
    CHECK(cache.read(file, 2).code.empty());
  }
  const CubinCache nowhere("/proc/no/such");
  nowhere.write(nowhere.path("text", kernels, 90, 13002), c);
  CHECK(nowhere.read(nowhere.path("text", kernels, 90, 13002), 2).code.empty());
  std::filesystem::remove_all(folder);
}
