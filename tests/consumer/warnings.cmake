# A project whose warnings are errors. Headers of ours that come by plain -I (a folder of this project, or no CMake at
# all) are read with them, and so are all templates that this project instantiates; LibTorch's come by -isystem.
# warned(TARGET): no warning in it
function(warned target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wpedantic
    -Wold-style-cast -Wnon-virtual-dtor -Werror)
endfunction()

# readme_programs(README DIR RESULT): the programs of README.md, each in a file of DIR; their names without .cpp
function(readme_programs readme directory result)
  file(READ "${readme}" text)
  string(REPLACE ";" "\\;" text "${text}")
  string(REGEX REPLACE "\n```cpp\n" "<code>" text "${text}")   # CMake has no regular expression for "until ```"
  set(found "")
  set(number 0)
  while(text MATCHES "<code>")
    string(FIND "${text}" "<code>" at)
    math(EXPR at "${at} + 6")
    string(SUBSTRING "${text}" ${at} -1 text)
    string(FIND "${text}" "\n```" end)
    string(SUBSTRING "${text}" 0 ${end} code)
    if(code MATCHES "int main")
      math(EXPR number "${number} + 1")
      string(REPLACE "\\;" ";" code "${code}")
      file(CONFIGURE OUTPUT "${directory}/readme_${number}.cpp" CONTENT "${code}\n" @ONLY)
      list(APPEND found readme_${number})
    endif()
  endwhile()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()
