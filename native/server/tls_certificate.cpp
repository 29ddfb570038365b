#include "tls_certificate.hpp"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <tuple>
#include <vector>

#include <touchstone/secret_text.hpp>

#include "tls_chain.hpp"

namespace touchstone::server {
namespace {

/// What a file holds, wiped afterwards.
class Content {
 public:
  explicit Content(const std::string& file) : status(gnutls_load_file(file.c_str(), &datum)) {}
  ~Content() {
    wipe(datum.data, datum.size);
    gnutls_free(datum.data);
  }
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

  gnutls_datum_t datum{};
  const int status;
};

}  // namespace

TlsCertificate::Chain::~Chain() {
  for (unsigned i = 0; i < size; ++i) gnutls_x509_crt_deinit(certificates[i]);
  gnutls_free(certificates);
  gnutls_x509_privkey_deinit(key);
}

TlsCertificate::TlsCertificate(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}

TlsCertificate::~TlsCertificate() = default;

std::shared_ptr<const TlsCertificate::Chain> TlsCertificate::chain() const {
  const std::lock_guard lock(mutex_);
  return chain_;
}

bool TlsCertificate::Stamp::operator==(const Stamp& other) const {
  const auto parts = [](const Stamp& stamp, int i) {
    return std::tuple(stamp.modified[i].tv_sec, stamp.modified[i].tv_nsec, stamp.nodes[i],
                      stamp.sizes[i]);
  };
  return parts(*this, 0) == parts(other, 0) && parts(*this, 1) == parts(other, 1);
}

std::optional<TlsCertificate::Stamp> TlsCertificate::stamp() const {
  Stamp stamp{};
  const std::string* files[] = {&certificate_file_, &key_file_};
  for (int i = 0; i < 2; ++i) {
    struct stat status;
    if (stat(files[i]->c_str(), &status) != 0) return {};
#ifdef __APPLE__
    stamp.modified[i] = status.st_mtimespec;
#else
    stamp.modified[i] = status.st_mtim;
#endif
    stamp.nodes[i] = status.st_ino;
    stamp.sizes[i] = status.st_size;
  }
  return stamp;
}

TlsCertificate::News TlsCertificate::refresh() {
  const auto found = stamp();
  if (found && read_ && *found == *read_) return News::none;

  const auto load = [&]() -> std::string {
    const Content certificate(certificate_file_), key(key_file_);
    if (certificate.status != 0) return "the certificate's file cannot be read";
    if (key.status != 0) return "the key's file cannot be read";
    // This reads both and sees whether they belong together.
    gnutls_certificate_credentials_t both;
    if (gnutls_certificate_allocate_credentials(&both) != 0) return "out of memory";
    auto chain = std::make_shared<Chain>();
    const int status = gnutls_certificate_set_x509_key_mem(both, &certificate.datum, &key.datum,
                                                           GNUTLS_X509_FMT_PEM);
    const bool is_complete =
        status >= 0 &&
        gnutls_certificate_get_x509_crt(both, 0, &chain->certificates, &chain->size) == 0 &&
        gnutls_certificate_get_x509_key(both, 0, &chain->key) == 0;
    gnutls_certificate_free_credentials(both);
    if (status == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
      return "the certificate and the key do not belong together";
    if (!is_complete) return "the certificate or the key is not one in PEM, or is encrypted";
    const std::lock_guard lock(mutex_);
    chain_ = std::move(chain);
    return "";
  };
  const std::string complaint = load();
  const bool is_known = complaint == complaint_;
  complaint_ = complaint;
  if (complaint.empty()) {
    read_ = found;
    return News::loaded;
  }
  read_.reset();
  return is_known ? News::none : News::failed;
}

NumericDate TlsCertificate::expires() const {
  const auto chain = this->chain();
  return static_cast<NumericDate>(gnutls_x509_crt_get_expiration_time(chain->certificates[0]));
}

}  // namespace touchstone::server
