# usrsctp examines our SCTP in tests/sctp. It takes the time, randomness and timers from the operating system and from the
# process; the tests give them as arguments. So the library that the system ships is copied at build time into one object,
# with these functions renamed (and the copies it brings made weak, so that tests/sctp/usrsctp/usrsctp_host.cc defines
# them), its API renamed to tincan_usrsctp_* too, and everything else made local. The object is linked into sctp_test alone.
pkg_check_modules(USRSCTP REQUIRED usrsctp)
find_library(TINCAN_USRSCTP_ARCHIVE libusrsctp.a HINTS ${USRSCTP_LIBRARY_DIRS} REQUIRED)

set(TINCAN_USRSCTP_RENAMED
  read_random init_random finish_random
  sctp_get_tick_count sctp_os_timer_init sctp_os_timer_start sctp_os_timer_stop sctp_startup_iterator
  sctp_initiate_iterator)
# in6addr_any is data of the C library's, and Debian's archive is compiled for programs: it reaches for it in a way that no
# shared library may. So that gets one of our own as well.
set(rename --redefine-sym gettimeofday=tincan_usrsctp_gettimeofday
           --redefine-sym in6addr_any=tincan_usrsctp_in6addr_any)
set(weaken "")
foreach(symbol ${TINCAN_USRSCTP_RENAMED})
  list(APPEND rename --redefine-sym ${symbol}=tincan_usrsctp_${symbol})
  list(APPEND weaken --weaken-symbol=tincan_usrsctp_${symbol})
endforeach()

# What the API is called, from the archive itself: for objcopy, and as macros in a header that comes before the system's.
execute_process(COMMAND ${CMAKE_NM} -g --defined-only ${TINCAN_USRSCTP_ARCHIVE} OUTPUT_VARIABLE api ERROR_QUIET
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "usrsctp_[A-Za-z0-9_]+" api "${api}")
list(SORT api)
list(REMOVE_DUPLICATES api)
set(TINCAN_USRSCTP_DIR ${PROJECT_BINARY_DIR}/usrsctp)
set(redefine "")
set(header "// The API under our name, then the system's header.\n#pragma once\n#pragma GCC system_header\n")
foreach(symbol ${api})
  string(APPEND redefine "${symbol} tincan_${symbol}\n")
  string(APPEND header "#define ${symbol} tincan_${symbol}\n")
endforeach()
file(CONFIGURE OUTPUT ${TINCAN_USRSCTP_DIR}/redefine.txt CONTENT "${redefine}" @ONLY)
file(CONFIGURE OUTPUT ${TINCAN_USRSCTP_DIR}/usrsctp.h CONTENT "${header}#include_next <usrsctp.h>\n" @ONLY)

set(TINCAN_USRSCTP_OBJECT ${PROJECT_BINARY_DIR}/tincan_usrsctp.o)
add_custom_command(
  OUTPUT ${TINCAN_USRSCTP_OBJECT}
  COMMAND ${CMAKE_OBJCOPY} ${rename} --redefine-syms=${TINCAN_USRSCTP_DIR}/redefine.txt ${TINCAN_USRSCTP_ARCHIVE} ${PROJECT_BINARY_DIR}/tincan_usrsctp_renamed.a
  COMMAND ${CMAKE_OBJCOPY} ${weaken} ${PROJECT_BINARY_DIR}/tincan_usrsctp_renamed.a
  COMMAND ${CMAKE_LINKER} -r -o ${TINCAN_USRSCTP_OBJECT} --whole-archive ${PROJECT_BINARY_DIR}/tincan_usrsctp_renamed.a
  COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=tincan_usrsctp_*
          ${TINCAN_USRSCTP_OBJECT}
  DEPENDS ${TINCAN_USRSCTP_ARCHIVE} ${TINCAN_USRSCTP_DIR}/redefine.txt ${CMAKE_CURRENT_LIST_FILE}
  VERBATIM COMMENT "Giving usrsctp the time, randomness and timers of tincan")

add_library(tincan_usrsctp INTERFACE)
target_include_directories(tincan_usrsctp SYSTEM INTERFACE ${TINCAN_USRSCTP_DIR} ${USRSCTP_INCLUDE_DIRS})
target_sources(tincan_usrsctp INTERFACE ${TINCAN_USRSCTP_OBJECT})
target_link_libraries(tincan_usrsctp INTERFACE Threads::Threads)
