// A Store behind lines of JSON, for tests of many processes: a command a line on standard input, an
// answer a line on standard output.
//
//   {"op": "open", "place": TEXT, "timeout"?: SECONDS}
//   {"op": "create"}
//   {"op": "load"}                                       -> "text", "version"; null when there is
//   none
//   {"op": "swap", "expected": TEXT, "text": TEXT}       -> "version"
//   {"op": "append", "marks": [TEXT], "seconds": NUMBER} -> "done": how many
//       adds each mark to the end of what is stored, however often that has to be tried; prints the
//       mark on a line of its own when it is in.
//
// Every answer has "ok", "error" when that is false, and "ms".
#include <touchstone/store.hpp>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

using namespace touchstone;
using nlohmann::json;

namespace {

std::unique_ptr<Store> store;

json failed(const Error& error) { return {{"ok", false}, {"error", to_json(error)}}; }

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

json load() {
  const auto stored = store->load();
  if (!stored) return failed(stored.error());
  if (!*stored) return {{"ok", true}, {"text", nullptr}, {"version", nullptr}};
  return {{"ok", true}, {"text", (*stored)->text.view()}, {"version", (*stored)->version}};
}

/// Until the mark is in: who does not know whether it went in looks.
Refusal append(const std::string& mark, double until) {
  for (;;) {
    const auto stored = store->load();
    Refusal refusal = stored ? Refusal{} : stored.error();
    if (stored) {
      const std::string text(*stored ? (*stored)->text.view() : "");
      if (text.find(mark) != text.npos) return {};
      const auto swapped =
          store->compare_and_swap(*stored ? (*stored)->version : "", text + mark + ";");
      if (swapped) return {};
      refusal = swapped.error();
    }
    const bool may_pass =
        refusal->id() == Error::store_conflict || refusal->id() == Error::store_unavailable;
    if (!may_pass || now() > until) return refusal;
    if (refusal->id() == Error::store_unavailable)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

json append_all(const json& command) {
  const double until = now() + command.at("seconds").get<double>();
  int done = 0;
  for (const json& mark : command.at("marks")) {
    if (const auto refusal = append(mark, until)) return failed(*refusal);
    std::cout << mark.dump() << std::endl;
    ++done;
  }
  return {{"ok", true}, {"done", done}};
}

json obey(const json& command) {
  const std::string op = command.at("op");
  if (op == "open") {
    auto opened = open_store(command.at("place"), {.timeout = command.value("timeout", 5.0)});
    if (!opened) return failed(opened.error());
    store = *std::move(opened);
    return {{"ok", true}};
  }
  if (!store) throw std::invalid_argument("open a store first");
  if (op == "create") {
    const auto refusal = store->create();
    return refusal ? failed(*refusal) : json{{"ok", true}};
  }
  if (op == "load") return load();
  if (op == "append") return append_all(command);
  if (op != "swap") throw std::invalid_argument("unknown op");
  const auto version = store->compare_and_swap(command.at("expected").get<std::string>(),
                                               command.at("text").get<std::string>());
  return version ? json{{"ok", true}, {"version", *version}} : failed(version.error());
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      const double since = now();
      json answer = obey(json::parse(line));
      answer["ms"] = (now() - since) * 1000;
      std::cout << answer.dump() << std::endl;
    } catch (const std::exception& error) {
      std::cerr << "probe: " << error.what() << '\n';
      return 2;
    }
  }
}
