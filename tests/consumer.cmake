# The project in consumer/ is a stranger's. It is built on tuneit as a folder of its own tree, on our build tree, on an
# installed prefix, and, with the recipe component alone, where any look-up of LibTorch would fail.
# consumer_entry(NAME OPTION...)
function(consumer_entry name)
  add_test(NAME consumer/${name} COMMAND ${CMAKE_CTEST_COMMAND}
    --build-and-test "${CMAKE_CURRENT_SOURCE_DIR}/consumer" "${PROJECT_BINARY_DIR}/consumer/${name}"
    --build-generator "${CMAKE_GENERATOR}"
    --build-options "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}" -DCMAKE_BUILD_TYPE=Release
      "-DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}" ${ARGN}
    --test-command ${CMAKE_CTEST_COMMAND} --output-on-failure --no-tests=error)
  set_tests_properties(consumer/${name} PROPERTIES LABELS consumer TIMEOUT 2400 COST 1000   # minutes: first
    ENVIRONMENT "CMAKE_BUILD_PARALLEL_LEVEL=1")
endfunction()

set(stage "${PROJECT_BINARY_DIR}/stage")
add_test(NAME consumer/install COMMAND ${CMAKE_COMMAND} --install "${PROJECT_BINARY_DIR}" --prefix "${stage}")
set_tests_properties(consumer/install PROPERTIES LABELS consumer FIXTURES_SETUP stage)

if(TARGET tuneit_tuneit)
  set(torch "-DTUNEIT_TORCH_DIR=${TUNEIT_TORCH_ROOT}")
  consumer_entry(subdirectory "-DTUNEIT_SOURCE=${PROJECT_SOURCE_DIR}" -DALL_KINDS=ON ${torch})
  if(second_compiler)
    consumer_entry(second_compiler "-DTUNEIT_SOURCE=${PROJECT_SOURCE_DIR}" -DALL_KINDS=ON
      "-DCMAKE_CXX_COMPILER=${second_compiler}" ${torch})
  endif()
  consumer_entry(build_tree "-Dtuneit_DIR=${PROJECT_BINARY_DIR}" ${torch})
  consumer_entry(prefix "-DCMAKE_PREFIX_PATH=${stage}" -DPROGRAM=ON ${torch})
  set_tests_properties(consumer/prefix PROPERTIES FIXTURES_REQUIRED stage)
endif()
consumer_entry(recipe_prefix "-DCMAKE_PREFIX_PATH=${stage}" -DONLY_RECIPE=ON -DTUNEIT_TORCH_DIR=/nonexistent)
consumer_entry(recipe_subdirectory "-DTUNEIT_SOURCE=${PROJECT_SOURCE_DIR}" -DONLY_RECIPE=ON -DTUNEIT_TORCH_DIR=/nonexistent)
set_tests_properties(consumer/recipe_prefix PROPERTIES FIXTURES_REQUIRED stage)
foreach(name subdirectory second_compiler build_tree recipe_subdirectory)   # beside prefix and recipe_prefix
  if(TEST consumer/${name})
    set_tests_properties(consumer/${name} PROPERTIES LABELS "consumer;late;late_consumers")
  endif()
endforeach()
