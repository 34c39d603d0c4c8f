# Compiles recipes.cpp with COMPILER and compares what it prints with fingerprints.txt, which both compilers must print.
execute_process(COMMAND "${COMPILER}" -std=c++20 -I "${INCLUDE}" "${SOURCE}/recipes.cpp" -o "${PROGRAM}"
  ERROR_VARIABLE errors RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "it does not compile:\n${errors}")
endif()
execute_process(COMMAND "${PROGRAM}" OUTPUT_FILE "${PROGRAM}.txt" ERROR_VARIABLE errors RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "two recipes are equal by accident, or differ in one way alone:\n${errors}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files "${PROGRAM}.txt" "${SOURCE}/fingerprints.txt" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM}.txt is not fingerprints.txt. Files of trainings carry fingerprints: if they shall change, \
scripts/fingerprints writes the file anew.")
endif()
