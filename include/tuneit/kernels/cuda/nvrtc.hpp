#pragma once
// CUDA's compiler as a library, NVRTC, found when the program runs: LibTorch with CUDA brings it. Without it there is
// none, and nothing here needs CUDA's headers.
#include <dlfcn.h>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace tuneit::kernels::cuda {

/// What came out of a compilation.
struct Compiled {
  std::string code{};                ///< a cubin, or PTX where the GPU is newer than the compiler; empty: it failed
  std::vector<std::string> names{};  ///< as the kernels are called in it, in the order in which they were asked for
  std::string log{};
};

class Nvrtc {
 public:
  /// The library, or null. $TUNEIT_NVRTC is looked at first: a path to it, or `none`.
  static const Nvrtc* find() {
    static const Nvrtc found;
    return found.create_ == nullptr ? nullptr : &found;
  }

  /// Major times 1000 plus minor.
  [[nodiscard]] int version() const { return version_; }

  /// Compiles kernels of a text for GPUs of a compute capability (90: 9.0). `kernels`: as one would call them,
  /// `norm_apply<float, 4>`. `report`: the log says what registers they take.
  [[nodiscard]] Compiled compile(const std::string& text, const std::vector<std::string>& kernels, int capability,
                                 bool report = false) const {
    Compiled out;
    Program program = nullptr;
    if (create_(&program, text.c_str(), "tuneit.cu", 0, nullptr, nullptr) != 0) return out;
    bool good = true;
    for (const std::string& k : kernels) good = good && add_name_(program, k.c_str()) == 0;
    const bool known = capability <= newest_;
    const std::string target = std::string("--gpu-architecture=")
                                   .append(known ? "sm_" : "compute_")
                                   .append(std::to_string(known ? capability : newest_));
    std::vector<const char*> options{target.c_str(), "-std=c++20", "-lineinfo"};
    if (report) options.push_back("--ptxas-options=-v");
    good = good && compile_(program, static_cast<int>(options.size()), options.data()) == 0;
    out.log = text_of(program, log_size_, log_);
    for (const std::string& k : kernels) {
      const char* name = nullptr;
      if (good && lowered_(program, k.c_str(), &name) == 0) out.names.emplace_back(name);
    }
    if (good && out.names.size() == kernels.size())
      out.code = known ? text_of(program, cubin_size_, cubin_) : text_of(program, ptx_size_, ptx_);
    destroy_(&program);
    return out;
  }

 private:
  using Program = void*;

  Nvrtc() {
    const char* const said = std::getenv("TUNEIT_NVRTC");
    void* library = nullptr;
    if (said != nullptr && *said != '\0') {
      library = dlopen(said, RTLD_NOW | RTLD_LOCAL);
    } else {
      for (const char* name : {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"})
        if (library == nullptr) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    }
    if (library == nullptr) return;
    bool all = true;
    const auto get = [&](auto& f, const char* name) {
      f = reinterpret_cast<std::remove_reference_t<decltype(f)>>(dlsym(library, name));
      all = all && f != nullptr;
    };
    decltype(create_) create = nullptr;
    int (*ask_version)(int*, int*) = nullptr;
    int (*arch_count)(int*) = nullptr;
    int (*archs)(int*) = nullptr;
    get(create, "nvrtcCreateProgram");
    get(destroy_, "nvrtcDestroyProgram");
    get(add_name_, "nvrtcAddNameExpression");
    get(compile_, "nvrtcCompileProgram");
    get(lowered_, "nvrtcGetLoweredName");
    get(log_size_, "nvrtcGetProgramLogSize");
    get(log_, "nvrtcGetProgramLog");
    get(cubin_size_, "nvrtcGetCUBINSize");
    get(cubin_, "nvrtcGetCUBIN");
    get(ptx_size_, "nvrtcGetPTXSize");
    get(ptx_, "nvrtcGetPTX");
    get(ask_version, "nvrtcVersion");
    get(arch_count, "nvrtcGetNumSupportedArchs");
    get(archs, "nvrtcGetSupportedArchs");
    if (!all) return;
    int major = 0, minor = 0, count = 0;
    if (ask_version(&major, &minor) != 0 || major < 12 || arch_count(&count) != 0 || count < 1) return;
    std::vector<int> known(static_cast<std::size_t>(count));
    if (archs(known.data()) != 0) return;
    for (const int arch : known) newest_ = arch > newest_ ? arch : newest_;
    version_ = major * 1000 + minor;
    create_ = create;
  }

  static std::string text_of(Program program, int (*size)(Program, std::size_t*), int (*get)(Program, char*)) {
    std::size_t n = 0;
    if (size(program, &n) != 0) return {};
    std::string out(n, '\0');
    if (get(program, out.data()) != 0) return {};
    return out;
  }

  int version_ = 0, newest_ = 0;
  int (*create_)(Program*, const char*, const char*, int, const char* const*, const char* const*) = nullptr;
  int (*destroy_)(Program*) = nullptr;
  int (*add_name_)(Program, const char*) = nullptr;
  int (*compile_)(Program, int, const char* const*) = nullptr;
  int (*lowered_)(Program, const char*, const char**) = nullptr;
  int (*log_size_)(Program, std::size_t*) = nullptr;
  int (*log_)(Program, char*) = nullptr;
  int (*cubin_size_)(Program, std::size_t*) = nullptr;
  int (*cubin_)(Program, char*) = nullptr;
  int (*ptx_size_)(Program, std::size_t*) = nullptr;
  int (*ptx_)(Program, char*) = nullptr;
};

}  // namespace tuneit::kernels::cuda
