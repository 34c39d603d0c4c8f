# How our own programs and tests are built. One precompiled header serves every translation unit that includes LibTorch,
# with headers of ours in it (measured with g++ 12 on a test of the engine: 20 s without it, 11 s with it; made once, 0.7 GB).
# With TUNEIT_WIDE_PCH=OFF only LibTorch is in it: less is compiled anew when a header of ours changes.
option(TUNEIT_WIDE_PCH "the precompiled headers of our own programs and tests contain headers of ours" ON)
mark_as_advanced(TUNEIT_WIDE_PCH)
set(TUNEIT_BIN "${PROJECT_BINARY_DIR}/bin")
include(cmake/inlines_once.cmake)

# g++ marks a precompiled header's half a gigabyte anew whenever it collects garbage, which it does from 128 MB on: a test of
# the engine takes 26 to 33 s with this and 32 to 36 without, and 2 % more memory.
add_library(tuneit_precompiled INTERFACE)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(tuneit_precompiled INTERFACE "SHELL:--param ggc-min-heapsize=2000000")
endif()

# tuneit_own(TARGET COMPONENT [CARRIER]): our warnings, and where LibTorch is used a shared precompiled header, with the
# optimisation that it is for
function(tuneit_own target component)
  set(carrier tuneit_pch)
  if(ARGC GREATER 2)
    set(carrier ${ARGV2})
  endif()
  target_link_libraries(${target} PRIVATE tuneit_${component} tuneit_warnings)
  if(component STREQUAL "tuneit")
    target_link_libraries(${target} PRIVATE tuneit_precompiled)
    target_precompile_headers(${target} REUSE_FROM ${carrier})
    target_compile_options(${target} PRIVATE $<TARGET_PROPERTY:${carrier},TUNEIT_LEVEL>)
    target_link_libraries(${target} PRIVATE $<TARGET_PROPERTY:${carrier},TUNEIT_INLINES>)
  endif()
endfunction()

# tuneit_pch_carrier(NAME DIR HEADER LEVEL...): DIR/pch.hpp precompiled with a header of ours, for others to reuse, at a
# level of optimisation (-O0, where inline functions are compiled once; with options that go with it) in place of the
# build's. What inline
# functions of a header use is instantiated in each file that has it, used or not: an empty file takes g++ 10.5 s with
# tuneit.hpp in the precompiled header, 3.0 s with train.hpp, 2.1 s with LibTorch alone.
function(tuneit_pch_carrier name directory header)
  add_library(${name} OBJECT "${directory}/pch.cpp")
  target_link_libraries(${name} PRIVATE tuneit_tuneit tuneit_warnings tuneit_precompiled)
  set(inlines "")
  if("-O0" IN_LIST ARGN AND TUNEIT_INLINES_INTERFACE)
    set(inlines ${inlines_torch})
    target_precompile_headers(${name} PRIVATE "${TUNEIT_INLINES_INTERFACE}")
  endif()
  target_precompile_headers(${name} PRIVATE "${directory}/pch.hpp")
  if(TUNEIT_WIDE_PCH)
    target_precompile_headers(${name} PRIVATE <tuneit/${header}>)
  endif()
  target_compile_options(${name} PRIVATE ${ARGN})
  set_target_properties(${name} PROPERTIES TUNEIT_LEVEL "${ARGN}" TUNEIT_INLINES "${inlines}")
  set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON CXX_COMPILER_LAUNCHER "")   # half a gigabyte is not for ccache
endfunction()

if(TARGET tuneit_tuneit)
  tuneit_pch_carrier(tuneit_pch "${PROJECT_SOURCE_DIR}/cmake" tuneit.hpp)
  # For what is tried on a few pictures, and takes longer to compile than to run.
  tuneit_pch_carrier(quick_pch "${PROJECT_SOURCE_DIR}/cmake" tuneit.hpp -O0)
endif()

# tuneit_program(NAME COMPONENT SOURCE... [CARRIER NAME]): a program in build/bin on tuneit::recipe, tuneit::io or
# tuneit::tuneit
function(tuneit_program name component)
  cmake_parse_arguments(PARSE_ARGV 2 program "" CARRIER "")
  add_executable(${name} ${program_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${TUNEIT_BIN}")
  tuneit_own(${name} ${component} ${program_CARRIER})
endfunction()

# What our own programs of app/main.hpp have in common, compiled once for all of them.
if(TARGET tuneit_tuneit)
  find_package(CLI11 QUIET)
  if(CLI11_FOUND)
    add_library(own_program STATIC EXCLUDE_FROM_ALL "${PROJECT_SOURCE_DIR}/cmake/separate_program.cpp")
    tuneit_own(own_program tuneit quick_pch)
    target_link_libraries(own_program PUBLIC CLI11::CLI11)
    target_compile_definitions(own_program INTERFACE TUNEIT_SEPARATE_PROGRAM)
  endif()
endif()
