# A port of the tree that it lies in:
#     vcpkg install touchstone --overlay-ports=native/packaging/vcpkg/ports
# In a registry vcpkg_from_github() stands in place of the next line; the rest stays.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../../../.." ABSOLUTE)

vcpkg_check_features(
  OUT_FEATURE_OPTIONS features
  FEATURES
    command TOUCHSTONE_BUILD_CLI
    remote TOUCHSTONE_BUILD_REMOTE)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${features}
    -DTOUCHSTONE_BOTH_KINDS=OFF
    -DTOUCHSTONE_BUILD_ISSUER=OFF
    -DTOUCHSTONE_BUILD_STORES=OFF
    -DTOUCHSTONE_BUILD_TESTS=OFF
    -DTOUCHSTONE_SYSTEM_JSON=ON
    -DTOUCHSTONE_SYSTEM_MBEDTLS=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/touchstone)
vcpkg_fixup_pkgconfig()
if("command" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES touchstone AUTO_CLEAN)
endif()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
file(INSTALL "${CURRENT_PORT_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
