# From the checkout that this port lies in: no release has an archive yet.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

# Each library is asked for or left out by name: what the machine has beside vcpkg must not get in.
vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS FEATURES media TINCAN_MEDIA)
if("media" IN_LIST FEATURES)
  vcpkg_find_acquire_program(PKGCONFIG)
  list(APPEND FEATURE_OPTIONS "-DPKG_CONFIG_EXECUTABLE=${PKGCONFIG}")
  foreach(library AOM DAV1D OPENH264 OPUS PNG VPX YUV)
    list(APPEND FEATURE_OPTIONS -DTINCAN_${library}=ON)
  endforeach()
  list(APPEND FEATURE_OPTIONS -DTINCAN_SPANDSP=OFF -DTINCAN_FFMPEG=OFF)
endif()
string(COMPARE EQUAL "${VCPKG_LIBRARY_LINKAGE}" "dynamic" SHARED)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS ${FEATURE_OPTIONS} -DTINCAN_SHARED=${SHARED} -DTINCAN_IPSEC_MB=OFF
    -DTINCAN_TESTS=OFF -DTINCAN_APPS=OFF -DTINCAN_WERROR=OFF -DTINCAN_PCH=OFF
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME tincan CONFIG_PATH lib/cmake/tincan)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
