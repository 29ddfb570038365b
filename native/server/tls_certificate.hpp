// A certificate with its key in two files, which may be renewed while it is in use.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <touchstone/claims.hpp>

namespace touchstone::server {

class TlsCertificate {
 public:
  TlsCertificate(std::string certificate_file, std::string key_file);
  ~TlsCertificate();
  TlsCertificate(const TlsCertificate&) = delete;
  TlsCertificate& operator=(const TlsCertificate&) = delete;

  enum class News { none, loaded, failed };
  /// Reads the files if they have changed since they were read last. What belongs together may have
  /// been half written: then the former stays, and the next call tries again. `failed` comes once
  /// for a failure; complaint() says why.
  News refresh();
  const std::string& complaint() const { return complaint_; }
  /// The time at which the certificate in use expires.
  NumericDate expires() const;

  struct Chain;  // GnuTLS's
  std::shared_ptr<const Chain> chain() const;

 private:
  struct Stamp {
    struct timespec modified[2];
    ino_t nodes[2];
    off_t sizes[2];
    bool operator==(const Stamp& other) const;
  };
  std::optional<Stamp> stamp() const;

  const std::string certificate_file_, key_file_;
  std::optional<Stamp> read_;
  std::string complaint_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Chain> chain_;
};

}  // namespace touchstone::server
