#include "base64url.hpp"

#include "support.hpp"

using namespace touchstone;

TEST_CASE("base64url: the vectors of RFC 4648 section 10, without padding", "[base64url]") {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : vectors) {
    CHECK(encode_base64url(bytes) == text);
    CHECK(decode_base64url(text) == bytes);
  }
}

TEST_CASE("base64url: RFC 7515 appendix C", "[base64url]") {
  CHECK(encode_base64url("\x03\xec\xff\xe0\xc1") == "A-z_4ME");
  CHECK(decode_base64url("A-z_4ME") == "\x03\xec\xff\xe0\xc1");
}

TEST_CASE("J3: a length of 4n + 1 is impossible", "[base64url]") {
  CHECK_FALSE(decode_base64url("A"));
  CHECK_FALSE(decode_base64url("AAAAA"));
  CHECK_FALSE(decode_base64url("AAAAAAAAA"));
}

TEST_CASE("J4: each two-letter text decodes only when its spare bits are zero", "[base64url]") {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (std::size_t last = 0; last < 64; ++last) {
    CHECK(decode_base64url(std::string("A") + alphabet[last]).has_value() == (last % 16 == 0));
    CHECK(decode_base64url(std::string("AA") + alphabet[last]).has_value() == (last % 4 == 0));
    CHECK(decode_base64url(std::string("AAA") + alphabet[last]).has_value());
  }
}

TEST_CASE("J2: every byte outside of the alphabet is refused", "[base64url]") {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_known = alphabet.find(c) != alphabet.npos;
    for (std::size_t position = 0; position < 4; ++position) {
      std::string text = "AAAA";
      text[position] = c;
      CHECK(decode_base64url(text).has_value() == is_known);
    }
  }
}

TEST_CASE("J3: padding is refused", "[base64url]") {
  for (const char* text : {"Zg==", "Zm8=", "Zm9v=", "=", "==", "===="}) {
    CHECK_FALSE(decode_base64url(text));
  }
}

TEST_CASE("base64url: every length and byte comes back as it went", "[base64url]") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(decode_base64url(encode_base64url(bytes)) == bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST_CASE("base64: x5c has padding and the standard alphabet", "[base64url]") {
  CHECK(decode_base64("Zg==") == "f");
  CHECK(decode_base64("Zm8=") == "fo");
  CHECK(decode_base64("Zm9v") == "foo");
  CHECK(decode_base64("+/+/") == "\xfb\xff\xbf");
  CHECK(decode_base64("") == "");
}

TEST_CASE("base64: missing or surplus padding, and the other alphabet, are refused",
          "[base64url]") {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zm8", "Zm9v====", "-_-_", "Zm9v\n",
                           "Zh==", "Z===", "====", "=Zg=", "Zg==Zg=="}) {
    INFO(text);
    CHECK_FALSE(decode_base64(text));
  }
}
