// What Emscripten's libraries would import from their host, answered inside the module, so that it
// imports nothing and runs wherever WebAssembly does. Each of these would otherwise bring in an
// import, and most of them all of printf as well (4 KB gzipped).
#include <cstdarg>
#include <cstddef>

extern "C" {

// The library's own goes byte by byte, and Mbed TLS wipes what it hashed with after every use.
void* memset(void* bytes, int value, std::size_t count) {
  return __builtin_memset(bytes, value, count);  // one instruction, with -mbulk-memory
}

// malloc grew the memory. JavaScript looks at memory.buffer anew after each call and need not be
// told.
void emscripten_notify_memory_growth(std::size_t) {}

// The ends of the program: abort(), a failed assertion, a failed C++ runtime check. There is nobody
// to print a message to; a trap reaches JavaScript as a WebAssembly.RuntimeError.
[[noreturn]] void _Exit(int) { __builtin_trap(); }
[[noreturn]] void abort_message(const char*, ...) { __builtin_trap(); }
[[noreturn]] void __assert_fail(const char*, const char*, int, const char*) { __builtin_trap(); }

// The two things that nlohmann/json formats: the escapes of its output, `\u%04x`, which must be
// right; and its error messages, which Touchstone never shows, and which end here at their first
// conversion.
int snprintf(char* out, std::size_t size, const char* format, ...) {
  std::size_t length = 0;
  const auto put = [&](char c) {
    if (length + 1 < size) out[length] = c;
    ++length;
  };
  va_list values;
  va_start(values, format);
  for (; *format != '\0'; ++format) {
    if (*format != '%') {
      put(*format);
      continue;
    }
    if (format[1] != '0' || format[2] != '4' || format[3] != 'x') break;
    const unsigned value = va_arg(values, unsigned);
    for (int shift = 12; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 0xf]);
    format += 3;
  }
  va_end(values);
  if (size != 0) out[length < size ? length : size - 1] = '\0';
  return static_cast<int>(length);
}
}
