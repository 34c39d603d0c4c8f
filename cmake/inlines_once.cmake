# Inline functions of ours in tests and examples, compiled once. g++ leaves the inline functions and classes of a file that
# says `#pragma interface` to whoever says `#pragma implementation` of it (the GCC manual, "C++ Interface and Implementation
# Pragmas"); templates stay with who uses them. Said for all our headers at once, in a file that is included before them, so
# that the headers know nothing of it. Without optimisation, where a function that is compiled elsewhere is not looked at, it
# saves a third: a test of the engine takes 36 s of CPU instead of 52 (tests/unit/engine/test_distill.cpp, g++ 12).
#
#   TUNEIT_INLINES_INTERFACE      that file, the first of a precompiled header or of the command line; empty if not g++
#   inlines_io, inlines_torch     libraries of what it leaves out; the second has that of headers with LibTorch
#   unoptimised(TARGET)           a program of tuneit::io that is compiled so, without optimisation
option(TUNEIT_INLINES_ONCE "with g++, inline functions of ours are compiled once for tests and examples" ON)
mark_as_advanced(TUNEIT_INLINES_ONCE)
set(TUNEIT_INLINES_INTERFACE "")
set(inlines_io "")
set(inlines_torch "")
function(unoptimised target)
  target_compile_options(${target} PRIVATE -O0)
  if(TUNEIT_INLINES_INTERFACE AND NOT TUNEIT_SANITIZE)
    target_compile_options(${target} PRIVATE "SHELL:-include ${TUNEIT_INLINES_INTERFACE}")
    target_link_libraries(${target} PRIVATE ${inlines_io})
  endif()
endfunction()
if(NOT TUNEIT_INLINES_ONCE OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU" OR NOT TARGET tuneit_io)
  return()
endif()

set(inlines_folder "${PROJECT_BINARY_DIR}/inlines")
set(torch_free meta verdict net models recipe export kernels io text report)
set(interface "")
foreach(kind io torch)
  set(implementation_${kind} "")
  set(included_${kind} "")
endforeach()
file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/tuneit/*.hpp")
list(FILTER headers EXCLUDE REGEX "/(meta/macros_(begin|end)|app/separate|engine/ranks/.*)[.]hpp$|/tuneit/[a-z]+[.]hpp$")
foreach(header IN LISTS headers)
  file(RELATIVE_PATH name "${PROJECT_SOURCE_DIR}/include" "${header}")
  string(REGEX MATCH "^tuneit/([a-z]+)/" folder "${name}")
  set(kind torch)
  if(CMAKE_MATCH_1 IN_LIST torch_free)
    set(kind io)
  endif()
  string(APPEND interface "#line 1 \"${header}\"\n#pragma interface \"${name}\"\n")
  string(APPEND implementation_${kind} "#pragma implementation \"${name}\"\n")
  string(APPEND included_${kind} "#include <${name}>\n")
endforeach()
set(TUNEIT_INLINES_INTERFACE "${inlines_folder}/interface.hpp")
file(CONFIGURE OUTPUT "${TUNEIT_INLINES_INTERFACE}" CONTENT "@interface@" @ONLY)

# inlines_library(KIND COMPONENT): the library inlines_KIND
function(inlines_library kind component)
  set(text "${implementation_${kind}}#include \"${TUNEIT_INLINES_INTERFACE}\"\n${included_${kind}}")
  if(kind STREQUAL "io")
    string(APPEND text "#include \"${PROJECT_SOURCE_DIR}/cmake/inlines_used.hpp\"\n")
  endif()
  file(CONFIGURE OUTPUT "${inlines_folder}/${kind}.cpp" CONTENT "@text@" @ONLY)
  add_library(inlines_${kind} STATIC EXCLUDE_FROM_ALL "${inlines_folder}/${kind}.cpp")
  target_link_libraries(inlines_${kind} PRIVATE tuneit_${component} tuneit_warnings)
  target_compile_options(inlines_${kind} PRIVATE -O1)
  set(inlines_${kind} inlines_${kind} PARENT_SCOPE)
endfunction()
find_package(Eigen3 REQUIRED NO_MODULE)
inlines_library(io io)
target_link_libraries(inlines_io PRIVATE Eigen3::Eigen)   # of report/
if(TARGET tuneit_tuneit)
  find_package(CLI11 REQUIRED)   # of app/
  inlines_library(torch tuneit)
  target_link_libraries(inlines_torch PRIVATE CLI11::CLI11 INTERFACE inlines_io)
endif()
