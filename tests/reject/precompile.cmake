# Precompiles tuneit/recipe.hpp into FOLDER for COMPILER: some 340 programs that must be refused then take a fifth of the
# time. check.cmake includes what lies there.
file(MAKE_DIRECTORY "${FOLDER}")
file(WRITE "${FOLDER}/language.hpp" "#include <tuneit/recipe.hpp>\n")
set(made "${FOLDER}/language.hpp.gch")
if(COMPILER MATCHES "clang")
  set(made "${FOLDER}/language.pch")
endif()
execute_process(COMMAND "${COMPILER}" -std=c++20 -fdiagnostics-color=never -I "${INCLUDE}" -x c++-header "${FOLDER}/language.hpp"
  -o "${made}" COMMAND_ERROR_IS_FATAL ANY)
