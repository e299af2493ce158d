import Manifests
import Platform
import Subprocess
import TestSupport
import Testing

@testable import Dispatching

/// Tasks whose repository comes from another machine.
@Suite struct FarawayTasks {
  private let folder = TemporaryFolder()

  private func work(_ address: String?, branch: String? = "main") -> TaskWork {
    var work = TaskWork(
      repository: "/nowhere/here.git", commit: String(repeating: "a", count: 40), manifest: "m",
      file: "m.yaml",
      manifestBytes: Array(
        "mtor: 1\nname: m\nsteps: [{id: a, files: [{path: a, content: \"b\"}]}]\n".utf8))
    work.address = address
    work.branch = branch
    work.returns = true
    return work
  }

  private func settings(_ addresses: [String]) throws -> WorkerSettings {
    var configuration = Configuration()
    configuration.dispatch.addresses = try addresses.map { try AddressScope($0) }
    return WorkerSettings(
      executable: "/bin/false", folder: folder.file("d"), configuration: configuration)
  }

  private func refusal(_ work: TaskWork, _ addresses: [String]) throws -> String? {
    let admission = Admission(settings: try settings(addresses), runner: CommandRunner())
    do throws(Admission.Refusal) {
      #expect(try admission.admit(work).address?.text == work.address)
      return nil
    } catch { return error.reason }
  }

  @Test func anAddressIsAdmittedWhereTheConfigurationAllowsIt() throws {
    #expect(try refusal(work("https://h/team/a.git"), ["https://h/team/"]) == nil)
    #expect(
      try refusal(work("https://h/other/a.git"), ["https://h/team/"])
        == "'https://h/other/a.git' is not below 'dispatch.addresses' of this worker")
    #expect(
      try refusal(work("https://h/team/a.git"), [])
        == "'https://h/team/a.git' is not below 'dispatch.addresses' of this worker")
  }

  @Test(arguments: [
    "-u", "ext::sh -c id", "http://h/team/a", "https://u:p@h/team/a", "https://h/team/a\nb",
    "https://h/team/../b", "https://h/team/%2e%2e/b", "/etc", "",
  ])
  func aHostileAddressIsNot(address: String) throws {
    #expect(try refusal(work(address), ["https://h/team/"]) != nil)
  }

  @Test(arguments: ["x:refs/heads/y", "-x", "a b", "*", "..", "a\u{1B}b"])
  func aHostileBranchIsNot(branch: String) throws {
    #expect(
      try refusal(work("https://h/team/a", branch: branch), ["https://h/team/"])?.hasPrefix(
        "its branch ") == true)
  }

  @Test func aTaskWithoutAnAddressNeedsItsRepositoryHere() throws {
    #expect(
      try refusal(work(nil), ["https://h/"])
        == "there is no repository '/nowhere/here.git' on this machine")
  }

  /// The worker in a fleet's own process does what that process put in, to the byte.
  @Test func onlyExpectedWorkIsDoneWhereThatIsWanted() throws {
    var settings = try settings([])
    let repository = folder.file("r")
    var work = work("https://h/team/a")
    work.repository = "/"
    let id = try TaskId(batch: "b", task: "t")
    settings.orders = [id: work]
    let admission = Admission(settings: settings, runner: CommandRunner())
    #expect(try admission.admit(TaskOrder(id: id, work: work)).address == nil)
    var other = work
    other.params["A"] = "b"
    let words = "this worker does the tasks alone that its own process has put in"
    for (id, work) in [(id, other), (try TaskId(batch: "b", task: "u"), work)] {
      do throws(Admission.Refusal) {
        _ = try admission.admit(TaskOrder(id: id, work: work))
        Issue.record("\(repository) was admitted")
      } catch { #expect(error.reason == words) }
    }
  }

  @Test func anAddressTravelsAndItsAbsenceToo() throws {
    for address in ["https://h/a", nil] {
      let work = work(address)
      #expect(TaskWork(work.json, bytes: work.manifestBytes) == work)
    }
    // What an older mtor wrote has neither.
    let old = JSON.object(
      (work(nil).json.object ?? []).filter { $0.key != "address" && $0.key != "returns" })
    #expect(TaskWork(old, bytes: work(nil).manifestBytes)?.returns == false)
  }

  @Test func aResultIsInTheReportAndNotShownWithIt() {
    let bytes = [UInt8](0...255)
    let report = Homecoming.add(bytes, to: ["ok": true])
    #expect(Homecoming.bundle(in: report) == bytes)
    #expect(Homecoming.without(report) == ["ok": true])
    #expect(Homecoming.bundle(in: Homecoming.add([1], to: report)) == [1])
    #expect(Homecoming.bundle(in: ["bundle": "no base64!"]) == nil)
    #expect(Homecoming.bundle(in: nil) == nil)
    // With the longest report it is below what the server takes.
    let most = Homecoming.add(Array(repeating: 0xFF, count: Homecoming.limit), to: nil)
    #expect(most.bytes().count + CappedReport.limit < TemporalOrder.limit)
  }
}
