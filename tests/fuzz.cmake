# fuzz/: one file for each reader of bytes from strangers (the *_mutator.cpp mend checksums between a fuzzer's changes).
# Every compiler builds replay_TARGET, which ctest runs over fuzz/found (inputs that once were a fault) and over seeds and
# small changes of them; with -DTUNEIT_FUZZ=ON clang builds fuzz_TARGET too, for scripts/fuzz.
set(fuzz_targets bmp bpe_files charsmap conll csv delta_card exif gif index jpeg json_lines model_card peft_config pickle picture
  plain_text png pnm pth safetensors safetensors_header sentencepiece squad text_table tiff tokenizer webp zip)

function(fuzz_program name)
  add_executable(${name} ${ARGN})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${TUNEIT_BIN}")
  tuneit_own(${name} io)
  if(name MATCHES "^fuzz_")
    target_compile_options(${name} PRIVATE -g1 -fno-omit-frame-pointer
      -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer,address,undefined)
  else()
    target_link_libraries(${name} PRIVATE tuneit_sanitize)
    unoptimised(${name})                          # replayed in a second
    list(APPEND torch_free_targets ${name})
    set(torch_free_targets "${torch_free_targets}" PARENT_SCOPE)
  endif()
endfunction()

set(fuzz_seeds "${CMAKE_CURRENT_BINARY_DIR}/fuzz-seeds")
fuzz_program(make_fuzz_seeds fuzz/make_seeds.cpp)
target_link_libraries(make_fuzz_seeds PRIVATE Catch2::Catch2)
add_test(NAME fuzz/seeds COMMAND make_fuzz_seeds "${fuzz_seeds}")
set_tests_properties(fuzz/seeds PROPERTIES LABELS "unit;torch-free" FIXTURES_SETUP fuzz_seeds)
add_library(fuzz_replay OBJECT fuzz/replay.cpp)
tuneit_own(fuzz_replay io)
unoptimised(fuzz_replay)
target_link_libraries(fuzz_replay PUBLIC tuneit_sanitize)

foreach(target IN LISTS fuzz_targets)
  fuzz_program(replay_${target} fuzz/${target}.cpp $<TARGET_OBJECTS:fuzz_replay>)
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz-run/${target}")
  add_test(NAME fuzz/${target} WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz-run/${target}"
    COMMAND replay_${target} 200 "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/found/${target}" "${fuzz_seeds}/${target}")
  set_tests_properties(fuzz/${target} PROPERTIES LABELS "unit;torch-free" FIXTURES_REQUIRED fuzz_seeds TIMEOUT 120)
  if(TUNEIT_FUZZ)
    set(mutator "")
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/${target}_mutator.cpp")
      set(mutator fuzz/${target}_mutator.cpp)
    endif()
    fuzz_program(fuzz_${target} fuzz/${target}.cpp ${mutator})
  endif()
endforeach()

# Ours against the reference reader of safetensors, on mutated files (skipped where Python has no safetensors). The whole
# run: tests/fuzz/differential.py build/bin/safetensors_verdicts 100000
fuzz_program(safetensors_verdicts fuzz/safetensors_verdicts.cpp)
set(fuzz_python "${PROJECT_SOURCE_DIR}/.venv/bin/python")
if(EXISTS "${fuzz_python}")
  add_test(NAME fuzz/differential COMMAND "${fuzz_python}" "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/differential.py"
    $<TARGET_FILE:safetensors_verdicts> 5000)
  set_tests_properties(fuzz/differential PROPERTIES LABELS parity SKIP_RETURN_CODE 77)
endif()
