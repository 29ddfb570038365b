// Measures natively: `bench FIXTURES OPTIONS`, the files that tests/bench/worker.mjs gets as well.
// A line of JSON for each result, of the same shape; the statistics are made of them in
// tests/bench/measure.mjs.
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <numeric>
#include <optional>
#include <random>
#include <thread>
#include <touchstone/touchstone.hpp>

#include "peers.hpp"

namespace bench {

std::string from_base64url(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const unsigned value = c >= 'A' && c <= 'Z'   ? static_cast<unsigned>(c - 'A')
                           : c >= 'a' && c <= 'z' ? static_cast<unsigned>(c - 'a') + 26
                           : c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0') + 52
                           : c == '-'             ? 62
                                                  : 63;
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xff);
  }
  return bytes;
}

std::string to_der(std::string_view signature) {
  const auto element = [](char tag, const std::string& body) {
    std::string bytes(1, tag);
    if (body.size() >= 128) bytes += '\x81';
    bytes += static_cast<char>(body.size());
    return bytes.append(body);
  };
  const auto integer = [&](std::string_view number) {
    while (number.size() > 1 && number[0] == 0) number.remove_prefix(1);
    std::string body((number[0] & 0x80) != 0 ? 1 : 0, '\0');  // or it would read as negative
    return element(0x02, body.append(number));
  };
  const std::size_t half = signature.size() / 2;
  return element(0x30, integer(signature.substr(0, half)).append(integer(signature.substr(half))));
}

namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

struct Options {
  int rounds, batch_ms, warm_ms;
  std::vector<std::string> sizes;
  std::mt19937_64 random;
};

json read(const char* path) {
  std::ifstream file(path);
  return json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

Token token_of(const std::string& text) {
  const std::size_t dot = text.rfind('.');
  return {text, text.substr(0, dot), from_base64url(std::string_view(text).substr(dot + 1))};
}

Case case_of(const json& given, const std::string& size) {
  const json& jwk = given["jwk"];
  Case made{.alg = given["alg"],
            .issuer = given["issuer"],
            .audience = given["audience"],
            .jwks = given["jwks"],
            .pem = given.value("pem", ""),
            .secret = from_base64url(jwk.value("k", "")),
            .tokens = {}};
  for (const json& token : given["tokens"][size]) made.tokens.push_back(token_of(token));
  made.tokens.push_back(token_of(given["bad"]["signature"]));
  return made;
}

/// The same tokens for those that want signatures in DER.
Case in_der(Case given) {
  if (is_ecdsa(given))
    for (Token& token : given.tokens) token.signature = to_der(token.signature);
  return given;
}

struct Contender {
  std::string name;
  Verify verify;
  const Case* given;
  std::size_t next = 0;
  std::size_t batch = 1;

  double run(std::size_t count) {
    const std::size_t good = given->tokens.size() - 1;
    const auto since = Clock::now();
    bool is_valid = true;
    for (std::size_t i = 0; i < count; ++i)
      is_valid = verify(given->tokens[next = (next + 1) % good]) && is_valid;
    const double elapsed = milliseconds_since(since);
    if (!is_valid) throw std::runtime_error(name + " refused a valid token");
    return elapsed;
  }
};

struct Candidate {
  std::string name;
  Verify (*make)(const Case&);
  const Case* given;
};

struct Field {
  std::vector<Contender> contenders;
  json gaps = json::object();
};

Field contend(const std::vector<Candidate>& candidates) {
  Field field;
  for (const auto& [name, make, given] : candidates) {
    try {
      const Verify verify = make(*given);
      for (std::size_t i = 0; i < given->tokens.size(); ++i) {
        const bool should = i + 1 < given->tokens.size();
        if (verify(given->tokens[i]) != should)
          throw Gap(should ? "refuses a valid token" : "accepts a false signature");
      }
      field.contenders.push_back({name, verify, given});
    } catch (const Gap& gap) {
      field.gaps[name] = gap.what();
    }
  }
  return field;
}

/// As measure() in measure.mjs: batches of the same duration, an order shuffled in each round.
json measure(std::vector<Contender>& contenders, Options& options) {
  json samples = json::object();
  for (Contender& contender : contenders) {
    samples[contender.name] = json::array();
    const auto since = Clock::now();
    do {
      double elapsed = 0;
      std::size_t count = 1;
      while ((elapsed = contender.run(count)) < options.batch_ms / 4.0) count *= 4;
      const double fit = static_cast<double>(count) * options.batch_ms / elapsed;
      contender.batch = std::max<std::size_t>(1, static_cast<std::size_t>(fit));
    } while (milliseconds_since(since) < options.warm_ms);
  }
  std::vector<std::size_t> order(contenders.size());
  std::iota(order.begin(), order.end(), 0);
  for (int round = 0; round < options.rounds; ++round) {
    std::shuffle(order.begin(), order.end(), options.random);
    for (const std::size_t i : order) {
      Contender& contender = contenders[i];
      const double elapsed = contender.run(contender.batch);
      samples[contender.name].push_back(elapsed * 1e6 / static_cast<double>(contender.batch));
    }
  }
  return samples;
}

void print(const json& result) { std::cout << result.dump() << std::endl; }

void compare(json what, const std::vector<Candidate>& candidates, Options& options) {
  Field field = contend(candidates);
  what["tokenBytes"] = candidates[0].given->tokens[0].text.size();
  what["samples"] = measure(field.contenders, options);
  what["gaps"] = field.gaps;
  print(what);
}

void hot_and_cold(const json& fixtures, Options& options) {
  for (const auto& [id, fixture] : fixtures["cases"].items()) {
    for (const std::string& size : options.sizes) {
      const Case given = case_of(fixture, size);
      const Case der = in_der(given);
      compare({{"scenario", "signature"}, {"id", id}, {"size", size}},
              {{"touchstone", touchstone_signature, &given},
               {"OpenSSL", openssl_signature, &der},
               {"Mbed TLS", mbedtls_signature, &der}},
              options);
      compare({{"scenario", "hot"}, {"id", id}, {"size", size}},
              {{"touchstone", touchstone_verify, &given}, {"libjwt", libjwt_verify, &given}},
              options);
      if (size != "small") continue;
      compare({{"scenario", "cold"}, {"id", id}, {"size", size}},
              {{"touchstone", touchstone_cold, &given},
               {"OpenSSL", openssl_cold, &der},
               {"libjwt", libjwt_verify, &given}},
              options);
    }
  }
}

void sets(const json& fixtures, Options& options) {
  for (const auto& [id, texts] : fixtures["sets"].items()) {
    std::vector<std::pair<std::string, Case>> cases;
    for (const auto& [count, jwks] : texts.items()) {
      cases.emplace_back("touchstone, " + count, case_of(fixtures["cases"][id], "small"));
      cases.back().second.jwks = jwks;
    }
    std::vector<Candidate> candidates;
    for (const auto& [name, given] : cases) candidates.push_back({name, touchstone_verify, &given});
    compare({{"scenario", "sets"}, {"id", id}, {"size", "small"}}, candidates, options);
  }
}

/// What a warm remote set costs beyond a local one. It is little, so there are more rounds.
void remote(const json& fixtures, Options options) {
  options.rounds *= 2;
  for (const char* id : {"ES256", "HS256"}) {
    if (!fixtures["cases"].contains(id)) continue;
    const Case given = case_of(fixtures["cases"][id], "small");
    compare({{"scenario", "remote"}, {"id", id}, {"size", "small"}},
            {{"touchstone", touchstone_verify, &given},
             {"touchstone, remote", touchstone_remote, &given}},
            options);
  }
}

/// Verifications a second by some threads that share what `verify` holds.
double throughput(const Verify& verify, const Case& given, int threads, int milliseconds) {
  std::atomic<bool> is_over = false;
  std::atomic<std::size_t> total = 0;
  std::vector<std::thread> running;
  const auto since = Clock::now();
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      std::size_t count = 0;
      const std::size_t good = given.tokens.size() - 1;
      while (!is_over.load(std::memory_order_relaxed))
        count += verify(given.tokens[(count + static_cast<std::size_t>(i)) % good]);
      total += count;
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  is_over = true;
  for (std::thread& thread : running) thread.join();
  return static_cast<double>(total) * 1000 / milliseconds_since(since);
}

/// Samples are nanoseconds a verification here as well, over all threads: half with two threads.
void threads(const json& fixtures, Options& options) {
  for (const char* id : {"ES256", "RS256", "Ed25519", "HS256"}) {
    if (!fixtures["cases"].contains(id)) continue;
    const Case given = case_of(fixtures["cases"][id], "small");
    const Case der = in_der(given);
    const Field field =
        contend({{"touchstone", touchstone_verify, &given}, {"OpenSSL", openssl_signature, &der}});
    std::vector<std::pair<const Contender*, int>> runs;
    for (const Contender& contender : field.contenders)
      for (const int count : {1, 2}) runs.emplace_back(&contender, count);
    json samples = json::object();
    for (int round = 0; round < options.rounds; ++round) {
      std::shuffle(runs.begin(), runs.end(), options.random);
      for (const auto& [contender, count] : runs) {
        const int milliseconds = options.batch_ms * 3;
        const double rate = throughput(contender->verify, *contender->given, count, milliseconds);
        samples[contender->name + ", " + std::to_string(count)].push_back(1e9 / rate);
      }
    }
    print({{"scenario", "threads"},
           {"id", id},
           {"size", "small"},
           {"samples", samples},
           {"gaps", field.gaps}});
  }
}

double allocated() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

/// Bytes a key of the heap: once parsed, after each was used twice, and of a few that are used so
/// much that whatever a verifier prepares for such keys is there.
void memory(const json& fixtures) {
  for (const auto& [id, fixture] : fixtures["memory"].items()) {
    const std::string jwks = fixture["jwks"];
    std::vector<std::string> tokens = fixture["tokens"];
    const touchstone::Expectations expected{.issuer = fixture["issuer"].get<std::string>(),
                                            .audience = fixture["audience"].get<std::string>()};
    const auto grown = [&](auto work) {
      const double before = allocated();
      work();
      return allocated() - before;
    };
    std::optional<touchstone::KeySet> keys;
    const double parsed = grown([&] { keys = *touchstone::KeySet::parse(jwks); });
    const double used = grown([&] {
      for (int use = 0; use < 2; ++use)
        for (const std::string& token : tokens)
          if (!touchstone::verify(token, *keys, expected, static_cast<double>(std::time(nullptr))))
            throw std::runtime_error("a valid token was refused");
    });
    const auto count = static_cast<double>(keys->keys().size());
    json bytes = {{"parsed", parsed / count}};
    if (!tokens.empty()) {
      bytes["used"] = (parsed + used) / count;
      constexpr std::size_t few = 8;
      const double grown_hot = grown([&] {
        const auto since = Clock::now();
        for (int use = 0; use < 2000 && milliseconds_since(since) < 5000; ++use)
          for (std::size_t i = 0; i < few; ++i)
            (void)touchstone::verify(tokens[i], *keys, expected,
                                     static_cast<double>(std::time(nullptr)));
      });
      bytes["hot"] = (parsed + used) / count + grown_hot / few;
    }
    print(
        {{"scenario", "memory"}, {"id", id}, {"keys", count}, {"bytes", {{"touchstone", bytes}}}});
  }
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
  using namespace bench;
  if (count != 3) return std::cerr << "bench FIXTURES OPTIONS\n", 2;
  const json fixtures = read(arguments[1]);
  const json given = read(arguments[2]);
  Options options{.rounds = given["rounds"],
                  .batch_ms = given["batchMs"],
                  .warm_ms = given["warmMs"],
                  .sizes = given["sizes"],
                  .random = std::mt19937_64(given["seed"].get<unsigned>())};
  print(
      {{"scenario", "peers"},
       {"peers", {touchstone_version(), openssl_version(), mbedtls_version(), libjwt_version()}}});
  memory(fixtures);  // first, on a heap that nobody has used yet
  hot_and_cold(fixtures, options);
  sets(fixtures, options);
  remote(fixtures, options);
  threads(fixtures, options);
}
