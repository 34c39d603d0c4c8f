# Every public header compiles alone, and twice: one generated translation unit each, which is
# `cmake --build build --target headers_alone` for when headers have moved; that takes twenty minutes of two cores, so that
# headers/includes reads names instead. Those without LibTorch are compiled together, too, in the order of their paths and
# in the opposite one, with our warnings (by the second compiler where there is one).
add_custom_target(headers_alone)
# header_tests(NAME COMPONENT HEADER...)
function(header_tests name component)
  set(units "")
  foreach(header IN LISTS ARGN)
    file(RELATIVE_PATH header "${PROJECT_SOURCE_DIR}/include" "${header}")
    string(MAKE_C_IDENTIFIER "${header}" unit)
    set(unit "${CMAKE_CURRENT_BINARY_DIR}/headers/${unit}.cpp")
    file(CONFIGURE OUTPUT "${unit}" CONTENT "#include <@header@>\n#include <@header@>\n" @ONLY)
    list(APPEND units "${unit}")
  endforeach()
  if(units)
    add_library(${name} OBJECT ${units})
    target_link_libraries(${name} PRIVATE tuneit_${component} tuneit_warnings)
    if(component STREQUAL "tuneit")
      target_precompile_headers(${name} REUSE_FROM narrow_pch)
    endif()
    add_dependencies(headers_alone ${name})
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endfunction()

# headers_together(NAME COMPONENT HEADER...): all of them in two translation units
function(headers_together name component)
  list(SORT ARGN)
  set(units "")
  foreach(order forwards backwards)
    set(text "")
    foreach(header IN LISTS ARGN)
      file(RELATIVE_PATH header "${PROJECT_SOURCE_DIR}/include" "${header}")
      string(APPEND text "#include <${header}>\n")
    endforeach()
    set(unit "${CMAKE_CURRENT_BINARY_DIR}/headers/${name}_${order}.cpp")
    file(CONFIGURE OUTPUT "${unit}" CONTENT "@text@" @ONLY)
    list(APPEND units "${unit}")
    list(REVERSE ARGN)
  endforeach()
  add_library(${name} OBJECT ${units})
  target_link_libraries(${name} PRIVATE tuneit_${component} tuneit_warnings)
  if(second_compiler)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endfunction()

glob_folders(headers "${PROJECT_SOURCE_DIR}/include/tuneit" hpp ${torch_free_folders})
list(FILTER headers EXCLUDE REGEX "meta/macros_(begin|end)\\.hpp$")   # not headers by themselves: what is between them is
file(GLOB umbrella CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/tuneit/recipe.hpp")
header_tests(header_tests_recipe recipe ${headers} ${umbrella})
headers_together(headers_recipe recipe ${headers} ${umbrella})
list(APPEND torch_free_targets headers_recipe)
if(TARGET tuneit_io)
  glob_folders(io_headers "${PROJECT_SOURCE_DIR}/include/tuneit" hpp io text)
  header_tests(header_tests_io io ${io_headers})
  headers_together(headers_io io ${io_headers})
  list(APPEND torch_free_targets headers_io)
endif()
if(TARGET tuneit_tuneit)
  add_library(narrow_pch OBJECT EXCLUDE_FROM_ALL "${PROJECT_SOURCE_DIR}/cmake/pch.cpp")   # of LibTorch alone
  target_link_libraries(narrow_pch PRIVATE tuneit_tuneit tuneit_warnings)
  target_precompile_headers(narrow_pch PRIVATE "${PROJECT_SOURCE_DIR}/cmake/pch.hpp")
  set_target_properties(narrow_pch PROPERTIES CXX_COMPILER_LAUNCHER "")
  glob_folders(headers "${PROJECT_SOURCE_DIR}/include/tuneit" hpp ${torch_folders})
  list(FILTER headers EXCLUDE REGEX "engine/ranks/(step|loop)\\.hpp$")   # with TUNEIT_RANKS only: tests/ranks includes them
  file(GLOB everything CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/tuneit/tuneit.hpp"
    "${PROJECT_SOURCE_DIR}/include/tuneit/train.hpp")
  header_tests(header_tests_torch tuneit ${headers} ${everything})
  find_package(CLI11 QUIET)
  if(CLI11_FOUND)
    glob_folders(app_headers "${PROJECT_SOURCE_DIR}/include/tuneit" hpp app)
    header_tests(header_tests_app tuneit ${app_headers})
    target_link_libraries(header_tests_app PRIVATE CLI11::CLI11)
  endif()
endif()

# No LibTorch in what calls itself torch-free, by the compiler's own list of what it read.
glob_folders(free_headers "${PROJECT_SOURCE_DIR}/include/tuneit" hpp python kernels)
set(roots ${umbrella} ${free_headers})
if(TARGET tuneit_io)
  list(APPEND roots ${io_headers})
endif()
add_test(NAME headers/torch_free COMMAND ${CMAKE_COMMAND} "-DCOMPILER=${CMAKE_CXX_COMPILER}"
  "-DINCLUDE=${PROJECT_SOURCE_DIR}/include" "-DHEADERS=${roots}" -P "${CMAKE_CURRENT_SOURCE_DIR}/headers/torch_free.cmake")
set_tests_properties(headers/torch_free PROPERTIES LABELS torch-free)
if(TARGET tuneit_tuneit)
  # light_header(NAME HEADER OPTIONS SLOW...): HEADER reads nothing that is called like one of SLOW
  function(light_header name header options)
    add_test(NAME headers/${name} COMMAND ${CMAKE_COMMAND} "-DCOMPILER=${CMAKE_CXX_COMPILER}" "-DOPTIONS=${options}"
      "-DINCLUDE=${PROJECT_SOURCE_DIR}/include;$<TARGET_PROPERTY:tuneit::torch,INTERFACE_INCLUDE_DIRECTORIES>"
      "-DHEADER=${PROJECT_SOURCE_DIR}/include/tuneit/${header}" "-DSLOW=${ARGN}"
      -P "${CMAKE_CURRENT_SOURCE_DIR}/headers/light.cmake")
  endfunction()
  set(slow_torch ATen/Context.h ATen/core/ivalue.h ATen/core/dispatch/Dispatcher.h torch/csrc/api)
  light_header(light train.hpp "" ${slow_torch} nlohmann/ range/v3/ Eigen/ jpeglib.h png.h webp/ tiffio.h gif_lib.h
    /filesystem /fstream /condition_variable)
  light_header(light_program app/main.hpp -DTUNEIT_SEPARATE_PROGRAM ${slow_torch} CLI/ Eigen/ jpeglib.h png.h webp/ tiffio.h
    gif_lib.h curl/ include/archive.h tuneit/app/run tuneit/app/options)
endif()

# What users include says in one error that it needs C++20.
foreach(compiler IN ITEMS "${CMAKE_CXX_COMPILER}" ${second_compiler})
  get_filename_component(compiler_name "${compiler}" NAME)
  add_test(NAME headers/cpp17/${compiler_name} COMMAND ${CMAKE_COMMAND} "-DCOMPILER=${compiler}"
    "-DINCLUDE=${PROJECT_SOURCE_DIR}/include"
    "-DHEADERS=recipe.hpp;train.hpp;tuneit.hpp;app/main.hpp;engine/module.hpp;engine/module_network.hpp"
    -P "${CMAKE_CURRENT_SOURCE_DIR}/headers/cpp17.cmake")
  set_tests_properties(headers/cpp17/${compiler_name} PROPERTIES LABELS torch-free)
endforeach()
