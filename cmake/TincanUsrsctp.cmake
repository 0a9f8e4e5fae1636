# usrsctp takes the time, randomness and timers from the operating system and from the process; the house gives them as
# arguments. So the library that the system ships is copied at build time into one object, with these functions renamed
# (and the copies it brings made weak, so that sctp/usrsctp_association.cc defines them) and everything but its API made
# local. The object becomes part of libtincan_sctp.a: nothing more to install, and no clash with another usrsctp in the
# same program.
pkg_check_modules(USRSCTP REQUIRED usrsctp)
find_library(TINCAN_USRSCTP_ARCHIVE libusrsctp.a HINTS ${USRSCTP_LIBRARY_DIRS} REQUIRED)

set(TINCAN_USRSCTP_RENAMED
  read_random init_random finish_random
  sctp_get_tick_count sctp_os_timer_init sctp_os_timer_start sctp_os_timer_stop sctp_startup_iterator
  sctp_initiate_iterator)
set(rename --redefine-sym gettimeofday=tincan_usrsctp_gettimeofday)
set(weaken "")
foreach(symbol ${TINCAN_USRSCTP_RENAMED})
  list(APPEND rename --redefine-sym ${symbol}=tincan_usrsctp_${symbol})
  list(APPEND weaken --weaken-symbol=tincan_usrsctp_${symbol})
endforeach()

set(TINCAN_USRSCTP_OBJECT ${PROJECT_BINARY_DIR}/tincan_usrsctp.o)
add_custom_command(
  OUTPUT ${TINCAN_USRSCTP_OBJECT}
  COMMAND ${CMAKE_OBJCOPY} ${rename} ${TINCAN_USRSCTP_ARCHIVE} ${PROJECT_BINARY_DIR}/tincan_usrsctp_renamed.a
  COMMAND ${CMAKE_OBJCOPY} ${weaken} ${PROJECT_BINARY_DIR}/tincan_usrsctp_renamed.a
  COMMAND ${CMAKE_LINKER} -r -o ${TINCAN_USRSCTP_OBJECT} --whole-archive ${PROJECT_BINARY_DIR}/tincan_usrsctp_renamed.a
  COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=usrsctp_* --keep-global-symbol=tincan_usrsctp_*
          ${TINCAN_USRSCTP_OBJECT}
  DEPENDS ${TINCAN_USRSCTP_ARCHIVE} ${CMAKE_CURRENT_LIST_FILE}
  VERBATIM COMMENT "Giving usrsctp the time, randomness and timers of tincan")

add_library(tincan_usrsctp INTERFACE)
target_include_directories(tincan_usrsctp SYSTEM INTERFACE ${USRSCTP_INCLUDE_DIRS})
target_link_libraries(tincan_usrsctp INTERFACE $<LINK_ONLY:Threads::Threads>)
# Only libtincan_sctp.a takes the object in.
target_sources(tincan_usrsctp INTERFACE
  $<$<STREQUAL:$<TARGET_PROPERTY:NAME>,tincan_sctp>:${TINCAN_USRSCTP_OBJECT}>)
