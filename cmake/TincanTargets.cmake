# One function for each kind of target, so that a new file needs no line of CMake: sources are globbed by folder.

# With a precompiled header, and at -O3, g++ 12 sees overflows inside std::vector and std::string that are not there
# (GCC bug 105329 and its kin).
set(TINCAN_NO_GHOSTS -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict -Wno-free-nonheap-object)

add_library(tincan_flags INTERFACE)
target_compile_features(tincan_flags INTERFACE cxx_std_20)
# Lines for stack traces and profiles, and no more: whole types made 135 MB of it. Debug builds have them.
target_compile_options(tincan_flags INTERFACE $<$<CONFIG:RelWithDebInfo>:-g1;-gz>)
target_link_options(tincan_flags INTERFACE $<$<CONFIG:RelWithDebInfo>:-gz>)
target_compile_options(tincan_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2
  $<$<BOOL:${TINCAN_WERROR}>:-Werror>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:${TINCAN_NO_GHOSTS};-Wno-maybe-uninitialized>)
if(TINCAN_SANITIZE)
  add_compile_options(-fsanitize=${TINCAN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TINCAN_SANITIZE})
endif()

# tincan_precompiled(NAME HEADER… LINKS library…): a precompiled header of the standard library and HEADERs, which the targets share
# that say tincan_precompile(TARGET NAME). None of ours is in it: a file still includes what it uses, and for the library
# the builds that use none would tell. With TESTS (TINCAN_PCH=TESTS has it) it is for the tests.
function(tincan_precompiled name)
  cmake_parse_arguments(ARG "TESTS" "" "LINKS" ${ARGN})
  if(NOT TINCAN_PCH OR (TINCAN_PCH STREQUAL "TESTS" AND NOT ARG_TESTS))
    return()
  endif()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${name}.cc CONTENT "// Holds a precompiled header.\n" @ONLY)
  add_library(${name} OBJECT ${PROJECT_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE tincan_flags ${ARG_LINKS})
  target_precompile_headers(${name} PRIVATE
    <algorithm> <array> <cstddef> <cstdint> <cstring> <deque> <functional> <map> <memory> <optional> <set> <span> <string>
    <string_view> <utility> <variant> <vector> ${ARG_UNPARSED_ARGUMENTS})
  # clang would hold the time of each header against a copy from ccache.
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)
endfunction()

function(tincan_precompile target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE")  # -fPIE, and the header would not do
      target_compile_options(${target} PRIVATE -fPIC)
    endif()
    # ccache's manual: without it g++ hides from the preprocessed text that a precompiled header was used.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess;${TINCAN_NO_GHOSTS}>
      $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)
  endif()
endfunction()

tincan_precompiled(tincan_pch)

# tincan_layer(NAME LINKS layer… PRIVATE library…): notes the floor NAME. They come from the ground up.
set_property(GLOBAL PROPERTY TINCAN_LAYERS)
function(tincan_layer name)
  cmake_parse_arguments(ARG "" "" "LINKS;PRIVATE" ${ARGN})
  set_property(GLOBAL APPEND PROPERTY TINCAN_LAYERS ${name})
  set_property(GLOBAL PROPERTY TINCAN_LINKS_${name} ${ARG_LINKS})
  set_property(GLOBAL PROPERTY TINCAN_PRIVATE_${name} ${ARG_PRIVATE})
endfunction()

# tincan_layers(): the static library tincan_NAME from NAME/**.cc, and its alias tincan::NAME, for the floors of
# TINCAN_FLOORS and those below, with what they need from outside. Leaves the floors in TINCAN_LAYERS.
macro(tincan_layers)
  get_property(all GLOBAL PROPERTY TINCAN_LAYERS)
  set(wanted ${TINCAN_FLOORS})
  if(NOT wanted)
    set(wanted ${all})
  endif()
  foreach(layer ${wanted})
    if(NOT layer IN_LIST all)
      message(FATAL_ERROR "TINCAN_FLOORS: there is no floor \"${layer}\"; they are: ${all}")
    endif()
    get_property(below GLOBAL PROPERTY TINCAN_LINKS_${layer})
    list(APPEND wanted ${below})
  endforeach()
  foreach(layer ${wanted})  # once more: stack's floors have floors below them
    get_property(below GLOBAL PROPERTY TINCAN_LINKS_${layer})
    list(APPEND wanted ${below})
  endforeach()
  set(TINCAN_LAYERS "")
  foreach(layer ${all})
    if(layer IN_LIST wanted)
      list(APPEND TINCAN_LAYERS ${layer})
      if(COMMAND tincan_needs_${layer})
        cmake_language(CALL tincan_needs_${layer})
      endif()
      tincan_add_layer(${layer})
    endif()
  endforeach()
endmacro()

function(tincan_add_layer name)
  get_property(links GLOBAL PROPERTY TINCAN_LINKS_${name})
  get_property(private GLOBAL PROPERTY TINCAN_PRIVATE_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cc)
  if(name STREQUAL "media")
    foreach(absent ${TINCAN_CODEC_ABSENT})
      list(FILTER sources EXCLUDE REGEX "/media/codec/${absent}/")
    endforeach()
    # The files that ask, so that with and without codecs share all other objects.
    set_source_files_properties(${PROJECT_SOURCE_DIR}/media/codec/built_in_codecs.cc
      ${PROJECT_SOURCE_DIR}/media/png_writer.cc ${PROJECT_SOURCE_DIR}/media/video_scaler.cc PROPERTIES COMPILE_DEFINITIONS "${TINCAN_CODEC_DEFINITIONS}")
  endif()
  if(name STREQUAL "devices")
    if(TINCAN_HAVE_FFMPEG)
      set_source_files_properties(${PROJECT_SOURCE_DIR}/devices/devices.cc PROPERTIES COMPILE_DEFINITIONS TINCAN_HAVE_FFMPEG)
    else()
      list(FILTER sources EXCLUDE REGEX "/devices/ffmpeg/")
    endif()
  endif()
  list(TRANSFORM links PREPEND tincan_)
  add_library(tincan_${name} STATIC ${sources})
  add_library(tincan::${name} ALIAS tincan_${name})
  target_include_directories(tincan_${name} INTERFACE
    $<BUILD_INTERFACE:${TINCAN_PUBLIC_HEADERS}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(tincan_${name} PUBLIC cxx_std_20)
  target_link_libraries(tincan_${name} PUBLIC ${links} PRIVATE ${private} $<BUILD_INTERFACE:tincan_flags>)
  set_target_properties(tincan_${name} PROPERTIES EXPORT_NAME ${name})
  tincan_precompile(tincan_${name} tincan_pch)
  add_dependencies(tincan_${name} tincan_headers)
endfunction()

# tincan_unite(OUT SOURCES NAME): in place of each TINCAN_TESTS_TOGETHER of the _test.cc of NAME one file that has them all.
# g++ 12 instantiates anew in each file what gtest's inline functions need, precompiled or not: that is a second of CPU, and
# as much again are the headers and the comparisons that the files have in common.
function(tincan_unite out sources name)
  set(alone ${sources})
  list(FILTER alone EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources INCLUDE REGEX "_test\\.cc$")
  set(made "")
  set(number 0)
  while(sources)
    list(SUBLIST sources 0 ${TINCAN_TESTS_TOGETHER} batch)
    list(REMOVE_ITEM sources ${batch})
    math(EXPR number "${number} + 1")
    set(united ${CMAKE_CURRENT_BINARY_DIR}/united/${name}_${number}.cc)
    list(JOIN batch "|" files)
    add_custom_command(OUTPUT ${united}
      COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DOUT=${united} "-DFILES=${files}" -P ${PROJECT_SOURCE_DIR}/cmake/TincanUnite.cmake
      DEPENDS ${batch} ${PROJECT_SOURCE_DIR}/cmake/TincanUnite.cmake
      VERBATIM COMMENT "Putting tests of ${name} together")
    list(APPEND made ${united})
  endwhile()
  # A command of NAME_test alone would wait for all that NAME_test links.
  add_custom_target(${name}_united DEPENDS ${made})
  # In builds with sanitizers (CONFIG Debug) these files took 26 s of CPU each at the library's -O1, and 10 so.
  set_source_files_properties(${made} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Debug>:-O0>)
  set(${out} ${alone} ${made} PARENT_SCOPE)
endfunction()

# tincan_test(NAME): the GoogleTest program NAME_test from tests/NAME/**_test.cc and the helpers beside them.
# LINKS: what it tests, and the references it is compared with. SHARDS: so many runs side by side, each of some tests.
function(tincan_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT;SHARDS" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  if(NOT sources)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(TINCAN_TESTS_TOGETHER GREATER 1)
    tincan_unite(sources "${sources}" ${name})
  endif()
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE ${ARG_LINKS} GTest::gtest_main GTest::gmock tincan_test_paths tincan_flags)
  # The tests' own code is not what takes the time when they run; with -O1 it takes a third less to compile.
  target_compile_options(${name}_test PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
  tincan_precompile(${name}_test tincan_tests_pch)
  if(NOT ARG_SHARDS)
    set(ARG_SHARDS 1)
  endif()
  math(EXPR last "${ARG_SHARDS} - 1")
  foreach(shard RANGE ${last})
    set(run ${name})
    if(shard GREATER 0)
      set(run ${name}_${shard})
    endif()
    add_test(NAME ${run} COMMAND ${name}_test --gtest_brief=1)
    set_tests_properties(${run} PROPERTIES TIMEOUT ${ARG_TIMEOUT}
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${ARG_SHARDS};GTEST_SHARD_INDEX=${shard}")
  endforeach()
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

# tincan_fuzzers(): fuzz/FLOOR_X_fuzz.cc becomes the libFuzzer program FLOOR_X_fuzz, seeded from fuzz/corpus/FLOOR_X. It
# links that floor alone, so that one target builds in a minute.
function(tincan_fuzzers)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_fuzz.cc)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "_.*" "" floor ${name})
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE tincan_${floor} tincan_flags)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endforeach()
  # The peer that it scripts is the tests' own.
  set(peer ${PROJECT_SOURCE_DIR}/tests/dtls)
  target_sources(dtls_peer_fuzz PRIVATE ${peer}/scripted_peer.cc ${peer}/key_tap.cc ${peer}/peers.cc)
endfunction()
