# `cmake --install BUILD_FOLDER`: the program, its man page and its shell completions (printed by the program itself).
include(GNUInstallDirs)
install(TARGETS favilla DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/packaging/favilla.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# A cross-built program cannot print its completions here; a package for another machine takes them from a native build.
if(NOT CMAKE_CROSSCOMPILING)
  install(
    CODE "
    set(folder \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}\")
    file(MAKE_DIRECTORY \"\${folder}/bash-completion/completions\" \"\${folder}/zsh/site-functions\"
         \"\${folder}/fish/vendor_completions.d\")
    foreach(pair bash:bash-completion/completions/favilla zsh:zsh/site-functions/_favilla
            fish:fish/vendor_completions.d/favilla.fish)
      string(REPLACE \":\" \";\" pair \${pair})
      list(GET pair 0 shell)
      list(GET pair 1 file)
      execute_process(COMMAND $<TARGET_FILE:favilla> completions \${shell} OUTPUT_FILE \"\${folder}/\${file}\"
                      COMMAND_ERROR_IS_FATAL ANY)
      message(STATUS \"Installing: \${folder}/\${file}\")
    endforeach()")
endif()
