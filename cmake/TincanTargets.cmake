# One function for each kind of target, so that a new file needs no line of CMake: sources are globbed by folder.

add_library(tincan_flags INTERFACE)
target_compile_features(tincan_flags INTERFACE cxx_std_20)
target_compile_options(tincan_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2
  $<$<BOOL:${TINCAN_WERROR}>:-Werror>
  # At -O3 g++ 12 sees overflows inside std::vector and std::string that are not there (GCC bug 105329 and its kin).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-restrict;-Wno-free-nonheap-object;-Wno-maybe-uninitialized>)
if(TINCAN_SANITIZE)
  add_compile_options(-fsanitize=${TINCAN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TINCAN_SANITIZE})
endif()

set(TINCAN_LAYERS "" CACHE INTERNAL "")

# tincan_layer(NAME LINKS layer… PRIVATE library…): the static library tincan_NAME from NAME/**.cc.
function(tincan_layer name)
  cmake_parse_arguments(ARG "" "" "LINKS;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cc)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.h)
  list(TRANSFORM ARG_LINKS PREPEND tincan_)
  if(sources)
    add_library(tincan_${name} STATIC ${sources} ${headers})
    target_include_directories(tincan_${name} PUBLIC
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/tincan>)
    target_link_libraries(tincan_${name} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:tincan_flags>)
  else()
    add_library(tincan_${name} INTERFACE)
    target_include_directories(tincan_${name} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
    target_link_libraries(tincan_${name} INTERFACE ${ARG_LINKS})
  endif()
  set_target_properties(tincan_${name} PROPERTIES EXPORT_NAME ${name})
  set(TINCAN_LAYERS ${TINCAN_LAYERS} ${name} CACHE INTERNAL "")
endfunction()

# tincan_test(NAME): the GoogleTest program NAME_test from tests/NAME/**_test.cc and the helpers beside them.
# LINKS: what it tests, and the references it is compared with.
function(tincan_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  if(NOT sources)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE ${ARG_LINKS} GTest::gtest_main GTest::gmock tincan_flags)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name}_test PRIVATE TINCAN_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
                                                  TINCAN_FUZZ_CORPUS="${PROJECT_SOURCE_DIR}/fuzz/corpus")
  add_test(NAME ${name} COMMAND ${name}_test --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()

# tincan_benches(): bench/X_bench.cc becomes the program X_bench.
function(tincan_benches)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_bench.cc)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE tincan_all tincan_references benchmark::benchmark_main tincan_flags)
  endforeach()
endfunction()

# tincan_fuzzers(): fuzz/X_fuzz.cc becomes the libFuzzer program X_fuzz, seeded from fuzz/corpus/X.
function(tincan_fuzzers)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_fuzz.cc)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE tincan_all tincan_flags)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endforeach()
  # The peer that it scripts is the tests' own.
  set(peer ${PROJECT_SOURCE_DIR}/tests/dtls)
  target_sources(dtls_peer_fuzz PRIVATE ${peer}/scripted_peer.cc ${peer}/key_tap.cc ${peer}/peers.cc)
endfunction()

# tincan_library(): tincan::tincan, what a user links, and its installation: headers under include/tincan, so that both
# <tincan/tincan.h> and the inner "stack/peer_connection.h" are found, and a package for find_package(tincan).
function(tincan_library)
  include(CMakePackageConfigHelpers)
  add_library(tincan_all INTERFACE)
  install(TARGETS tincan_codecs tincan_files tincan_asio tincan_ipsec_mb EXPORT tincanTargets)
  foreach(layer ${TINCAN_LAYERS})
    target_link_libraries(tincan_all INTERFACE tincan_${layer})
    install(TARGETS tincan_${layer} EXPORT tincanTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${layer} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tincan
            FILES_MATCHING PATTERN "*.h")
  endforeach()
  target_include_directories(tincan_all INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(tincan_all INTERFACE cxx_std_20)
  set_target_properties(tincan_all PROPERTIES EXPORT_NAME tincan)
  add_library(tincan::tincan ALIAS tincan_all)

  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/tincan)
  install(TARGETS tincan_all EXPORT tincanTargets)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tincan DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT tincanTargets NAMESPACE tincan:: DESTINATION ${package})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tincanConfig.cmake.in ${PROJECT_BINARY_DIR}/tincanConfig.cmake
                                INSTALL_DESTINATION ${package})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/tincanConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/tincanConfig.cmake ${PROJECT_BINARY_DIR}/tincanConfigVersion.cmake
                ${PROJECT_SOURCE_DIR}/cmake/TincanDependencies.cmake
          DESTINATION ${package})
endfunction()
