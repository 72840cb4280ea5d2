# Fails, and removes it, if a module still imports from WASI-NN: cmake -DMODULE=FILE.wasm -P no_import.cmake. With a header
# whose names nobody defines the linker is content all the same, and the imports stay.
file(READ ${MODULE} content HEX)
string(HEX wasi_ephemeral_nn name)
string(FIND "${content}" "11${name}" at) # after its length
if(NOT at EQUAL -1)
  file(REMOVE ${MODULE})
  message(FATAL_ERROR "${MODULE} still imports functions of wasi_ephemeral_nn: its header calls them neither load, "
    "nor wasi_nn_load, nor wasi_ephemeral_nn_load, and so on, which are the names that there are")
endif()
