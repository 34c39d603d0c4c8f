# Against PyTorch. Python makes files, the program `parity` reads and writes files, Python checks those.
#   parity/make_X.py OUT/X      runs before; likewise io_files.py (OUT/io) and data_pictures.py (OUT/data)
#   parity/*.cpp                the program, an entry for each file; OUT is in the environment, TUNEIT_PARITY_DIR
#   parity/recipe/*.cpp         likewise, a program without LibTorch: what recipes decide
#   parity/check_X.py OUT/X     runs after
# Every script begins with `import oracle`: what PyTorch computes there is pinned, the same on every make of processor.
# A line "// needs: io resnets" among the first of a .cpp names the makers it waits for ("# needs: test_io" in a check:
# the tests); without it, it waits for all of them.
set(TUNEIT_PYTHON "${PROJECT_SOURCE_DIR}/.venv/bin/python" CACHE FILEPATH
  "Python with torch, torchvision and the other oracles; scripts/setup --tests makes it")
set(parity_dir "${PROJECT_BINARY_DIR}/parity")
if(NOT EXISTS "${TUNEIT_PYTHON}")
  message(STATUS "tuneit: no ${TUNEIT_PYTHON}, so no tests against PyTorch (scripts/setup --tests installs it)")
  return()
endif()

# The names after "needs:" in FILE, each with PREFIX before it; ALL if there is no such line.
function(read_needs file prefix all result)
  file(STRINGS "${file}" lines LIMIT_COUNT 8 REGEX "^(//|#) needs:")
  if(NOT lines)
    set(${result} "${all}" PARENT_SCOPE)
    return()
  endif()
  string(REGEX REPLACE "^(//|#) needs: *" "" names "${lines}")
  separate_arguments(names)
  list(TRANSFORM names PREPEND "${prefix}")
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

function(python_entry entry script directory)
  file(MAKE_DIRECTORY "${directory}")
  file(STRINGS "${script}" pinned REGEX "^import oracle")
  if(NOT pinned)
    message(FATAL_ERROR "${script} has no line 'import oracle': without it what it computes depends on the processor")
  endif()
  add_test(NAME ${entry} COMMAND "${TUNEIT_PYTHON}" "${script}" "${directory}")
  set_tests_properties(${entry} PROPERTIES LABELS parity TIMEOUT 900 SKIP_RETURN_CODE 77
    ENVIRONMENT "OMP_NUM_THREADS=1;OMP_WAIT_POLICY=passive;TUNEIT_PARITY_DIR=${parity_dir};TUNEIT_BIN=${TUNEIT_BIN};PYTHONPATH=${CMAKE_CURRENT_SOURCE_DIR}/parity")
endfunction()

set(all_made "")
file(GLOB scripts CONFIGURE_DEPENDS parity/make_*.py parity/io_files.py parity/data_pictures.py)
foreach(script IN LISTS scripts)
  get_filename_component(stem "${script}" NAME_WE)
  string(REGEX REPLACE "^make_|_files$|_pictures$" "" name "${stem}")
  python_entry(parity/${stem} "${script}" "${parity_dir}/${name}")
  set_tests_properties(parity/${stem} PROPERTIES FIXTURES_SETUP made_${name})
  list(APPEND all_made made_${name})
endforeach()

file(GLOB sources CONFIGURE_DEPENDS parity/*.cpp)
catch_program(parity tuneit 16000 ${sources})
file(GLOB sources CONFIGURE_DEPENDS parity/recipe/*.cpp)
catch_program(parity_recipe recipe 40000 ${sources})
tuneit_program(tokenise io parity/text/tokenise.cpp)   # what check_tokenisers.py and check_text_models.py ask
unoptimised(tokenise)
set(all_ran "")
foreach(entry IN LISTS parity_entries parity_recipe_entries)
  read_needs("${CMAKE_CURRENT_SOURCE_DIR}/${entry}.cpp" made_ "${all_made}" needs)
  get_filename_component(stem "${entry}" NAME)
  set_tests_properties(${entry} PROPERTIES LABELS parity FIXTURES_REQUIRED "${needs}" FIXTURES_SETUP ran_${stem}
    ENVIRONMENT "OMP_NUM_THREADS=1;TUNEIT_PARITY_DIR=${parity_dir};TUNEIT_BIN=${TUNEIT_BIN}")
  list(APPEND all_ran ran_${stem})
endforeach()

file(GLOB scripts CONFIGURE_DEPENDS parity/check_*.py)
set(parity_after ${parity_entries} ${parity_recipe_entries})   # before the same is run under other instruction sets
foreach(script IN LISTS scripts)
  get_filename_component(stem "${script}" NAME_WE)
  string(REGEX REPLACE "^check_" "" name "${stem}")
  python_entry(parity/${stem} "${script}" "${parity_dir}/${name}")
  read_needs("${script}" ran_ "${all_ran}" needs)
  set_tests_properties(parity/${stem} PROPERTIES FIXTURES_REQUIRED "${needs}")
  if(stem STREQUAL "check_text_program")
    set_tests_properties(parity/${stem} PROPERTIES LABELS "parity;late;late_programs")
  endif()
  list(APPEND parity_after parity/${stem})
endforeach()
