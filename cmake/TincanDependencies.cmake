# Every library from outside, each behind one target, and found only for the floors that need it. README's table says
# what each is for.

# Intel IPsec-MB is optional: SRTP runs on libcrypto without it.
macro(tincan_needs_crypto)
  find_package(OpenSSL 3.0 REQUIRED)
  add_library(tincan_ipsec_mb INTERFACE)
  find_path(IPSEC_MB_INCLUDE_DIR intel-ipsec-mb.h)
  find_library(IPSEC_MB_LIBRARY IPSec_MB)
  if(IPSEC_MB_INCLUDE_DIR AND IPSEC_MB_LIBRARY AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_include_directories(tincan_ipsec_mb SYSTEM INTERFACE $<BUILD_INTERFACE:${IPSEC_MB_INCLUDE_DIR}>)
    target_link_libraries(tincan_ipsec_mb INTERFACE ${IPSEC_MB_LIBRARY})
    target_compile_definitions(tincan_ipsec_mb INTERFACE $<BUILD_INTERFACE:TINCAN_HAVE_IPSEC_MB>)
  endif()
endmacro()

macro(tincan_needs_media)
  add_library(tincan_codecs INTERFACE)
  if(TINCAN_MEDIA)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(VPX REQUIRED IMPORTED_TARGET vpx)
    pkg_check_modules(OPUS REQUIRED IMPORTED_TARGET opus)
    find_package(PNG REQUIRED)
    target_link_libraries(tincan_codecs INTERFACE PkgConfig::VPX PkgConfig::OPUS PNG::PNG)
  endif()
endmacro()

# Boost.Asio and Boost.Beast are headers only, and only .cc files include them: who links us needs no Boost. OpenSSL's
# libssl is for TLS streams (net/), never for DTLS.
macro(tincan_needs_net)
  find_package(Threads REQUIRED)
  find_package(OpenSSL 3.0 REQUIRED)
  find_package(Boost 1.74 REQUIRED)
  add_library(tincan_asio INTERFACE)
  target_link_libraries(tincan_asio INTERFACE $<BUILD_INTERFACE:Boost::headers> Threads::Threads OpenSSL::SSL)
  target_compile_definitions(tincan_asio INTERFACE
    $<BUILD_INTERFACE:BOOST_ASIO_NO_DEPRECATED> $<BUILD_INTERFACE:BOOST_ERROR_CODE_HEADER_ONLY>)
endmacro()
