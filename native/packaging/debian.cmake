# Debian packages: cmake --preset debian && cmake --build --preset debian && cpack --preset debian
# They stand on Debian's own nlohmann/json, whose version is in the names of the library's types.
foreach(part IN ITEMS SYSTEM_JSON BUILD_REMOTE BUILD_ISSUER BUILD_STORES BUILD_CLI)
  if(NOT TOUCHSTONE_${part})
    return()
  endif()
endforeach()

# Debian's changelog has the version, and is the one place that has the package's revision.
set(debian ${CMAKE_CURRENT_LIST_DIR}/debian)
file(STRINGS ${debian}/changelog changelog LIMIT_COUNT 1)
if(NOT changelog MATCHES "^touchstone \\(([0-9.]+)-([0-9a-z.+~]+)\\) ")
  message(FATAL_ERROR "native/packaging/debian/changelog does not begin with a version: ${changelog}")
endif()
if(NOT CMAKE_MATCH_1 STREQUAL PROJECT_VERSION)
  message(FATAL_ERROR "native/packaging/debian/changelog is for ${CMAKE_MATCH_1}, not ${PROJECT_VERSION}")
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE ${CMAKE_MATCH_2})
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${debian}/changelog)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR}/packages)
# What a package has that an installation has not: finish.cmake.
set(CPACK_PRE_BUILD_SCRIPTS ${debian}/finish.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${debian}/no-scripts.cmake)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(libraries touchstone_library touchstone_remote touchstone_issuer touchstone_stores)
set(CPACK_COMPONENTS_ALL ${libraries} touchstone_development touchstone_command)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_COMPONENT_TOUCHSTONE_DEVELOPMENT_DEPENDS ${libraries})

set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SOURCE touchstone)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Touchstone maintainers <maintainers@touchstone.example>")
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_CURRENT_BINARY_DIR})

# What dpkg-shlibdeps cannot know, since no installed package has these libraries yet.
set(library "libtouchstone${soversion} (>= ${PROJECT_VERSION})")
foreach(name IN ITEMS remote issuer stores)
  set(${name} "libtouchstone-${name}${soversion} (>= ${PROJECT_VERSION})")
endforeach()
string(REGEX MATCH "^([0-9]+\\.[0-9]+\\.)([0-9]+)" _ ${TOUCHSTONE_JSON_VERSION})
math(EXPR next "${CMAKE_MATCH_2} + 1")
set(json "nlohmann-json3-dev (>= ${TOUCHSTONE_JSON_VERSION}), nlohmann-json3-dev (<< ${CMAKE_MATCH_1}${next}~)")

function(package component name section depends synopsis text)
  string(TOUPPER ${component} COMPONENT)
  set(about "Touchstone tells a good JSON Web Token from a bad one, against a JSON Web
Key Set, strictly as the RFCs say, and gives the same verdict with the same
reason in C++, C, JavaScript and the shell.")
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${COMPONENT}_DESCRIPTION "${synopsis}\n${about}\n\n${text}" PARENT_SCOPE)
endfunction()

# The package of a shared library: the name in its SONAME, and ldconfig's turn after it is installed.
function(library_package component name)
  string(TOUPPER ${component} COMPONENT)
  set(control ${PROJECT_BINARY_DIR}/debian/${name})
  file(WRITE ${control}/shlibs "${name} ${soversion} ${name}${soversion} (>= ${PROJECT_VERSION})\n")
  file(WRITE ${control}/triggers "activate-noawait ldconfig\n")
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_CONTROL_EXTRA ${control}/shlibs ${control}/triggers PARENT_SCOPE)
endfunction()

package(touchstone_library libtouchstone${soversion} libs ""
        "strict JWT and JWK Set verification, shared library"
        "This package has the library that programs load. It reads no file, no network
and no clock.")
library_package(touchstone_library libtouchstone)
package(touchstone_remote libtouchstone-remote${soversion} libs "${library}"
        "strict JWT verification by keys at a URL, shared library"
        "This package has the library that fetches JWK Sets and keeps them current, as
HTTP caching says.")
library_package(touchstone_remote libtouchstone-remote)
package(touchstone_issuer libtouchstone-issuer${soversion} libs "${library}"
        "JWT issuers' keys and their rotation, shared library"
        "This package has the library that makes an issuer's keys, signs with them, and
rotates and publishes them.")
library_package(touchstone_issuer libtouchstone-issuer)
package(touchstone_stores libtouchstone-stores${soversion} libs "${library}"
        "where JWT issuers keep their keys, shared library"
        "This package has the library that keeps an issuer's keys in a directory or in
PostgreSQL.")
library_package(touchstone_stores libtouchstone-stores)
package(touchstone_development libtouchstone-dev libdevel
        "${json}, libcurl4-openssl-dev | libcurl-dev, libpq-dev, libsodium-dev"
        "strict JWT and JWK Set verification, development files"
        "This package has the headers for C++20 and C99, the static libraries, the
CMake package and the pkg-config files.")
package(touchstone_command touchstone utils "${library}, ${remote}, ${issuer}, ${stores}"
        "command that verifies JWTs, audits JWK Sets and keeps an issuer's keys"
        "This package has the command touchstone: it verifies and explains tokens, one
or a file of them, audits key sets, and makes, rotates and publishes the keys
of an issuer.")

include(CPack)
