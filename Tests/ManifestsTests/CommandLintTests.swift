import Manifests
import Testing
import YAMLTree

@Suite struct CommandLinting {
  private func said(
    _ command: String, _ shell: CommandSpec.Shell = .sh, _ role: CommandLints.Role = .test
  ) -> [String] {
    CommandLints.findings(in: command, shell: shell, role: role)
      .map { "\($0.line):\($0.column) \($0.severity.rawValue) \($0.rule)" }
  }

  @Test(arguments: [
    ("make test | tail -5", "1:13"), ("make test 2>&1 | tail -20", "1:18"),
    ("pytest -q | tee out.txt", "1:13"), ("make | grep -v warning", "1:8"), ("make|cat", "1:6"),
    ("cd x && make | head", "1:16"), ("make | sort | uniq", "1:15"), ("make |\n  tail", "2:3"),
    ("(make | tail)", "1:9"), ("A=b make | /usr/bin/tail", "1:12"), ("make | tail; true", "1:8"),
    ("a\nmake | tail\nb", "2:8"), ("if make | grep x; then y; fi", "1:11"),
    ("! make | grep x", "1:10"),
    ("case $x in a|b) make | tail;; esac", "1:24"), ("case a in a) make;; esac | tail", "1:28"),
    ("case a in a) case b in b|c) x;; esac;; d|e) make | cat;; esac", "1:52"),
    ("make | \\\n tail", "2:2"), ("make | tail >out 2>&1", "1:8"),
    ("timeout 5 make | sed s/a/b/", "1:18"),
  ])
  func aPipeThatHidesAFailureIsAnError(command: String, place: String) {
    #expect(said(command).contains("\(place) error command-pipe"))
    #expect(said(command, .bash).filter { $0.contains("pipe") } == [])
    #expect(said(command, .sh, .setup).contains("\(place) warning command-pipe"))
  }

  @Test(arguments: [
    "make test", "echo a | grep a", "printf 'a\\n' | wc -l", "make > out; tail out", "grep x a",
    "tail -n 1 a", "a || b", "make '| tail'", "make \"| tail\"", "make \\| tail",
    "# a | tail\nmake",
    "x=$(make | tail -1); test \"$x\" = ok", "echo `make | tail`", "cat <<EOF\nmake | tail\nEOF",
    "case $x in a|tail) make;; esac", "case $x in (a | tail) make ;; b|cat) make;; esac",
    "case $x in\n  a|head)\n    make\n    ;;\n  *) make;;\nesac",
    "echo a | make", "seq 3 | python3 x.py", "make # | tail", "curl x | sh",
  ])
  func anHonestCommandIsNot(command: String) {
    #expect(said(command) == [])
  }

  @Test(arguments: [
    ("make || true", "1:9"), ("make || :", "1:9"), ("make || exit 0", "1:9"),
    ("make || echo failed", "1:9"), ("make; echo done", "1:7"), ("make ; true", "1:8"),
    ("make &", "1:1"), ("set +e\nmake", "1:1"), ("make||true", "1:7"),
    ("cd a && make || true", "1:17"),
    ("make || printf x", "1:9"), ("(make || true)", "1:10"), ("make; echo $?", "1:7"),
  ])
  func aCommandThatIsAlwaysGreenIsAnError(command: String, place: String) {
    #expect(said(command) == ["\(place) error command-always-green"])
    #expect(said(command, .bash, .verify) == ["\(place) error command-always-green"])
    #expect(said(command, .sh, .setup) == [])
    #expect(said(command, .sh, .run) == [])
  }

  @Test(arguments: [
    "make || exit 1", "make || { echo failed; exit 1; }", "make || (echo failed; exit 1)",
    "make && echo ok", "echo a; make", "a || b", "server & sleep 1; curl x", "true", "echo a",
    "make || echo '|| true' && exit 1", "make || false", "set -e; make", "true || make",
    "make\necho done", "test -f a || exit 2",
  ])
  func aCommandThatCanBeRedIsNone(command: String) {
    #expect(said(command).filter { $0.contains("green") } == [])
  }

  @Test(arguments: [
    "[[ -f a ]]", "if [[ a == b ]]; then c; fi", "source venv/bin/activate", "diff <(a) <(b)",
    "cat <<< a", "make &> out", "make |& cat", "pushd a", "a=(1 2)", "echo ${a[0]}", "echo ${a^^}",
    "echo ${a//b/c}", "echo ${a:1:2}", "echo $'a\\n'", "echo {1..5}", "[ a == b ]",
    "test a == b", "echo -e 'a\\n'", "set -o pipefail", "set -euo pipefail\nmake",
    "((i++))", "function f { :; }", "declare -a x", "let i=1", "read -p x y", "echo ${!a}",
    "export PATH=(a)", "trap 'x' ERR", "mapfile -t x", "A=b [[ -f a ]]", "! [[ -f a ]]",
  ])
  func aBashismUnderShIsAnError(command: String) {
    #expect(said(command).contains { $0.contains("error command-bashism") }, "\(command)")
    #expect(said(command, .sh, .run).contains { $0.contains("warning command-bashism") })
    #expect(said(command, .bash).filter { $0.contains("bashism") } == [])
  }

  @Test(arguments: [
    "[ a = b ]", ". venv/bin/activate", "echo ${a:-b}", "echo ${a%.*}", "echo ${a#b}", "echo ${#a}",
    "echo '[[ x ]]'", "grep '[[:digit:]]' a", "echo $((1 + 2))", "echo $(a (b))",
    "x=a; echo \"$x\"",
    "awk '{print $1}' a", "find . -name '*.py' -exec x {} +", "echo {}", "f() { echo; }; f",
    "python3 -c 'a = [[1]]; print(a == a)'", "bash -c '[[ -f a ]]'", "echo a == b",
    "test -n \"$x\"",
    "case $x in a) b ;; esac", "git log HEAD~1..HEAD", "echo \"${a}\" ${b:=c} ${d:+e}", "local x=1",
    "cat <<'EOF'\n[[ a ]]\nEOF", "sed 's/{1..2}/x/' a", "npm run test:unit -- --a={b}",
    "cat <<-EOF\n\ta\n\tEOF\ntrue",
  ])
  func whatShKnowsIsNone(command: String) {
    #expect(said(command).filter { $0.contains("bashism") } == [], "\(command)")
  }

  @Test func aListThatGoesOnAfterAFailureIsAWarning() {
    #expect(said("make && make test\necho done") == ["1:1 warning command-list"])
    #expect(said("cd a && make") == [])
    #expect(said("make\ncd a && make test") == [])
    #expect(said("[ -f a ] && rm a\nmake") == [])
    #expect(said("if a && b; then c; fi\nd") == [])
  }

  @Test func aFindingPointsIntoTheCommand() {
    let block = Reading.withTests("- |\n  cd a\n  make test | tail -5")
    #expect(Reading.diagnostics(of: block).first?.mark == Mark(line: 8, column: 21))
    let quoted = Reading.withTests("- {run: \"make test | tail -5\"}")
    #expect(Reading.diagnostics(of: quoted).first?.mark == Mark(line: 6, column: 28))
    let plain = Reading.withTests("- make test | tail -5")
    #expect(Reading.diagnostics(of: plain).first?.mark == Mark(line: 6, column: 21))
  }

  @Test func aHostileCommandCostsLinearTime() {
    for unit in ["(", "$(", "\"$(", "{", "a|", "<<a\n", "`", "${", "&&", "'"] {
      _ = said(String(repeating: unit, count: 10_000))
    }
  }
}
