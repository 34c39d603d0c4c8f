#pragma once
// Which device is meant, and is it there? Resolved once, when training starts.
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/Device.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>

#include "tuneit/meta/error.hpp"
#include "tuneit/recipe/numbers/run_options.hpp"

namespace tuneit {
namespace detail {

/// What of CUDA is there.
struct CudaFound {
  bool build = false;     ///< a LibTorch with CUDA
  bool library = false;   ///< the driver's library, libcuda.so.1
  bool module = false;    ///< the driver in the kernel
  int seen = 0;           ///< GPUs that the driver sees
  int usable = 0;         ///< that LibTorch counts
  std::string visible{};  ///< CUDA_VISIBLE_DEVICES, if `hides`
  bool hides = false;
};

inline CudaFound find_cuda() {
  CudaFound found;
  const at::CUDAHooksInterface& hooks = at::detail::getCUDAHooks();
  found.build = hooks.hasCUDART();
  found.usable = hooks.hasCUDA() ? hooks.getNumGPUs() : 0;
  if (found.usable > 0) return found;
  if (void* const driver = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL); driver != nullptr) {
    found.library = true;
    ::dlclose(driver);
  }
  found.module = ::access("/proc/driver/nvidia/version", F_OK) == 0 || ::access("/dev/dxg", F_OK) == 0;  // dxg: WSL
  if (DIR* const gpus = ::opendir("/proc/driver/nvidia/gpus"); gpus != nullptr) {
    while (const dirent* const entry = ::readdir(gpus)) found.seen += entry->d_name[0] == '.' ? 0 : 1;
    ::closedir(gpus);
  }
  if (const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES"); visible != nullptr) {
    found.hides = true;
    found.visible = visible;
  }
  return found;
}

/// Throws Error(Usage): which of LibTorch's build, the driver and the device is missing.
[[noreturn]] inline void refuse_cuda(const CudaFound& found) {
  const auto refusal = [](const std::string& what, const std::string& mend) {
    return Error(ErrorKind::Usage, what, mend);
  };
  if (!found.build)
    throw refusal("there is no CUDA device for a LibTorch that was built without CUDA, as this one",
                  "Compute on the CPU, or link a CUDA build of LibTorch (libtorch_cuda).");
  if (!found.library && !found.module)
    throw refusal("there is no CUDA device: no NVIDIA driver is installed here (no libcuda.so.1)",
                  "Compute on the CPU, or install the driver.");
  if (!found.library)
    throw refusal("there is no CUDA device: the NVIDIA driver runs, and its library libcuda.so.1 is not found",
                  "In a container: start it with its GPUs (--gpus all). Else install the driver's libraries.");
  if (found.hides)
    throw refusal("there is no CUDA device: CUDA_VISIBLE_DEVICES, which says what the driver may show, is \"" +
                      found.visible + "\"",
                  "Compute on the CPU, or name GPUs there that this machine has.");
  if (found.seen > 0)
    throw refusal("LibTorch can use none of the GPUs here (" + std::to_string(found.seen) +
                      "): the NVIDIA driver is older than the CUDA that LibTorch was built with, or they are taken",
                  "Update the driver, or take a LibTorch for an older CUDA; nvidia-smi shows both.");
  throw refusal("there is no CUDA device: the NVIDIA driver is installed, and finds no GPU", "Compute on the CPU.");
}

/// The number of this process among those of its machine, as launchers say it (torchrun, mpirun, Slurm);
/// -1: none says it. `name`: of the variable.
inline int local_rank(const char*& name) {
  for (const char* const variable : {"LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"}) {
    const char* const text = std::getenv(name = variable);
    if (text == nullptr || *text == '\0') continue;
    int rank = -1;
    const char* const end = text + std::strlen(text);
    const auto [stop, error] = std::from_chars(text, end, rank);
    if (error != std::errc() || stop != end || rank < 0)
      throw Error(ErrorKind::Usage, std::string(variable) + " is \"" + text + "\", and no number of a process",
                  "A launcher sets it: 0, 1, 2, ... on each machine.");
    return rank;
  }
  return -1;
}

}  // namespace detail

/// The device that is meant. Throws Error(Usage) for CUDA where there is none, with what is missing, and for an index
/// that is not there.
inline c10::Device resolve(const DeviceChoice& choice) {
  const c10::Device cpu(c10::kCPU);
  if (choice.kind == DeviceKind::Cpu) return cpu;
  const at::CUDAHooksInterface& hooks = at::detail::getCUDAHooks();
  const int there = hooks.hasCUDA() ? hooks.getNumGPUs() : 0;
  if (there == 0) {
    if (choice.kind == DeviceKind::Auto) return cpu;
    detail::refuse_cuda(detail::find_cuda());
  }
  const char* said_by = nullptr;
  int index = choice.index;
  if (index < 0) index = detail::local_rank(said_by);
  // Slurm shows a process its own GPUs alone where it was told how many those are (--gpus-per-task)
  if (index < 0 || (said_by != nullptr && there == 1 && std::getenv("SLURM_GPUS_PER_TASK") != nullptr)) index = 0;
  if (index >= there)
    throw Error(
        ErrorKind::Usage,
        (choice.index < 0 ? std::string(said_by) + " is " + std::to_string(index)
                          : "the device is cuda:" + std::to_string(index)) +
            ", and there " +
            (there == 1 ? "is 1 GPU here, cuda:0"
                        : "are " + std::to_string(there) + " GPUs here, the last cuda:" + std::to_string(there - 1)),
        choice.index < 0 ? "Start as many processes on each machine as it has GPUs, or say which one "
                           "(--device cuda:0)."
                         : "Count from 0.");
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

namespace detail {

/// Makes a GPU the current one of this thread, so that nothing is made on another; it stays so. Returns it.
inline c10::Device make_current(c10::Device device) {
  if (!device.is_cpu()) c10::impl::VirtualGuardImpl(device.type()).setDevice(device);
  return device;
}

}  // namespace detail
}  // namespace tuneit
