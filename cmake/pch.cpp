// Carries the shared precompiled header (pch.hpp); see programs.cmake.
