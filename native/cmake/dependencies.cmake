# Brings in what Touchstone stands on. dependencies.json has each one's version, address and hash;
# js/tools/setup.mjs reads the same table and may have put the files into .deps/downloads already.
include(FetchContent)

set(dependencies_json ${CMAKE_CURRENT_LIST_DIR}/dependencies.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${dependencies_json})
file(READ ${dependencies_json} dependencies)

# Declares NAME from the table: the same file by the same hash, from wherever it can be had.
function(touchstone_declare name)
  string(JSON url GET "${dependencies}" ${name} url)
  string(JSON sha256 GET "${dependencies}" ${name} sha256)
  string(JSON debian GET "${dependencies}" ${name} debian)
  cmake_path(GET debian FILENAME file)
  set(downloaded ${PROJECT_SOURCE_DIR}/.deps/downloads/${file})
  if(EXISTS ${downloaded})
    set(url ${downloaded})
  endif()
  FetchContent_Declare(
    ${name}
    URL ${url}
    URL_HASH SHA256=${sha256}
    DOWNLOAD_EXTRACT_TIMESTAMP FALSE
    ${ARGN})
endfunction()

# nlohmann/json is in the public headers. Its types carry its version in their names, so whoever uses an
# installed Touchstone needs the very version that it was built with: unless it is the system's own, it is
# installed along.
if(TOUCHSTONE_SYSTEM_JSON)
  find_package(nlohmann_json 3.11 REQUIRED)
  set(TOUCHSTONE_JSON_VERSION ${nlohmann_json_VERSION})
elseif(NOT TARGET nlohmann_json::nlohmann_json) # the project that includes us may have its own
  set(JSON_BuildTests OFF CACHE INTERNAL "")
  set(JSON_SystemInclude ON CACHE INTERNAL "")
  set(JSON_Install ${TOUCHSTONE_INSTALL} CACHE INTERNAL "")
  # 3.11 still names a CMake policy version that CMake 4 refuses.
  set(CMAKE_POLICY_VERSION_MINIMUM 3.5)
  touchstone_declare(nlohmann_json)
  FetchContent_MakeAvailable(nlohmann_json)
  unset(CMAKE_POLICY_VERSION_MINIMUM)
  string(JSON TOUCHSTONE_JSON_VERSION GET "${dependencies}" nlohmann_json version)
endif()

# Mbed TLS: core compiles the few files that it needs, with a configuration of its own, so the release is
# only unpacked (it has no CMakeLists.txt in the folder that SOURCE_SUBDIR names).
if(TOUCHSTONE_SYSTEM_MBEDTLS)
  find_package(MbedTLS 3.6 REQUIRED)
else()
  touchstone_declare(mbedtls SOURCE_SUBDIR unpack-only)
  FetchContent_MakeAvailable(mbedtls)
  set(TOUCHSTONE_MBEDTLS_SOURCE_DIR ${mbedtls_SOURCE_DIR})
endif()

# libsodium: the system's own, but for WebAssembly, for which core compiles the few files that it needs.
if(TOUCHSTONE_BUILD_ISSUER AND EMSCRIPTEN)
  set(include src/libsodium/include/sodium) # its configure would make version.h, as it lies ready for others
  touchstone_declare(libsodium SOURCE_SUBDIR unpack-only
                     PATCH_COMMAND ${CMAKE_COMMAND} -E copy builds/msvc/version.h ${include}/version.h)
  FetchContent_MakeAvailable(libsodium)
elseif(TOUCHSTONE_BUILD_ISSUER)
  find_package(PkgConfig)
  if(PkgConfig_FOUND)
    pkg_check_modules(SODIUM IMPORTED_TARGET libsodium>=1.0.18)
  endif()
  if(NOT SODIUM_FOUND)
    message(FATAL_ERROR "touchstone::issuer needs libsodium 1.0.18 or newer, its headers and pkg-config (on "
                        "Debian: libsodium-dev); -DTOUCHSTONE_BUILD_ISSUER=OFF builds without it")
  endif()
endif()

if(TOUCHSTONE_BUILD_TESTS)
  touchstone_declare(catch2)
  FetchContent_MakeAvailable(catch2)
  # Its hundred files in two, and quickly: 10 s instead of 48.
  set_target_properties(Catch2 Catch2WithMain PROPERTIES SYSTEM ON UNITY_BUILD ON
                                                         UNITY_BUILD_BATCH_SIZE 60)
  target_compile_options(Catch2 PRIVATE -O0)
  list(APPEND CMAKE_MODULE_PATH ${catch2_SOURCE_DIR}/extras)
endif()
