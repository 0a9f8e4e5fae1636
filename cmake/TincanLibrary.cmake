# What a user gets: the headers under tincan/, the floors as tincan::sdp and so on, tincan::tincan for all of them, as
# static libraries or one shared one, a CMake package, a pkg-config file and a Debian package.

# Headers as users see them, kept fresh by the build.
set(TINCAN_PUBLIC_HEADERS ${PROJECT_BINARY_DIR}/include)
file(GLOB_RECURSE tincan_header_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.h)
foreach(floor base crypto stun sdp ice dtls rtp sctp media session stack net devices)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${floor}/*.h)
  list(APPEND tincan_header_files ${headers})
endforeach()
add_custom_command(OUTPUT ${TINCAN_PUBLIC_HEADERS}/stamp
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DOUT=${TINCAN_PUBLIC_HEADERS}
          -P ${PROJECT_SOURCE_DIR}/cmake/TincanHeaders.cmake
  DEPENDS ${tincan_header_files} ${PROJECT_SOURCE_DIR}/cmake/TincanHeaders.cmake
  VERBATIM COMMENT "Writing the headers as users see them")
add_custom_target(tincan_headers DEPENDS ${TINCAN_PUBLIC_HEADERS}/stamp)

# tincan_shared(): libtincan.so, all floors in one. Only names of the namespace tincan leave it (cmake/tincan.map).
function(tincan_shared)
  set(empty ${PROJECT_BINARY_DIR}/tincan_shared.cc)
  file(CONFIGURE OUTPUT ${empty} CONTENT "// The floors are linked in whole.\n" @ONLY)
  add_library(tincan_shared SHARED ${empty})
  list(TRANSFORM TINCAN_LAYERS PREPEND tincan_ OUTPUT_VARIABLE archives)
  list(JOIN archives , joined)
  list(TRANSFORM archives REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE files)
  target_link_options(tincan_shared PRIVATE LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/tincan.map
                      LINKER:-z,defs LINKER:--whole-archive ${files} LINKER:--no-whole-archive)
  set_property(TARGET tincan_shared APPEND PROPERTY LINK_DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/tincan.map)
  add_dependencies(tincan_shared ${archives})
  # What the floors need from outside follows them on the command line.
  foreach(layer ${TINCAN_LAYERS})
    get_property(private GLOBAL PROPERTY TINCAN_PRIVATE_${layer})
    target_link_libraries(tincan_shared PRIVATE ${private})
  endforeach()
  target_include_directories(tincan_shared INTERFACE
    $<BUILD_INTERFACE:${TINCAN_PUBLIC_HEADERS}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(tincan_shared INTERFACE cxx_std_20)
  # Before 1.0 a minor version may break what is linked (semver.org §4).
  set_target_properties(tincan_shared PROPERTIES OUTPUT_NAME tincan EXPORT_NAME tincan VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()

# tincan_library(): tincan::tincan and the installation.
function(tincan_library)
  include(CMakePackageConfigHelpers)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/tincan)

  # Links all floors; inside the house what needs them all links this.
  add_library(tincan_all INTERFACE)
  list(TRANSFORM TINCAN_LAYERS PREPEND tincan_ OUTPUT_VARIABLE floors)
  target_link_libraries(tincan_all INTERFACE ${floors})
  set_target_properties(tincan_all PROPERTIES EXPORT_NAME tincan)
  if(TINCAN_SHARED)
    tincan_shared()
    add_library(tincan::tincan ALIAS tincan_shared)
    install(TARGETS tincan_shared EXPORT tincanTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  else()
    add_library(tincan::tincan ALIAS tincan_all)
    install(TARGETS tincan_all ${floors} EXPORT tincanTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    foreach(outside tincan_ipsec_mb tincan_codecs tincan_asio tincan_ffmpeg)
      if(TARGET ${outside})
        install(TARGETS ${outside} EXPORT tincanTargets)
      endif()
    endforeach()
  endif()

  # The package says of each floor what is below it, and finds what that needs from outside.
  set(TINCAN_TABLE "")
  foreach(layer ${TINCAN_LAYERS})
    get_property(links GLOBAL PROPERTY TINCAN_LINKS_${layer})
    string(APPEND TINCAN_TABLE "set(_tincan_below_${layer} ${links})\n")
  endforeach()
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tincanConfig.cmake.in ${PROJECT_BINARY_DIR}/tincanConfig.cmake
                                INSTALL_DESTINATION ${package})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/tincanConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(EXPORT tincanTargets NAMESPACE tincan:: DESTINATION ${package})
  install(FILES ${PROJECT_BINARY_DIR}/tincanConfig.cmake ${PROJECT_BINARY_DIR}/tincanConfigVersion.cmake
          DESTINATION ${package})
  list(JOIN TINCAN_LAYERS "|" any)
  install(DIRECTORY ${TINCAN_PUBLIC_HEADERS}/tincan DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

  # pkg-config: the archives from the top down, so that each finds what it asks for in those after it.
  set(TINCAN_PC_LIBS "-ltincan")
  set(TINCAN_PC_REQUIRES "")
  if(NOT TINCAN_SHARED)
    set(names ${TINCAN_LAYERS})
    list(REVERSE names)
    list(TRANSFORM names PREPEND -ltincan_)
    list(JOIN names " " TINCAN_PC_LIBS)
    if(IPSEC_MB_LIBRARY AND TARGET tincan_ipsec_mb)
      string(APPEND TINCAN_PC_LIBS " -lIPSec_MB")
    endif()
    string(APPEND TINCAN_PC_LIBS "${TINCAN_CODEC_PC_LIBS} -pthread")
    if(TARGET tincan_net)
      list(APPEND TINCAN_PC_REQUIRES libssl)
    endif()
    if(TARGET tincan_crypto)
      list(APPEND TINCAN_PC_REQUIRES libcrypto)
    endif()
    list(APPEND TINCAN_PC_REQUIRES ${TINCAN_CODEC_MODULES})
    list(JOIN TINCAN_PC_REQUIRES " " TINCAN_PC_REQUIRES)
  endif()
  # Found from where the file itself lies, whatever prefix it was installed in.
  file(RELATIVE_PATH TINCAN_PC_UP ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  foreach(folder LIBDIR INCLUDEDIR)
    set(TINCAN_PC_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
      set(TINCAN_PC_${folder} ${CMAKE_INSTALL_${folder}})
    endif()
  endforeach()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/tincan.pc.in ${PROJECT_BINARY_DIR}/tincan.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/tincan.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

  if(PROJECT_IS_TOP_LEVEL)
    set(CPACK_GENERATOR DEB)
    set(CPACK_PACKAGE_NAME tincan)
    set(CPACK_PACKAGE_CONTACT "the tincan authors <tincan@localhost>")
    set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
    set(CPACK_STRIP_FILES ON)
    set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
    set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
    set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
    if(TINCAN_HAVE_FFMPEG)  # loaded when it is needed, so that nobody else finds the dependency
      string(REGEX MATCH "^[0-9]+" major "${TINCAN_PKG_FFMPEG_libavdevice_VERSION}")
      set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libavdevice${major}")
    endif()
    if(NOT TINCAN_SHARED)  # who links the archives links these too
      list(JOIN TINCAN_CODEC_PACKAGES ", " codecs)
      set(CPACK_DEBIAN_PACKAGE_DEPENDS "libssl-dev, ${codecs}")
      if(IPSEC_MB_LIBRARY)
        string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", libipsec-mb-dev")
      endif()
    endif()
    include(CPack)
  endif()
endfunction()
