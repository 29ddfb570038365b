// A VerifiedJwt comes out of verify() and from nowhere else. The test sees the compiler refuse
// this.
#include <touchstone/touchstone.hpp>

touchstone::VerifiedJwt forge(touchstone::ClaimsSet claims, touchstone::Jwk key) {
  return touchstone::VerifiedJwt(claims, key);
}
