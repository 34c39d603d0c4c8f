// Does the part for GPUs compile, and are all names there? It runs on GPUs only.
#include <tuneit/ranks/group.hpp>

int main() { return tuneit::ranks::group() == nullptr ? 0 : 1; }
