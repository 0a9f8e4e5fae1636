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

macro(tincan_needs_sctp)
  find_package(Threads REQUIRED)
  find_package(PkgConfig REQUIRED)
  include(TincanUsrsctp)
endmacro()

# tincan_codec(NAME MODULE FOLDER PACKAGE LOSES): the library that pkg-config calls MODULE, when it is there. The option
# TINCAN_NAME says whether it must be (ON), may be (AUTO) or is not wanted (OFF); without it media/codec/FOLDER is left
# out, and with it what LOSES says. TINCAN_CODEC_LIBRARIES, _DEFINITIONS, _MODULES, _PACKAGES and _ABSENT say what came
# of it.
macro(tincan_codec name module folder package loses)
  set(TINCAN_${name} AUTO CACHE STRING "${package}: AUTO, ON or OFF")
  set_property(CACHE TINCAN_${name} PROPERTY STRINGS AUTO ON OFF)
  set(found FALSE)
  if(TINCAN_MEDIA AND TINCAN_${name})
    pkg_check_modules(TINCAN_PKG_${name} QUIET IMPORTED_TARGET ${module})
    set(found ${TINCAN_PKG_${name}_FOUND})
    if(NOT found AND TINCAN_${name} STREQUAL "AUTO")
      message(STATUS "${module} not found: ${loses}; apt-get install ${package}")
    elseif(NOT found)
      message(FATAL_ERROR "TINCAN_${name} is ON, and ${module} is not there: apt-get install ${package}")
    endif()
  endif()
  if(found)
    list(APPEND TINCAN_CODEC_LIBRARIES PkgConfig::TINCAN_PKG_${name})
    list(APPEND TINCAN_CODEC_DEFINITIONS TINCAN_HAVE_${name})
    list(APPEND TINCAN_CODEC_MODULES ${module})
    list(APPEND TINCAN_CODEC_PACKAGES ${package})
    string(APPEND TINCAN_CODEC_FIND "    pkg_check_modules(TINCAN_PKG_${name} REQUIRED IMPORTED_TARGET ${module})\n")
  elseif(NOT "${folder}" STREQUAL "")
    list(APPEND TINCAN_CODEC_ABSENT ${folder})
  endif()
endmacro()

macro(tincan_needs_media)
  add_library(tincan_codecs INTERFACE)
  if(TINCAN_MEDIA)
    find_package(PkgConfig REQUIRED)
  endif()
  tincan_codec(VPX vpx libvpx libvpx-dev "neither VP8 nor VP9")
  tincan_codec(OPENH264 openh264 openh264 libopenh264-dev "no H.264")
  tincan_codec(AOM aom libaom libaom-dev "no AV1 encoder")
  tincan_codec(DAV1D dav1d dav1d libdav1d-dev "no AV1 decoder")
  tincan_codec(OPUS opus libopus libopus-dev "no Opus")
  tincan_codec(PNG libpng "" libpng-dev "writePng refuses")
  target_link_libraries(tincan_codecs INTERFACE ${TINCAN_CODEC_LIBRARIES})
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
