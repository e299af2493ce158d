import Subprocess
import Testing

@Suite struct CommandEnvironmentTests {
  private let environment = CommandEnvironment(
    base: [
      "HOME": "/home/a", "PATH": "/bin", "GITHUB_TOKEN": "s", "AWS_SECRET": "s", "Api_Key": "s",
      "DB_PASSWORD": "s", "ZHIPU": "s", "TOKENS": "n", "KEY": "n",
    ], keyNames: ["ZHIPU"])

  @Test func secretsStayBehind() {
    #expect(
      environment.make() == ["HOME": "/home/a", "PATH": "/bin", "TOKENS": "n", "KEY": "n"])
  }

  @Test func namedSecretsArePassed() {
    let made = environment.make(passing: ["GITHUB_TOKEN", "ZHIPU", "ABSENT"])
    #expect(made["GITHUB_TOKEN"] == "s")
    #expect(made["ZHIPU"] == "s")
    #expect(made["AWS_SECRET"] == nil)
    #expect(made["ABSENT"] == nil)
  }

  @Test func ownValuesWinAndMayLookLikeSecrets() {
    let made = environment.make(adding: ["HOME": "/x", "TEST_KEY": "1"])
    #expect(made["HOME"] == "/x")
    #expect(made["TEST_KEY"] == "1")
  }

  @Test func foldersComeBeforePath() {
    #expect(environment.make(folders: ["/r/a", "/r/b"])["PATH"] == "/r/a:/r/b:/bin")
    #expect(
      CommandEnvironment(base: [:]).make(folders: ["/r"])["PATH"]
        == "/r:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    #expect(environment.make(adding: ["PATH": "/own"], folders: ["/r"])["PATH"] == "/r:/own")
  }

  @Test func parametersHaveTheirOwnNames() {
    #expect(environment.make(parameters: ["name": "v"])["MTOR_PARAM_name"] == "v")
  }
}
