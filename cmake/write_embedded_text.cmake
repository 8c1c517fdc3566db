# Run by favilla_embed_text: writes OUTPUT, a .cc with the content of TEXTS as raw string literals.
set(rows "")
foreach(path IN LISTS TEXTS)
  file(READ ${path} content)
  file(RELATIVE_PATH name ${FOLDER} ${path})
  string(APPEND rows "    {R\"~~(${name})~~\", R\"~~(${content})~~\"},\n")
endforeach()
file(
  WRITE ${OUTPUT}
  "#include <span>\n\n#include \"base/embedded_text.h\"\n\nnamespace favilla {\n\n"
  "std::span<const EmbeddedText> ${FUNCTION}();\n\n"
  "std::span<const EmbeddedText> ${FUNCTION}() {\n"
  "  static constexpr EmbeddedText kTexts[] = {\n${rows}  };\n  return kTexts;\n}\n\n}  // namespace favilla\n")
