# For scripts/check-packaging: what the port calls of vcpkg, by CMake alone.
#   cmake -DVCPKG_LIBRARY_LINKAGE=static -DFEATURES=media -DOUT=folder [-DBUILD=1] -P stand_in.cmake
cmake_minimum_required(VERSION 3.25)
set(CURRENT_PACKAGES_DIR ${OUT}/packages)

function(vcpkg_check_features)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_FEATURE_OPTIONS" "FEATURES")
  set(options)
  while(arg_FEATURES)
    list(POP_FRONT arg_FEATURES feature option)
    if(feature IN_LIST FEATURES)
      list(APPEND options -D${option}=ON)
    else()
      list(APPEND options -D${option}=OFF)
    endif()
  endwhile()
  set(${arg_OUT_FEATURE_OPTIONS} ${options} PARENT_SCOPE)
endfunction()

function(vcpkg_find_acquire_program name)
  find_program(found NAMES pkg-config REQUIRED)
  set(${name} ${found} PARENT_SCOPE)
endfunction()

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
  run(${CMAKE_COMMAND} -S ${arg_SOURCE_PATH} -B ${OUT}/build -G Ninja ${arg_OPTIONS} -DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR}
    -DCMAKE_INSTALL_LIBDIR=lib)
endfunction()

function(vcpkg_cmake_install)
  if(BUILD)
    run(${CMAKE_COMMAND} --build ${OUT}/build)
    run(${CMAKE_COMMAND} --install ${OUT}/build)
  endif()
endfunction()

# What it would move has to be where it says.
function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "PACKAGE_NAME;CONFIG_PATH" "")
  if(BUILD AND NOT EXISTS ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/${arg_PACKAGE_NAME}Config.cmake)
    message(FATAL_ERROR "no ${arg_PACKAGE_NAME}Config.cmake in ${arg_CONFIG_PATH}")
  endif()
endfunction()

function(vcpkg_fixup_pkgconfig)
  if(BUILD AND NOT EXISTS ${CURRENT_PACKAGES_DIR}/lib/pkgconfig/tincan.pc)
    message(FATAL_ERROR "no tincan.pc in lib/pkgconfig")
  endif()
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
  file(COPY ${arg_FILE_LIST} DESTINATION ${OUT})
endfunction()

include(${CMAKE_CURRENT_LIST_DIR}/tincan/portfile.cmake)
