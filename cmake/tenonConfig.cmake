include(${CMAKE_CURRENT_LIST_DIR}/tenonTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/cmake/models.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/cmake/wasi_nn.cmake)
