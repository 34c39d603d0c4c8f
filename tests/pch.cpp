// Carries the precompiled header of the tests with LibTorch (pch.hpp).
