# Installs the headers and the files that find_package(tenon CONFIG) reads. Nothing in them depends
# on the processor, so one installed tree serves native programs and guests.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_DATADIR}/cmake/tenon)
install(TARGETS tenon EXPORT tenon FILE_SET HEADERS)
install(EXPORT tenon NAMESPACE tenon:: FILE tenonConfig.cmake DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/tenonConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tenonConfigVersion.cmake DESTINATION ${package_folder})
