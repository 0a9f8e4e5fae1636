from conan import said


class CMake:
    def __init__(self, recipe):
        self.configure = self.build = self.install = lambda: None


class CMakeDeps(CMake):
    def generate(self):
        pass


class CMakeToolchain(CMakeDeps):
    def __init__(self, recipe):
        self.cache_variables = {}

    def generate(self):
        said["cache_variables"] = self.cache_variables


def cmake_layout(recipe):
    pass
