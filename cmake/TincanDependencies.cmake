# Every library from outside, each behind one target. README's table says what each is for.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(PkgConfig REQUIRED)

include(TincanUsrsctp)

add_library(tincan_codecs INTERFACE)
pkg_check_modules(VPX REQUIRED IMPORTED_TARGET vpx)
pkg_check_modules(OPUS REQUIRED IMPORTED_TARGET opus)
target_link_libraries(tincan_codecs INTERFACE PkgConfig::VPX PkgConfig::OPUS)

add_library(tincan_files INTERFACE)
find_package(PNG REQUIRED)
find_library(TINCAN_WEBM_LIBRARY webm REQUIRED)
target_link_libraries(tincan_files INTERFACE PNG::PNG ${TINCAN_WEBM_LIBRARY})

# Boost.Asio and Boost.Beast are headers only; OpenSSL's libssl is for TLS streams (net/), never for DTLS.
find_package(Boost 1.74 REQUIRED)
add_library(tincan_asio INTERFACE)
target_link_libraries(tincan_asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL)
target_compile_definitions(tincan_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY)
