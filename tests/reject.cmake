# reject/NAME.cpp must not compile, and reject/NAME_twin.cpp, which differs in one thing, must. See reject/check.cmake.
function(reject_name compiler result)
  get_filename_component(name "${compiler}" NAME)
  if(name STREQUAL "c++")
    string(TOLOWER "${CMAKE_CXX_COMPILER_ID}" name)
  endif()
  set(${result} "${name}" PARENT_SCOPE)
endfunction()

file(GLOB reject_sources CONFIGURE_DEPENDS reject/*.cpp)
foreach(compiler "${CMAKE_CXX_COMPILER}" "${second_compiler}")
  if(NOT compiler)
    continue()
  endif()
  reject_name("${compiler}" compiler_name)
  late_with("${compiler}" rejects late)
  set(precompiled "${CMAKE_CURRENT_BINARY_DIR}/reject/${compiler_name}")
  add_test(NAME reject/precompile/${compiler_name} COMMAND ${CMAKE_COMMAND} "-DCOMPILER=${compiler}"
    "-DINCLUDE=${PROJECT_SOURCE_DIR}/include" "-DFOLDER=${precompiled}"
    -P "${CMAKE_CURRENT_SOURCE_DIR}/reject/precompile.cmake")
  set_tests_properties(reject/precompile/${compiler_name} PROPERTIES LABELS "torch-free;reject${late}"
    FIXTURES_SETUP precompiled_${compiler_name})
  foreach(source IN LISTS reject_sources)
    get_filename_component(name "${source}" NAME_WE)
    add_test(NAME reject/${name}/${compiler_name} COMMAND ${CMAKE_COMMAND} "-DCOMPILER=${compiler}"
      "-DINCLUDE=${PROJECT_SOURCE_DIR}/include" "-DSOURCE=${source}" "-DPRECOMPILED=${precompiled}"
      -P "${CMAKE_CURRENT_SOURCE_DIR}/reject/check.cmake")
    set_tests_properties(reject/${name}/${compiler_name} PROPERTIES LABELS "torch-free;reject${late}"
      FIXTURES_REQUIRED precompiled_${compiler_name})
  endforeach()
endforeach()
find_program(TUNEIT_PYTHON3 python3 DOC "for the tests of docs/ and tests/compile_time; without packages")
if(TUNEIT_PYTHON3)
  foreach(compiler "${CMAKE_CXX_COMPILER}" ${second_compiler})
    reject_name("${compiler}" compiler_name)
    late_with("${compiler}" rejects late)
    add_test(NAME reject/own_members/${compiler_name}
      COMMAND "${TUNEIT_PYTHON3}" "${CMAKE_CURRENT_SOURCE_DIR}/reject/own_members.py" "${compiler}")
    set_tests_properties(reject/own_members/${compiler_name} PROPERTIES LABELS "torch-free;reject${late}" TIMEOUT 900)
  endforeach()
endif()
