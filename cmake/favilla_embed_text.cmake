# favilla_embed_text(MODULE FUNCTION FOLDER)
# Makes every .txt below FOLDER part of module MODULE: `std::span<const EmbeddedText> FUNCTION();` returns them, sorted
# by path. Declare that function where it is used. Editing a file rebuilds the table only.
function(favilla_embed_text MODULE FUNCTION FOLDER)
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/${FOLDER})
  file(GLOB_RECURSE texts CONFIGURE_DEPENDS ${folder}/*.txt)
  list(SORT texts)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${FUNCTION}.cc)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} "-DTEXTS=${texts}" -DFUNCTION=${FUNCTION} -DOUTPUT=${generated} -P
            ${CMAKE_SOURCE_DIR}/cmake/write_embedded_text.cmake
    DEPENDS ${texts} ${CMAKE_SOURCE_DIR}/cmake/write_embedded_text.cmake
    COMMENT "Embedding ${FOLDER} of ${MODULE}"
    VERBATIM)
  target_sources(favilla_${MODULE} PRIVATE ${generated})
endfunction()
