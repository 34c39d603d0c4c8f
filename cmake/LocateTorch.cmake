# Finds LibTorch and makes the imported target tuneit::torch. The stock find_package(Torch) wants a CUDA toolkit
# whenever torch was built with CUDA; this needs neither nvcc nor any CUDA header, so that the wheels from pip work on a
# machine without a toolkit. Wheels and unpacked zips, CPU-only and CUDA.
#
#   tuneit_locate_torch(PROBLEM)    sets PROBLEM to "" and makes the target, or sets it to a sentence
#
# Looked at, first match wins: TUNEIT_TORCH_DIR (CMake or environment) and Torch_DIR (both are taken at their word: a
# torch that does not fit is an error), then CMAKE_PREFIX_PATH, the Python of the checkout's .venv, python3 on the PATH
# and the usual places; there, a torch outside the support window is passed over, and named if nothing else is found.
set(TUNEIT_TORCH_DIR "" CACHE PATH "torch of a Python installation, or an unpacked libtorch (has include/ and lib/)")
set(TUNEIT_WITH_CUDA AUTO CACHE STRING "link torch's CUDA libraries: AUTO (if it has them), ON (must have), OFF")
set_property(CACHE TUNEIT_WITH_CUDA PROPERTY STRINGS AUTO ON OFF)
set(TUNEIT_TORCH_OLDEST 2.11)
set(TUNEIT_TORCH_NEWEST 2.15)

# The version of the torch in DIR, or "" where there is none. The header moved between releases.
function(_tuneit_torch_version dir version)
  set(${version} "" PARENT_SCOPE)
  if(NOT EXISTS "${dir}/include/ATen/core/Tensor.h")
    return()
  endif()
  foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS "${dir}/include/${header}")
      file(STRINGS "${dir}/include/${header}" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
      if(lines)
        string(REGEX REPLACE "[^0-9;]" "" lines "${lines}")
        string(REPLACE ";" "." lines "${lines}")
        set(${version} "${lines}" PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
  set(${version} "unknown" PARENT_SCOPE)   # old: the header was elsewhere
endfunction()

# Where the Python PYTHON would import torch from. find_spec does not import it: 0.1 s, not 2 s.
function(_tuneit_torch_of_python python dir)
  set(${dir} "" PARENT_SCOPE)
  if(python AND EXISTS "${python}")
    execute_process(COMMAND "${python}" -c
      "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
      OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    set(${dir} "${found}" PARENT_SCOPE)
  endif()
endfunction()

function(tuneit_locate_torch problem)
  set(${problem} "" PARENT_SCOPE)
  if(TARGET tuneit::torch)
    return()
  endif()
  set(window "tuneit needs torch ${TUNEIT_TORCH_OLDEST} to ${TUNEIT_TORCH_NEWEST}")

  # 1. candidates
  set(named "")                            # taken at their word
  foreach(dir "${TUNEIT_TORCH_DIR}" "$ENV{TUNEIT_TORCH_DIR}")
    if(dir)
      list(APPEND named "${dir}")
    endif()
  endforeach()
  foreach(dir "${Torch_DIR}" "$ENV{Torch_DIR}")
    if(dir)                                # .../share/cmake/Torch
      get_filename_component(dir "${dir}/../../.." ABSOLUTE)
      list(APPEND named "${dir}")
    endif()
  endforeach()
  set(likely "")
  string(REPLACE ":" ";" prefixes "$ENV{CMAKE_PREFIX_PATH}")
  foreach(prefix IN LISTS CMAKE_PREFIX_PATH prefixes)
    list(APPEND likely "${prefix}" "${prefix}/../..")   # a prefix, or torch.utils.cmake_prefix_path
  endforeach()
  if(NOT named)
    foreach(python "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../.venv/bin/python" python3 python)
      if(NOT IS_ABSOLUTE "${python}")
        find_program(found_python ${python} NO_CACHE)
        set(python "${found_python}")
        unset(found_python)
      endif()
      _tuneit_torch_of_python("${python}" dir)
      list(APPEND likely "${dir}")
    endforeach()
    list(APPEND likely ${TUNEIT_TORCH_HINT} /usr/lib/libtorch /opt/libtorch /usr/local/libtorch)
  endif()

  # 2. the first that fits
  set(root "")
  set(passed_over "")
  foreach(dir IN LISTS named likely)
    if(NOT dir)
      continue()
    endif()
    get_filename_component(dir "${dir}" REALPATH)
    _tuneit_torch_version("${dir}" version)
    if(version AND version VERSION_GREATER_EQUAL TUNEIT_TORCH_OLDEST
       AND version VERSION_LESS "${TUNEIT_TORCH_NEWEST}.9999")
      set(root "${dir}")
      break()
    endif()
    if(version)
      list(APPEND passed_over "torch ${version} at ${dir}")
    elseif(named)
      list(APPEND passed_over "no torch at ${dir} (no include/ATen/core/Tensor.h)")
    endif()
    if(named)
      break()
    endif()
  endforeach()
  if(NOT root)
    list(REMOVE_DUPLICATES passed_over)
    list(JOIN passed_over "; " passed_over)
    if(NOT passed_over)
      set(passed_over "none in TUNEIT_TORCH_DIR, Torch_DIR, CMAKE_PREFIX_PATH or python3")
    endif()
    set(${problem} "${window}; found: ${passed_over}.\nGive its directory as -DTUNEIT_TORCH_DIR=..., or run \
scripts/setup, which installs one into .venv." PARENT_SCOPE)
    return()
  endif()

  # 3. the libraries, by full path. torch_cpu and c10 are enough on the CPU; libtorch.so would pull CUDA in.
  foreach(name c10 torch_cpu c10_cuda torch_cuda)
    find_library(lib_${name} ${name} PATHS "${root}/lib" "${root}/lib/${CMAKE_LIBRARY_ARCHITECTURE}"
      NO_DEFAULT_PATH NO_CACHE)
  endforeach()
  if(NOT lib_c10 OR NOT lib_torch_cpu)
    set(${problem} "torch ${version} at ${root} has no libc10 and libtorch_cpu in lib/ (only shared builds are \
supported)." PARENT_SCOPE)
    return()
  endif()
  set(cuda OFF)
  if(NOT TUNEIT_WITH_CUDA STREQUAL "OFF" AND lib_torch_cuda AND lib_c10_cuda)
    set(cuda ON)
  elseif(TUNEIT_WITH_CUDA STREQUAL "ON")
    set(${problem} "TUNEIT_WITH_CUDA=ON, but torch ${version} at ${root} is a CPU-only build." PARENT_SCOPE)
    return()
  endif()

  # 4. the targets
  find_package(Threads REQUIRED)
  foreach(name c10 torch_cpu c10_cuda torch_cuda)
    if(lib_${name} AND NOT TARGET tuneit::lib${name})
      add_library(tuneit::lib${name} SHARED IMPORTED GLOBAL)
      set_target_properties(tuneit::lib${name} PROPERTIES IMPORTED_LOCATION "${lib_${name}}")
    endif()
  endforeach()
  add_library(tuneit::torch INTERFACE IMPORTED GLOBAL)
  target_include_directories(tuneit::torch SYSTEM INTERFACE   # not SYSTEM: 90 warnings of torch's own
    "${root}/include" "${root}/include/torch/csrc/api/include")
  target_compile_features(tuneit::torch INTERFACE cxx_std_20)
  target_link_libraries(tuneit::torch INTERFACE tuneit::libtorch_cpu tuneit::libc10 Threads::Threads)
  # old string ABI: the manylinux1/2014 wheels
  file(STRINGS "${lib_c10}" new_abi REGEX "_ZN3c105Error.*__cxx11" LIMIT_COUNT 1)
  if(NOT new_abi)
    target_compile_definitions(tuneit::torch INTERFACE _GLIBCXX_USE_CXX11_ABI=0)
  endif()
  # libtorch_cpu itself needs libraries of the NVIDIA wheels, found by its RPATH when the program starts; the linker
  # looks for them too, and would fail where they are elsewhere.
  target_link_options(tuneit::torch INTERFACE "LINKER:--allow-shlib-undefined")
  if(cuda)
    # Nothing refers to a symbol of torch_cuda: it registers its kernels when it is loaded, and a linker that drops
    # unneeded libraries must keep it.
    target_link_libraries(tuneit::torch INTERFACE
      "-Wl,--push-state,--no-as-needed" tuneit::libtorch_cuda tuneit::libc10_cuda "-Wl,--pop-state")
  endif()
  if(cuda)
    # Graphs need CUDA's headers: those of the wheels beside torch, and crt/, which these lack, of a toolkit.
    file(GLOB toolkits "${root}/../nvidia/cu[0-9]*" "${root}/../nvidia/cuda_runtime")
    list(APPEND toolkits "$ENV{CUDA_HOME}" /usr/local/cuda)
    find_path(cuda_headers cuda_runtime_api.h PATHS ${toolkits} PATH_SUFFIXES include NO_DEFAULT_PATH NO_CACHE)
    find_path(cuda_crt crt/host_defines.h PATHS ${toolkits} PATH_SUFFIXES include NO_DEFAULT_PATH NO_CACHE)
    find_library(cuda_runtime NAMES cudart libcudart.so.13 libcudart.so.12 PATHS ${toolkits}
      PATH_SUFFIXES lib lib64 NO_DEFAULT_PATH NO_CACHE)
    if(cuda_headers AND cuda_crt AND cuda_runtime)
      add_library(tuneit::cudart SHARED IMPORTED GLOBAL)
      set_target_properties(tuneit::cudart PROPERTIES IMPORTED_LOCATION "${cuda_runtime}")
      target_include_directories(tuneit::cudart SYSTEM INTERFACE "${cuda_headers}" "${cuda_crt}")
      target_compile_definitions(tuneit::cudart INTERFACE TUNEIT_CUDA)
      # For a program on tuneit::tuneit or tuneit::program: one file more, with which its steps are CUDA graphs.
      add_library(tuneit::cuda INTERFACE IMPORTED GLOBAL)
      target_sources(tuneit::cuda INTERFACE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/cuda_graphs.cpp")
      target_link_libraries(tuneit::cuda INTERFACE tuneit::torch tuneit::cudart)
    endif()
  endif()
  set(TUNEIT_TORCH_ROOT "${root}" PARENT_SCOPE)
  set(TUNEIT_TORCH_VERSION "${version}" PARENT_SCOPE)
  message(STATUS "tuneit: torch ${version} at ${root} (CUDA: ${cuda})")
endfunction()
