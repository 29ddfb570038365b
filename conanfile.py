"""Conan 2: `conan create .`; the tests of the package are in native/packaging/conan."""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class TouchstoneConan(ConanFile):
    name = "touchstone"
    description = "Strict JWT and JWK Set verification"
    license = "Apache-2.0"
    topics = ("jwt", "jws", "jwk", "jwks", "jose")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "remote": [True, False]}
    default_options = {"shared": False, "fPIC": True, "remote": True}
    implements = ["auto_shared_fpic"]
    exports_sources = "CMakeLists.txt", "LICENSE", "core/*", "native/*"
    test_package_folder = "native/packaging/conan/test_package"

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "core/include/touchstone/touchstone.h"))
        self.version = re.search(r'TOUCHSTONE_VERSION "(.+?)"', header).group(1)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os == "Windows":
            raise ConanInvalidConfiguration("Touchstone has not been tried on Windows")

    def requirements(self):
        # In the public headers; its version is in the names of the library's types.
        self.requires("nlohmann_json/3.11.3", transitive_headers=True)
        self.requires("mbedtls/[>=3.6.0 <4]")
        if self.options.remote:
            self.requires("libcurl/[>=7.78.0 <9]")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["TOUCHSTONE_BOTH_KINDS"] = False
        toolchain.cache_variables["TOUCHSTONE_BUILD_CLI"] = False
        toolchain.cache_variables["TOUCHSTONE_BUILD_REMOTE"] = bool(self.options.remote)
        toolchain.cache_variables["TOUCHSTONE_BUILD_ISSUER"] = False
        toolchain.cache_variables["TOUCHSTONE_BUILD_STORES"] = False
        toolchain.cache_variables["TOUCHSTONE_BUILD_TESTS"] = False
        toolchain.cache_variables["TOUCHSTONE_SYSTEM_JSON"] = True
        toolchain.cache_variables["TOUCHSTONE_SYSTEM_MBEDTLS"] = True
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        # Conan writes its own.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "touchstone")
        self.cpp_info.set_property("pkg_config_name", "none")

        verifier = self.cpp_info.components["verifier"]
        verifier.libs = ["touchstone"]
        verifier.set_property("cmake_target_name", "touchstone::touchstone")
        verifier.set_property("pkg_config_name", "touchstone")
        verifier.requires = ["nlohmann_json::nlohmann_json", "mbedtls::mbedcrypto"]

        if self.options.remote:
            remote = self.cpp_info.components["remote"]
            remote.libs = ["touchstone-remote"]
            remote.set_property("cmake_target_name", "touchstone::remote")
            remote.set_property("pkg_config_name", "touchstone-remote")
            remote.requires = ["verifier", "libcurl::curl"]
            if self.settings.os in ("Linux", "FreeBSD"):
                remote.system_libs = ["pthread"]
