// The few fields of a certificate that the audit compares, read with Mbed TLS's ASN.1 parser. Its
// X.509 module would bring far more code than the WASM verifier can afford, for a path that is not
// judged here anyway.
#include <mbedtls/asn1.h>

#include "crypto/mbedtls/mbedtls.hpp"

namespace touchstone::crypto {
namespace {

constexpr int sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;

/// A position in DER. Each step returns whether it could be taken.
struct Der {
  unsigned char* at;
  const unsigned char* end;

  explicit Der(std::string_view der)
      : at(const_cast<unsigned char*>(bytes(der))),
        end(at + der.size()) {}  // only read, in spite of its type

  bool enter(int tag) {
    const auto length = next(tag);
    if (!length) return false;
    end = at + *length;
    return true;
  }
  bool skip(int tag) {
    const auto length = next(tag);
    if (!length) return false;
    at += *length;
    return true;
  }
  std::optional<std::string_view> take(int tag) {
    const auto length = next(tag);
    if (!length) return {};
    at += *length;
    return std::string_view(reinterpret_cast<const char*>(at) - *length, *length);
  }
  std::optional<std::size_t> next(int tag) {
    std::size_t length = 0;
    if (mbedtls_asn1_get_tag(&at, end, &length, tag) != 0) return {};
    return length;
  }
};

/// Days from 1970-01-01 in the proleptic Gregorian calendar, for a month from 1.
long days_from_civil(long year, long month, long day) {
  const long march_year = month <= 2 ? year - 1 : year;  // a year that ends with February
  const long month_from_march = (month + 9) % 12;
  const long leap_days = march_year / 4 - march_year / 100 + march_year / 400;
  return march_year * 365 + leap_days + (month_from_march * 153 + 2) / 5 + day - 1 - 719468;
}

/// UTCTime or GeneralizedTime in the only forms that RFC 5280 section 4.1.2.5 allows.
std::optional<double> take_time(Der& der) {
  auto text = der.take(MBEDTLS_ASN1_UTC_TIME);
  const std::size_t year_digits = text ? 2 : 4;
  if (!text) text = der.take(MBEDTLS_ASN1_GENERALIZED_TIME);
  if (!text || text->size() != year_digits + 11 || text->back() != 'Z') return {};
  if (text->substr(0, text->size() - 1).find_first_not_of("0123456789") != text->npos) return {};
  const auto number = [&](std::size_t from, std::size_t count) {
    long value = 0;
    for (const char c : text->substr(from, count)) value = value * 10 + (c - '0');
    return value;
  };
  long year = number(0, year_digits);
  if (year_digits == 2) year += year < 50 ? 2000 : 1900;
  const auto field = [&](std::size_t index) { return number(year_digits + 2 * index, 2); };
  const long days = days_from_civil(year, field(0), field(1));
  return static_cast<double>(days) * 86400 +
         static_cast<double>(field(2) * 3600 + field(3) * 60 + field(4));
}

}  // namespace

std::optional<CertificateFacts> read_certificate(std::string_view der) {
  CertificateFacts facts{};
  Der certificate(der);
  // Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version OPTIONAL, serialNumber,
  // signature,
  //                            issuer, validity, subject, subjectPublicKeyInfo, ... }, ... }
  if (!certificate.enter(sequence) || !certificate.enter(sequence)) return {};
  (void)certificate.skip(MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0);
  if (!certificate.skip(MBEDTLS_ASN1_INTEGER) || !certificate.skip(sequence) ||
      !certificate.skip(sequence)) {
    return {};
  }
  const auto validity_text = certificate.take(sequence);
  if (!validity_text || !certificate.skip(sequence)) return {};
  Der validity(*validity_text);
  const auto not_before = take_time(validity);
  const auto not_after = take_time(validity);
  if (!not_before || !not_after) return {};
  facts.not_before = *not_before;
  facts.not_after = *not_after;

  if (!certificate.enter(sequence) || !certificate.skip(sequence)) return {};
  const auto key = certificate.take(MBEDTLS_ASN1_BIT_STRING);
  if (!key || key->empty() || key->front() != 0) return {};  // the first byte counts unused bits
  facts.subject_public_key = key->substr(1);
  return facts;
}

namespace {

std::string der_element(int tag, std::string_view content) {
  std::string length;
  for (std::size_t rest = content.size(); rest > 0; rest >>= 8)
    length.insert(length.begin(), static_cast<char>(rest));
  if (content.size() >= 0x80)
    length.insert(length.begin(), static_cast<char>(0x80 | length.size()));
  return static_cast<char>(tag) + length + std::string(content);
}

std::string der_integer(const std::string& magnitude) {
  const bool reads_negative = (static_cast<unsigned char>(magnitude.front()) & 0x80) != 0;
  return der_element(MBEDTLS_ASN1_INTEGER, reads_negative ? '\0' + magnitude : magnitude);
}

struct SubjectPublicKey {
  std::string operator()(const RsaKey& key) const {
    return der_element(sequence, der_integer(key.n) + der_integer(key.e));
  }
  std::string operator()(const EcKey& key) const { return '\4' + key.x + key.y; }
  std::string operator()(const OkpKey& key) const { return key.x; }
  std::string operator()(const AkpKey& key) const { return key.pub; }
  std::string operator()(const Secret&) const { return {}; }
};

}  // namespace

std::string subject_public_key(const PublicKey& key) {
  return std::visit(SubjectPublicKey{}, key.form());
}

}  // namespace touchstone::crypto
