"""Asks conanfile.py what it would do, for machines that have no Conan: the classes of Conan that it uses, as
far as its documentation says what they do, and the answers as JSON."""

import importlib.util
import json
import os
import sys
import types
from unittest import mock

root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


class ConanFile:
    def __init__(self, **options):
        self.recipe_folder = root
        self.options = types.SimpleNamespace(**{**self.default_options, **options})
        self.settings = types.SimpleNamespace(os="Linux", arch="x86_64", build_type="Release")
        self.required = {}
        self.cpp_info = CppInfo()
        self.cpp_info.components = mock.MagicMock()
        components = self.components = {}
        self.cpp_info.components.__getitem__.side_effect = lambda name: components.setdefault(name, CppInfo())

    def requires(self, reference, **traits):
        self.required[reference] = traits


class CppInfo:
    def __init__(self):
        self.properties = {}

    def set_property(self, name, value):
        self.properties[name] = value


class CMakeToolchain:
    def __init__(self, conanfile):
        self.cache_variables = conanfile.cache_variables = {}

    def generate(self):
        pass


def module(name, **members):
    sys.modules[name] = types.ModuleType(name)
    for member, value in members.items():
        setattr(sys.modules[name], member, value)


nothing = mock.MagicMock()
module("conan", ConanFile=ConanFile)
module("conan.errors", ConanInvalidConfiguration=type("ConanInvalidConfiguration", (Exception,), {}))
module("conan.tools")
module("conan.tools.build", check_min_cppstd=nothing)
module("conan.tools.cmake", CMake=nothing, CMakeDeps=nothing, CMakeToolchain=CMakeToolchain, cmake_layout=nothing)
module("conan.tools.files", copy=nothing, rmdir=nothing, load=lambda _, path: open(path, encoding="utf-8").read())

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("conanfile", os.path.join(root, "conanfile.py"))
recipe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recipe)

answers = {}
for remote in (True, False):
    conanfile = recipe.TouchstoneConan(remote=remote)
    for step in ("set_version", "validate", "requirements", "layout", "generate", "package_info"):
        getattr(conanfile, step)()
    answers["remote" if remote else "local"] = {
        "name": conanfile.name,
        "version": conanfile.version,
        "requires": list(conanfile.required),
        "cacheVariables": conanfile.cache_variables,
        "exported": conanfile.exports_sources,
        "testFolder": conanfile.test_package_folder,
        "components": {
            name: {"libs": info.libs, "requires": info.requires, **info.properties}
            for name, info in conanfile.components.items()
        },
    }
print(json.dumps(answers))
