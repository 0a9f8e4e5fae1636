"""Conan 2 recipe: `conan create packaging/conan`. Takes the sources of the checkout that it lies in."""
from pathlib import Path

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy
from conan.tools.gnu import PkgConfigDeps

# What TINCAN_MEDIA looks for, by its own name: each is asked for or left out, so that nothing of the machine's gets in.
CODECS = {
    "VPX": "libvpx/[>=1.12 <2]", "AOM": "libaom-av1/[>=3.6 <4]", "DAV1D": "dav1d/[>=1 <2]",
    "OPENH264": "openh264/[>=2.3 <3]", "OPUS": "opus/[>=1.3 <2]", "PNG": "libpng/[>=1.6 <2]",
}


class Tincan(ConanFile):
    name = "tincan"
    version = "0.1.0"
    description = "A WebRTC protocol stack for C++20, written from scratch"
    license = "Apache-2.0"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "media": [True, False]}
    default_options = {"shared": False, "media": True}

    def export_sources(self):
        top = Path(self.recipe_folder).parent.parent
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "*/*.h", "*/*.cc", "*/*/*.h", "*/*/*.cc"):
            copy(self, pattern, src=top, dst=self.export_sources_folder, excludes=("build*", "tests/*", "fuzz/*"))

    def requirements(self):
        self.requires("openssl/[>=3 <4]")
        self.requires("boost/1.83.0")
        if self.options.media:
            for library in CODECS.values():
                self.requires(library)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        PkgConfigDeps(self).generate()  # libvpx and libopus are found by pkg-config
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables.update({
            "TINCAN_SHARED": bool(self.options.shared), "TINCAN_MEDIA": bool(self.options.media),
            "TINCAN_IPSEC_MB": False, "TINCAN_TESTS": False, "TINCAN_APPS": False, "TINCAN_WERROR": False, "TINCAN_PCH": False,
        })
        if self.options.media:
            toolchain.cache_variables.update({f"TINCAN_{name}": "ON" for name in CODECS})
            toolchain.cache_variables.update({"TINCAN_YUV": "OFF", "TINCAN_SPANDSP": "OFF", "TINCAN_FFMPEG": "OFF"})
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()

    def package_info(self):
        self.cpp_info.builddirs = ["lib/cmake/tincan"]
        self.cpp_info.set_property("cmake_find_mode", "none")  # tincan's own package finds what it needs
