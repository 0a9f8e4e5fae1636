# apps/examples: build/sfu and build/room; build/perfect_peer, build/classic_peer and build/telephone, with the pages that
# run the same examples built in.
set(example_files ${CMAKE_CURRENT_BINARY_DIR}/example_files.cc)
file(GLOB example_web CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/web/*)
add_custom_command(OUTPUT ${example_files}
  COMMAND ${CMAKE_COMMAND} -DOUT=${example_files} -DROOT=${CMAKE_CURRENT_LIST_DIR}/web -DNAMESPACE=examples
          -DFUNCTION=exampleFiles -DHEADER=apps/examples/web_files.h -P ${CMAKE_CURRENT_SOURCE_DIR}/embed.cmake
  DEPENDS ${example_web} ${CMAKE_CURRENT_SOURCE_DIR}/embed.cmake
  COMMENT "Embedding the examples' pages")

add_library(tincan_examples STATIC ${CMAKE_CURRENT_LIST_DIR}/page.cc ${CMAKE_CURRENT_LIST_DIR}/run.cc
            ${CMAKE_CURRENT_LIST_DIR}/signaling_channel.cc ${example_files})
target_link_libraries(tincan_examples PUBLIC tincan_apps nlohmann_json::nlohmann_json PRIVATE CLI11::CLI11 tincan_flags)
target_include_directories(tincan_examples PUBLIC ${PROJECT_SOURCE_DIR}/include)

foreach(example perfect_peer classic_peer telephone)
  add_executable(${example} ${CMAKE_CURRENT_LIST_DIR}/${example}.cc)
  target_link_libraries(${example} PRIVATE tincan_examples tincan_flags)
  set_target_properties(${example} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
endforeach()

# A selective forwarding unit: tests/sim runs all of it but main.cc.
file(GLOB sfu_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/sfu/*.cc)
add_executable(sfu ${sfu_sources})
target_link_libraries(sfu PRIVATE tincan_apps CLI11::CLI11 tincan_flags)
set_target_properties(sfu PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

# A room for browsers: simulcast in, the encoding that each asks for out.
file(GLOB room_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/room/*.cc)
add_executable(room ${room_sources})
target_link_libraries(room PRIVATE tincan_examples CLI11::CLI11 tincan_flags)
set_target_properties(room PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
