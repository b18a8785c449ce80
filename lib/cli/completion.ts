import { type Command, type Invocation, UsageError } from './command.ts';

/** Where a repository keeps a file for each release: their names need no program to be known. */
const LOCKS = 'lock/*/*/*.yaml';

const SHELLS: Readonly<Record<string, (commands: readonly Command[]) => string>> = { bash, zsh, fish };

/** @param all every command of the CLI, this one included */
export const completionOf = (all: () => Promise<readonly Command[]>): Command => ({
  name: 'completion',
  summary: 'print what a shell needs to complete commands, options and releases',
  help: `Usage: tidegate completion bash|zsh|fish

Prints a script for the shell: commands, options, the releases that have a lock in the working directory, and what
\`tidegate explain\` knows.

Examples:
  source <(tidegate completion bash)
  tidegate completion zsh > "\${fpath[1]}/_tidegate"
  tidegate completion fish > ~/.config/fish/completions/tidegate.fish
`,
  options: {},
  async run({ positionals, io }: Invocation) {
    const [shell = '', ...more] = positionals;
    const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (script === undefined || more.length > 0)
      throw new UsageError(`completion takes one shell: tidegate completion ${Object.keys(SHELLS).join('|')}`);
    io.out(script(await all()));
    return 0;
  },
});

const longOptions = ({ options }: Command): readonly string[] => [...Object.keys(options), 'cwd', 'help'];
const dashed = (command: Command): string =>
  longOptions(command)
    .map((option) => `--${option}`)
    .join(' ');
/** Whether its arguments are releases, as its own usage says. */
const takesReleases = ({ help }: Command): boolean => /^Usage: tidegate [\w-]+ \[?RELEASE\b/.test(help);

function bash(commands: readonly Command[]): string {
  return `# bash completion of tidegate: source <(tidegate completion bash)
_tidegate() {
  local word=\${COMP_WORDS[COMP_CWORD]} words="" releases="" known="" file
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map((command) => `    ${command.name}) words="${dashed(command)}"${takesReleases(command) ? ' releases=1' : ''}${command.words ? ` known="${command.words.join(' ')}"` : ''} ;;`).join('\n')}
    *) return ;;
  esac
  if [[ $word != -* ]]; then
    words=$known
    [ -n "$known$releases" ] || return
    [ -n "$releases" ] &&
    for file in ${LOCKS}; do
      [ -f "$file" ] && file=\${file##*/} && words="$words \${file%.yaml}"
    done
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _tidegate tidegate
`;
}

function zsh(commands: readonly Command[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return `#compdef tidegate
# zsh completion of tidegate: a file _tidegate in a folder of $fpath
_tidegate() {
  local -a commands options known
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  known=()
  case "$words[2]" in
${commands
  .map(
    (command) =>
      `    ${command.name}) options=(${dashed(command)})${takesReleases(command) ? ` known=(${LOCKS}(N:t:r))` : ''}${command.words ? ` known=(${command.words.join(' ')})` : ''} ;;`,
  )
  .join('\n')}
    *) return ;;
  esac
  if [[ $PREFIX == -* ]]; then
    compadd -- $options
  else
    compadd -- $known
    _files
  fi
}
if [ "$funcstack[1]" = _tidegate ]; then _tidegate "$@"; else compdef _tidegate tidegate; fi
`;
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `# fish completion of tidegate: ~/.config/fish/completions/tidegate.fish
function __tidegate_releases
  for file in ${LOCKS}
    string replace -r '.*/(.*)\\.yaml$' '$1' $file
  end
end
${commands
  .flatMap((command) => [
    `complete -c tidegate -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
    ...longOptions(command).map((option) => `complete -c tidegate -n '__fish_seen_subcommand_from ${command.name}' -l ${option}`),
    ...(takesReleases(command)
      ? [`complete -c tidegate -n '__fish_seen_subcommand_from ${command.name}' -f -a '(__tidegate_releases)'`]
      : []),
    ...(command.words
      ? [`complete -c tidegate -n '__fish_seen_subcommand_from ${command.name}' -f -a ${quoted(command.words.join(' '))}`]
      : []),
  ])
  .join('\n')}
`;
}
