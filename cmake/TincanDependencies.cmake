# Every library from outside, each behind one target. README's table says what each is for.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(PkgConfig REQUIRED)

# Intel IPsec-MB is optional: SRTP runs on libcrypto without it.
add_library(tincan_ipsec_mb INTERFACE)
find_path(IPSEC_MB_INCLUDE_DIR intel-ipsec-mb.h)
find_library(IPSEC_MB_LIBRARY IPSec_MB)
if(IPSEC_MB_INCLUDE_DIR AND IPSEC_MB_LIBRARY AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_include_directories(tincan_ipsec_mb SYSTEM INTERFACE ${IPSEC_MB_INCLUDE_DIR})
  target_link_libraries(tincan_ipsec_mb INTERFACE ${IPSEC_MB_LIBRARY})
  target_compile_definitions(tincan_ipsec_mb INTERFACE TINCAN_HAVE_IPSEC_MB)
endif()

add_library(tincan_codecs INTERFACE)
pkg_check_modules(VPX REQUIRED IMPORTED_TARGET vpx)
pkg_check_modules(OPUS REQUIRED IMPORTED_TARGET opus)
target_link_libraries(tincan_codecs INTERFACE PkgConfig::VPX PkgConfig::OPUS)

add_library(tincan_files INTERFACE)
find_package(PNG REQUIRED)
target_link_libraries(tincan_files INTERFACE PNG::PNG)

# Boost.Asio and Boost.Beast are headers only; OpenSSL's libssl is for TLS streams (net/), never for DTLS.
find_package(Boost 1.74 REQUIRED)
add_library(tincan_asio INTERFACE)
target_link_libraries(tincan_asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL)
target_compile_definitions(tincan_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY)
