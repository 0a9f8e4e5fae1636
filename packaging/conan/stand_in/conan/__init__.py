"""For scripts/check-packaging: what the recipe calls of Conan, as far as it can be done without it."""
from types import SimpleNamespace

said = {"requires": [], "cache_variables": {}}


class ConanFile:
    def __init__(self, recipe_folder, out, media):
        self.recipe_folder, self.export_sources_folder = str(recipe_folder), str(out)
        for name, value in {**self.default_options, "media": media}.items():
            assert value in self.options[name], f"{name}={value}"
        self.options = SimpleNamespace(**{**self.default_options, "media": media})
        self.cpp_info = SimpleNamespace(builddirs=[], set_property=lambda name, value: None)

    def requires(self, reference):
        name, version = reference.split("/")
        said["requires"].append((name, version))
