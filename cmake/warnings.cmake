# tuneit_warnings: what our own programs and tests are compiled with. Never part of the public targets.
add_library(tuneit_warnings INTERFACE)
set(_tuneit_warnings
  -Wall -Wextra           # the usual
  -Wconversion            # a narrowed size or count is a wrong result in a numeric library
  -Wshadow                # an inner name that hides a policy's or layer's parameter
  -Wnon-virtual-dtor      # there should be no virtual functions to begin with
  -Wold-style-cast        # hides what kind of conversion is meant
  -Woverloaded-virtual
  -Wextra-semi
  -Wundef)                # a misspelt macro in #if is silently 0
target_compile_options(tuneit_warnings INTERFACE ${_tuneit_warnings})
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(tuneit_warnings INTERFACE
    -Wno-missing-field-initializers   # designated initialisers that leave the rest at their defaults are our style
    -Wno-subobject-linkage            # said of anonymous namespaces in any file that another includes (tests/together.cmake)
    -Wno-restrict)                    # g++ 12 warns in its own std::string operator+
endif()
if(TUNEIT_WARNINGS_AS_ERRORS)
  target_compile_options(tuneit_warnings INTERFACE -Werror)
endif()
