#pragma once
// CUDA's driver, found when the program runs: what it takes to load a kernel and to start it. Nothing here needs CUDA's
// headers. The driver's functions return 0 when all went well.
#include <dlfcn.h>

#include <cstddef>
#include <type_traits>

namespace tuneit::kernels::cuda {

struct Driver {
  using Module = void*;
  using Function = void*;
  using Stream = void*;

  int (*device_get)(int* device, int ordinal) = nullptr;
  int (*attribute)(int* value, int attribute, int device) = nullptr;
  int (*retain_primary)(void** context, int device) = nullptr;
  int (*current)(void** context) = nullptr;
  int (*set_current)(void* context) = nullptr;
  int (*load)(Module* module, const void* image) = nullptr;
  int (*function)(Function* function, Module module, const char* name) = nullptr;
  int (*launch)(Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned shared, Stream,
                void** parameters, void** extra) = nullptr;

  /// The driver, or null.
  static const Driver* find() {
    static const Driver found = [] {
      Driver d;
      void* const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
      if (library == nullptr) return d;
      bool all = true;
      const auto get = [&](auto& f, const char* name) {
        f = reinterpret_cast<std::remove_reference_t<decltype(f)>>(dlsym(library, name));
        all = all && f != nullptr;
      };
      get(d.device_get, "cuDeviceGet");
      get(d.attribute, "cuDeviceGetAttribute");
      get(d.retain_primary, "cuDevicePrimaryCtxRetain");
      get(d.current, "cuCtxGetCurrent");
      get(d.set_current, "cuCtxSetCurrent");
      get(d.load, "cuModuleLoadData");
      get(d.function, "cuModuleGetFunction");
      get(d.launch, "cuLaunchKernel");
      if (!all) d.launch = nullptr;
      return d;
    }();
    return found.launch == nullptr ? nullptr : &found;
  }

  /// 90 for 9.0, of the i-th device; 0 where it is not known.
  [[nodiscard]] int capability(int i) const {
    constexpr int major_version = 75, minor_version = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR
    int device = 0, major = 0, minor = 0;
    if (device_get(&device, i) != 0 || attribute(&major, major_version, device) != 0 ||
        attribute(&minor, minor_version, device) != 0)
      return 0;
    return 10 * major + minor;
  }

  /// The context that LibTorch uses on the i-th device is this thread's, where none is: the caller has made that device
  /// the current one.
  [[nodiscard]] bool enter(int i) const {
    void* context = nullptr;
    int device = 0;
    if (current(&context) == 0 && context != nullptr) return true;
    return device_get(&device, i) == 0 && retain_primary(&context, device) == 0 && set_current(context) == 0;
  }
};

}  // namespace tuneit::kernels::cuda
