# What is equal to PyTorch is so on every make of processor: the tests that compare with it once more, under the
# instruction sets that MKL, ATen, oneDNN and our kernels choose from (ctest -L processors). The oracle's files are those of
# parity.cmake, which are pinned (parity/oracle.py); what moves here is the LibTorch below tuneit.
#   TUNEIT_ALL_PROCESSORS=ON   every test of the programs parity and unit_torch, instead of those named below
option(TUNEIT_ALL_PROCESSORS "run all tests against PyTorch under every instruction set, not a chosen few" OFF)

add_library(intel_mkl MODULE processors/intel_mkl.cpp)
set_target_properties(intel_mkl PROPERTIES PREFIX "" RUNTIME_OUTPUT_DIRECTORY "${TUNEIT_BIN}")

# Those whose bounds are bits or a few roundings, and that take seconds; with vectors of 512 bits, where most has moved, also
# whole networks (a minute and a half of processor time).
set(parity_chosen test_augment test_losses test_optimizers test_regularizers)
set(unit_chosen test_backward test_forward test_kernels test_loss test_optimizer test_regularizers)

# processor_tests(NAME "ENVIRONMENT")
function(processor_tests name environment)
  foreach(program parity unit_torch)
    set(tags "")
    set(chosen "${unit_chosen}")
    if(program STREQUAL "parity")
      set(chosen "${parity_chosen}")
      if(name STREQUAL "intel_avx512")
        list(APPEND chosen test_networks)
      endif()
    endif()
    if(NOT TUNEIT_ALL_PROCESSORS)
      foreach(tag IN LISTS chosen)
        string(APPEND tags "[#${tag}],")
      endforeach()
    endif()
    set(entry processors/${name}/${program})
    add_test(NAME ${entry} COMMAND ${program} -\# ${tags} --use-colour no)
    set_tests_properties(${entry} PROPERTIES LABELS "processors;late;late_processors" PROCESSORS 2 TIMEOUT 3600
      ENVIRONMENT "TUNEIT_PARITY_DIR=${parity_dir};TUNEIT_BIN=${TUNEIT_BIN};${environment}")
  endforeach()
  # it writes files that checks of parity.cmake read
  set_tests_properties(processors/${name}/parity PROPERTIES
    FIXTURES_REQUIRED "${all_made}" DEPENDS "${parity_after}" RESOURCE_LOCK parity_files)
endfunction()

set(intel "LD_PRELOAD=$<TARGET_FILE:intel_mkl>")
processor_tests(plain "MKL_CBWR=COMPATIBLE;ATEN_CPU_CAPABILITY=default;ONEDNN_MAX_CPU_ISA=SSE41;TUNEIT_TEST_ISA=plain")
processor_tests(intel_avx2
  "${intel};MKL_ENABLE_INSTRUCTIONS=AVX2;ATEN_CPU_CAPABILITY=avx2;ONEDNN_MAX_CPU_ISA=AVX2;TUNEIT_TEST_ISA=avx2")
# A processor without what is named runs what it has.
processor_tests(intel_avx512 "${intel};MKL_ENABLE_INSTRUCTIONS=AVX512;ATEN_CPU_CAPABILITY=avx512;ONEDNN_MAX_CPU_ISA=AVX512_CORE")
processor_tests(intel_amx "${intel};ONEDNN_MAX_CPU_ISA=AVX512_CORE_AMX")

# The oracle makes the same under all of them: its grids were what once moved.
foreach(which plain intel)
  set(entry processors/oracle/${which})
  add_test(NAME ${entry} COMMAND "${TUNEIT_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/processors/grids.py"
    "${CMAKE_CURRENT_BINARY_DIR}/grids_${which}.txt")
  set_tests_properties(${entry} PROPERTIES LABELS "processors;late;late_processors" TIMEOUT 600 FIXTURES_SETUP grids
    ENVIRONMENT "PYTHONPATH=${CMAKE_CURRENT_SOURCE_DIR}/parity;$<$<STREQUAL:${which},intel>:${intel}>")
endforeach()
add_test(NAME processors/oracle/same COMMAND ${CMAKE_COMMAND} -E compare_files
  "${CMAKE_CURRENT_BINARY_DIR}/grids_plain.txt" "${CMAKE_CURRENT_BINARY_DIR}/grids_intel.txt")
set_tests_properties(processors/oracle/same PROPERTIES LABELS "processors;late;late_processors" FIXTURES_REQUIRED grids)
