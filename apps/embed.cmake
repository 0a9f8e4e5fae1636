# cmake -DOUT=web_files.cc -DROOT=apps/web -P embed.cmake: the page's files as one C++ source. Needs nothing but CMake.
# -DNAMESPACE=… (within tincan), -DFUNCTION=…, -DHEADER=…: another function than tincan::apps::webFiles() of
# apps/signalling/web_files.h.
if(NOT FUNCTION)
  set(NAMESPACE apps)
  set(FUNCTION webFiles)
  set(HEADER apps/signalling/web_files.h)
endif()
file(GLOB files RELATIVE ${ROOT} ${ROOT}/*)
list(SORT files)
set(arrays "")
set(table "")
set(index 0)
foreach(name IN LISTS files)
  file(READ ${ROOT}/${name} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  get_filename_component(extension ${name} LAST_EXT)
  if(extension STREQUAL ".html")
    set(type "text/html; charset=utf-8")
  elseif(extension STREQUAL ".js")
    set(type "text/javascript; charset=utf-8")
  elseif(extension STREQUAL ".css")
    set(type "text/css; charset=utf-8")
  elseif(extension STREQUAL ".svg")
    set(type "image/svg+xml")
  else()
    message(FATAL_ERROR "${ROOT}/${name}: embed.cmake knows no content type for ${extension}")
  endif()
  string(APPEND arrays "const uint8_t kFile${index}[] = {\n${bytes}};\n")
  string(APPEND table "    {\"/${name}\", \"${type}\", kFile${index}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUT} "// Made by apps/embed.cmake.
#include \"${HEADER}\"

namespace tincan::inline v0::${NAMESPACE} {
namespace {
${arrays}
const tincan::apps::WebFile kFiles[] = {
${table}};
}  // namespace

std::span<const tincan::apps::WebFile> ${FUNCTION}() { return kFiles; }

}  // namespace tincan::inline v0::${NAMESPACE}
")
