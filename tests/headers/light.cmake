# Fails if HEADER, compiled with COMPILER, reads what is slow to read (seconds, in each translation unit of a user) and
# not needed for training.
list(TRANSFORM INCLUDE PREPEND -I)
execute_process(COMMAND "${COMPILER}" -std=c++20 -M -x c++ ${INCLUDE} "${HEADER}"
  OUTPUT_VARIABLE read ERROR_VARIABLE errors RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${HEADER} does not compile:\n${errors}")
endif()
foreach(slow ATen/Context.h ATen/core/ivalue.h ATen/core/dispatch/Dispatcher.h torch/csrc/api nlohmann/ range/v3/ Eigen/
        jpeglib.h png.h webp/ tiffio.h gif_lib.h /filesystem /fstream /condition_variable)
  if(read MATCHES "[^ \n]*${slow}[^ \n]*")
    message(SEND_ERROR "${HEADER} includes ${CMAKE_MATCH_0}")
  endif()
endforeach()
