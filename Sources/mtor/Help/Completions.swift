/// Completions for a shell, made from the verb table.
enum Completions {
  enum Shell: String, CaseIterable { case bash, zsh, fish }

  static func script(for shell: Shell) -> String {
    switch shell {
    case .bash: bash()
    case .zsh: zsh()
    case .fish: fish()
    }
  }

  private static var verbs: String { Verb.all.map(\.name.rawValue).joined(separator: " ") }

  // MARK: bash

  private static func bash() -> String {
    var script = """
      # bash completion for mtor; made by 'mtor completions bash'
      _mtor() {
        local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]} verb= i
        for ((i = 1; i < COMP_CWORD; i++)); do
          case ${COMP_WORDS[i]} in
            -C|--root|--color) ((i++)) ;;
            -*) ;;
            *) verb=${COMP_WORDS[i]}; break ;;
          esac
        done
        COMPREPLY=()
        case "$verb" in

      """
    for verb in Verb.all { script += bashCase(verb.name.rawValue, verb.allFlags, verb.operands) }
    script += """
          *)
            case "$last" in
              -C|--root) compopt -o dirnames; return ;;
              --color) COMPREPLY=($(compgen -W 'auto always never' -- "$word")); return ;;
            esac
            COMPREPLY=($(compgen -W '\(verbs) \
      \(Flag.common.flatMap(\.spellings).joined(separator: " ")) --version' -- "$word")) ;;
        esac
      }
      complete -F _mtor mtor

      """
    return script
  }

  private static func bashCase(_ verb: String, _ flags: [Flag], _ operands: [Operand]) -> String {
    var text = "    \(verb))\n      case \"$last\" in\n"
    for flag in flags where flag.placeholder != nil {
      let names = flag.spellings.joined(separator: "|")
      text += "        \(names)) \(bashValue(flag.value)); return ;;\n"
    }
    text += "      esac\n      case \"$word\" in\n"
    let names = flags.flatMap(\.spellings).joined(separator: " ")
    text += "        -*) COMPREPLY=($(compgen -W '\(names)' -- \"$word\")) ;;\n"
    switch operands.first?.kind {
    case .file: text += "        *) compopt -o default ;;\n"
    case .oneOf(let words):
      let list = words.joined(separator: " ")
      text += "        *) COMPREPLY=($(compgen -W '\(list)' -- \"$word\")) ;;\n"
    case .run, .text, nil: break
    }
    return text + "      esac ;;\n"
  }

  private static func bashValue(_ value: Flag.Value) -> String {
    switch value {
    case .folder: "compopt -o dirnames"
    case .file: "compopt -o default"
    case .oneOf(let words):
      "COMPREPLY=($(compgen -W '\(words.joined(separator: " "))' -- \"$word\"))"
    case .none, .text, .count: ":"
    }
  }

  // MARK: zsh

  private static func zsh() -> String {
    var script = """
      #compdef mtor
      # zsh completion for mtor; made by 'mtor completions zsh'
      _mtor() {
        local curcontext="$curcontext" state line
        local -a verbs
        verbs=(

      """
    for verb in Verb.all {
      script += "    \(single("\(verb.name.rawValue):\(verb.summary)"))\n"
    }
    script += "  )\n  _arguments -C \\\n"
    for flag in Flag.common { script += zshFlag(flag) }
    script += """
          '--version[show the version]' \\
          '1:verb:->verb' '*::argument:->rest'
        case $state in
          verb) _describe verb verbs ;;
          rest)
            case $words[1] in

      """
    for verb in Verb.all {
      script += "        \(verb.name.rawValue))\n          _arguments \\\n"
      for flag in verb.allFlags { script += "      " + zshFlag(flag) }
      script += "            \(zshOperand(verb.operands.first)) ;;\n"
    }
    return script + "      esac ;;\n  esac\n}\n_mtor \"$@\"\n"
  }

  private static func zshFlag(_ flag: Flag) -> String {
    let action =
      switch flag.value {
      case .none: ""
      case .text(let name), .count(let name): ":\(name): "
      case .file(let name): ":\(name):_files"
      case .folder(let name): ":\(name):_files -/"
      case .oneOf(let words): ":value:(\(words.joined(separator: " ")))"
      }
    let star = flag.repeats ? "*" : ""
    return flag.spellings.map { spelling in
      let help = flag.help.replacing("[", with: "(").replacing("]", with: ")")
      return "    \(single("\(star)\(spelling)[\(help)]\(action)")) \\\n"
    }.joined()
  }

  private static func zshOperand(_ operand: Operand?) -> String {
    switch operand?.kind {
    case .file: "'*:\(operand?.name ?? ""):_files'"
    case .oneOf(let words): "'1:\(operand?.name ?? ""):(\(words.joined(separator: " ")))'"
    case .run, .text: "'1:\(operand?.name ?? ""): '"
    case nil: "'*: :'"
    }
  }

  // MARK: fish

  private static func fish() -> String {
    var script = """
      # fish completion for mtor; made by 'mtor completions fish'

      # The verb of the command line so far; fish's own function takes the value of -C for it.
      function __mtor_verb
        set -l words (commandline -opc)
        set -e words[1]
        while set -q words[1]
          switch $words[1]
            case -C --root --color
              set -e words[1]
              set -q words[1]; and set -e words[1]
            case '-*'
              set -e words[1]
            case '*'
              echo $words[1]
              return
          end
        end
      end
      function __mtor_is
        test "$(__mtor_verb)" = "$argv[1]"
      end

      complete -c mtor -f
      complete -c mtor -n '__mtor_is ""' -l version -d 'show the version'

      """
    for flag in Flag.common { script += fishFlag(flag, condition: nil) }
    for verb in Verb.all {
      let name = verb.name.rawValue
      script += "complete -c mtor -n '__mtor_is \"\"' -a \(name) -d \(single(verb.summary))\n"
      let condition = "__mtor_is \(name)"
      for flag in verb.flags { script += fishFlag(flag, condition: condition) }
      switch verb.operands.first?.kind {
      case .file: script += "complete -c mtor -n '\(condition)' -F\n"
      case .oneOf(let words):
        script += "complete -c mtor -n '\(condition)' -a '\(words.joined(separator: " "))'\n"
      case .run, .text, nil: break
      }
    }
    return script
  }

  private static func fishFlag(_ flag: Flag, condition: String?) -> String {
    var line = "complete -c mtor"
    if let condition { line += " -n '\(condition)'" }
    if let short = flag.short { line += " -s \(short.dropFirst())" }
    line += " -l \(flag.name.rawValue.dropFirst(2))"
    switch flag.value {
    case .none: break
    case .text, .count: line += " -x"
    case .file: line += " -r -F"
    case .folder: line += " -x -a '(__fish_complete_directories)'"
    case .oneOf(let words): line += " -x -a '\(words.joined(separator: " "))'"
    }
    return line + " -d \(single(flag.help))\n"
  }

  /// In single quotes, for all three shells: each ends the quotes before an escaped one.
  private static func single(_ text: String) -> String {
    "'\(text.replacing("'", with: #"'\''"#))'"
  }
}
