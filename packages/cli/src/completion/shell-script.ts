/** The shells that are completed in. */
export type Shell = 'bash' | 'zsh' | 'fish'

// What is typed is handed over as it is, and never evaluated: a `$(…)` on the line must not run when Tab is pressed.
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: String.raw`# Completion of sidestep in bash.
_sidestep() {
  local value rest files=''
  COMPREPLY=()
  while IFS=$'\t' read -r value rest; do
    if [[ $value == ':files' ]]; then files=1; else COMPREPLY+=("$value"); fi
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
  if [[ -n $files ]] && ! compopt -o default 2>/dev/null; then
    while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
  fi
}
complete -F _sidestep sidestep
`,
  zsh: String.raw`#compdef sidestep
# Completion of sidestep in zsh.
_sidestep() {
  local value description files=''
  local -a candidates
  while IFS=$'\t' read -r value description; do
    if [[ $value == ':files' ]]; then files=1; else candidates+=("\${value//:/\\:}:$description"); fi
  done < <("\${(Q)words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)
  (( $#candidates )) && _describe sidestep candidates
  [[ -n $files ]] && _files
  return 0
}
if [[ $funcstack[1] == _sidestep ]]; then _sidestep "$@"; else compdef _sidestep sidestep; fi
`,
  fish: String.raw`# Completion of sidestep in fish.
function __sidestep_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for line in ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null </dev/null)
    if test "$line" = ':files'
      __fish_complete_path "$current"
    else
      printf '%s\n' "$line"
    end
  end
end
complete -c sidestep -f -a '(__sidestep_complete)'
`,
}

/** The script that makes a shell ask `sidestep complete -- WORDS`. */
export function shellScript(shell: Shell): string {
  return SCRIPTS[shell].replaceAll('\\${', '${')
}
