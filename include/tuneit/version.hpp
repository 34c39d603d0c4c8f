#pragma once
// The one place where the version is written; CMake reads it from here.
#define TUNEIT_VERSION_MAJOR 0
#define TUNEIT_VERSION_MINOR 1
#define TUNEIT_VERSION_PATCH 0
