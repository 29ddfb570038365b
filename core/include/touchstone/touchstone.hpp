// Touchstone: tells a good JWT from a bad one, against a JSON Web Key Set.
//
//     #include <touchstone/touchstone.hpp>
//     #include <ctime>
//     #include <iostream>
//
//     int serve(std::string_view token, std::string_view jwks_json) {
//       auto keys = touchstone::KeySet::parse(jwks_json);
//       if (!keys) return std::cerr << keys.error().message() << '\n', 1;
//       auto jwt = touchstone::verify(token, *keys, {.issuer = "https://id.example", .audience =
//       "api"},
//                                     static_cast<double>(std::time(nullptr)));
//       if (!jwt) return std::cerr << jwt.error().reason() << ": " << jwt.error().message() <<
//       '\n', 1; std::cout << jwt->claims()["sub"] << '\n'; return 0;
//     }
#pragma once

#include <touchstone/audit.hpp>
#include <touchstone/claims.hpp>
#include <touchstone/digest.hpp>
#include <touchstone/discovery.hpp>
#include <touchstone/error.hpp>
#include <touchstone/ip_address.hpp>
#include <touchstone/issuer_set.hpp>
#include <touchstone/jwk.hpp>
#include <touchstone/key_set.hpp>
#include <touchstone/key_set_cache.hpp>
#include <touchstone/result.hpp>
#include <touchstone/thumbprint.hpp>
#include <touchstone/token_cache.hpp>
#include <touchstone/url.hpp>
#include <touchstone/verify.hpp>
