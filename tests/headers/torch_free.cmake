# Fails if a header of HEADERS, compiled with COMPILER, reads a file of LibTorch.
foreach(header IN LISTS HEADERS)
  execute_process(COMMAND "${COMPILER}" -std=c++20 -M -x c++ -I "${INCLUDE}" "${header}"
    OUTPUT_VARIABLE read ERROR_VARIABLE errors RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(SEND_ERROR "${header} does not compile without LibTorch:\n${errors}")
    continue()
  endif()
  string(REPLACE "${INCLUDE}/" "" read "${read}")   # the checkout may well lie in a folder called torch
  string(REGEX MATCHALL "[^ \n]*/(ATen|c10|torch|caffe2)/[^ \n]*" found "${read}")
  if(found)
    list(GET found 0 first)
    message(SEND_ERROR "${header} includes LibTorch: ${first}")
  endif()
endforeach()
