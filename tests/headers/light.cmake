# Fails if HEADER, compiled with COMPILER and OPTIONS, reads one of SLOW: what is slow to read (seconds, in each translation
# unit of a user) and not needed there.
list(TRANSFORM INCLUDE PREPEND -I)
execute_process(COMMAND "${COMPILER}" -std=c++20 -M -x c++ ${OPTIONS} ${INCLUDE} "${HEADER}"
  OUTPUT_VARIABLE read ERROR_VARIABLE errors RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${HEADER} does not compile:\n${errors}")
endif()
foreach(slow IN LISTS SLOW)
  if(read MATCHES "[^ \n]*${slow}[^ \n]*")
    message(SEND_ERROR "${HEADER} includes ${CMAKE_MATCH_0}")
  endif()
endforeach()
