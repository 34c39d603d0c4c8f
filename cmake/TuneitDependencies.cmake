# What each component of tuneit needs; used by the project itself and by the installed package.
#
#   tuneit_find_dependencies(COMPONENT PROBLEM)    makes the imported targets; sets PROBLEM to "" or to a sentence
#
# recipe: Boost.Hana.  io: pictures, archives, downloads and JSON.  tuneit: LibTorch, Eigen, range-v3.
include(${CMAKE_CURRENT_LIST_DIR}/LocateTorch.cmake)

# An imported target for a header-only or plain library that ships no CMake package of its own.
function(_tuneit_plain_library target header library)
  if(TARGET ${target})
    return()
  endif()
  unset(include_dir)
  unset(location)
  find_path(include_dir ${header} NO_CACHE)
  if(library)
    find_library(location ${library} NO_CACHE)
  endif()
  if(include_dir AND (location OR NOT library))
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_include_directories(${target} SYSTEM INTERFACE "${include_dir}")
    if(library)
      target_link_libraries(${target} INTERFACE "${location}")
    endif()
  endif()
endfunction()

macro(tuneit_find_dependencies component problem)
  set(${problem} "")
  set(_tuneit_missing "")
  if("${component}" STREQUAL "recipe")
    _tuneit_plain_library(tuneit::hana boost/hana.hpp "")
    set(_tuneit_wanted "tuneit::hana|Boost.Hana (boost/hana.hpp)|libboost-dev")
  elseif("${component}" STREQUAL "io")
    find_package(JPEG QUIET)
    find_package(PNG QUIET)
    find_package(nlohmann_json QUIET)
    find_package(CURL QUIET)
    find_package(LibArchive QUIET)
    find_package(OpenSSL QUIET COMPONENTS Crypto)
    _tuneit_plain_library(tuneit::webp webp/decode.h webp)
    _tuneit_plain_library(tuneit::webpdemux webp/demux.h webpdemux)
    _tuneit_plain_library(tuneit::tiff tiffio.h tiff)
    _tuneit_plain_library(tuneit::gif gif_lib.h gif)
    _tuneit_plain_library(tuneit::deflate libdeflate.h deflate)
    _tuneit_plain_library(tuneit::utf8proc utf8proc.h utf8proc)
    set(_tuneit_wanted "JPEG::JPEG|libjpeg|libjpeg-dev" "PNG::PNG|libpng|libpng-dev" "tuneit::webp|libwebp|libwebp-dev"
      "tuneit::webpdemux|libwebpdemux|libwebp-dev" "tuneit::tiff|libtiff|libtiff-dev" "tuneit::gif|giflib|libgif-dev"
      "tuneit::deflate|libdeflate|libdeflate-dev" "tuneit::utf8proc|utf8proc|libutf8proc-dev"
      "nlohmann_json::nlohmann_json|nlohmann/json|nlohmann-json3-dev"
      "CURL::libcurl|libcurl|libcurl4-openssl-dev" "LibArchive::LibArchive|libarchive|libarchive-dev"
      "OpenSSL::Crypto|OpenSSL's libcrypto|libssl-dev")
  else()
    find_package(Threads QUIET)
    find_package(Eigen3 QUIET NO_MODULE)
    find_package(range-v3 QUIET)
    tuneit_locate_torch(${problem})
    set(_tuneit_wanted "Threads::Threads|threads|libc6-dev" "Eigen3::Eigen|Eigen 3|libeigen3-dev"
      "range-v3::range-v3|range-v3|librange-v3-dev")
  endif()
  foreach(_tuneit_entry IN LISTS _tuneit_wanted)
    string(REPLACE "|" ";" _tuneit_entry "${_tuneit_entry}")
    list(GET _tuneit_entry 0 _tuneit_target)
    if(NOT TARGET ${_tuneit_target})
      list(GET _tuneit_entry 1 _tuneit_name)
      list(GET _tuneit_entry 2 _tuneit_package)
      string(APPEND _tuneit_missing "${_tuneit_name} was not found (Debian: ${_tuneit_package}). ")
    endif()
  endforeach()
  if(_tuneit_missing)
    string(PREPEND ${problem} "${_tuneit_missing}")
  endif()
endmacro()
