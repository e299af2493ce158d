import Glibc
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

  /// The copy that a dispatch made beside the queue is outside every root of a person's.
  @Test func aCopyOfThisMachinesOwnNeedsNoRootWhereItsAddressIsAllowed() throws {
    let runner = CommandRunner()
    let copy = folder.file("state/r.git")
    func git(_ arguments: [String], in path: String) throws -> String {
      var command = Command(
        .executable("git", arguments), directory: path,
        environment: CommandEnvironment.inherited.merging([
          "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
          "GIT_COMMITTER_EMAIL": "a@b",
        ]) { _, new in new })
      command.capture.separate = 1 << 16
      let outcome = try runner.run(command)
      try #require(outcome.succeeded)
      return String(
        String(decoding: outcome.standardOutput?.whole ?? [], as: UTF8.self).prefix { $0 != "\n" })
    }
    _ = try git(["init", "-q", "--bare", copy], in: "/")
    _ = try git(["config", "remote.origin.url", "https://h/team/a.git"], in: copy)
    let tree = try git(["hash-object", "-w", "-t", "tree", "/dev/null"], in: copy)
    let commit = try git(["commit-tree", "-m", "one", tree], in: copy)
    _ = try git(["update-ref", "refs/heads/main", commit], in: copy)
    var work = work("https://h/team/a.git")
    work.repository = copy
    work.commit = commit
    func admitted(_ work: TaskWork, _ addresses: [String]) throws -> String {
      var settings = try settings(addresses)
      settings.ownCopies = folder.file("state")
      settings.configuration.dispatch.roots = [folder.file("src")]
      do throws(Admission.Refusal) {
        let address = try Admission(settings: settings, runner: runner).admit(work).address
        return address == nil ? "here" : "fetched"
      } catch { return error.reason }
    }
    #expect(try admitted(work, ["https://h/team/"]) == "here")
    #expect(
      try admitted(work, ["https://h/other/"]).hasSuffix(
        "is outside 'dispatch.roots' of this worker"))
    // A copy of something else is none of that address, whoever says so.
    work.address = "https://h/team/b.git"
    #expect(try admitted(work, ["https://h/team/"]) == "fetched")
  }

  /// What an earlier run of a fleet left to workers elsewhere is theirs.
  @Test func whatOthersAreToDoIsGivenBackAndNotWaitedFor() throws {
    let fixture = QueueFixture()
    let queue = try fixture.open()
    let path = fixture.path
    var foreign = try fixture.order("foreign")
    foreign.priority = 9
    let own = try fixture.order("own")
    for order in [foreign, own] { _ = try queue.dispatch(order) }
    var settings = try settings([])
    settings.orders = [own.id: own.work]
    settings.endsWhenDone = true
    try Worker(
      settings, open: { () throws(QueueError) in try SQLiteQueue(path: path, patience: 20_000) },
      log: { _ in }
    ).run()
    #expect(try queue.task("own")?.state == .failed)
    #expect(try queue.task("foreign")?.state == .queued)
    #expect(try queue.task("foreign")?.reason == "it is left to other workers")
  }

  @Test func anAddressTravelsAndItsAbsenceToo() throws {
    for address in ["https://h/a", nil] {
      var work = work(address)
      work.isTrial = address != nil
      #expect(TaskWork(work.json, bytes: work.manifestBytes) == work)
    }
    // What an older mtor wrote has neither.
    let old = JSON.object(
      (work(nil).json.object ?? []).filter { $0.key != "address" && $0.key != "returns" })
    #expect(TaskWork(old, bytes: work(nil).manifestBytes)?.returns == false)
  }

  /// On this machine's own queue an address is given to git alone, which takes more of them.
  @Test func anAddressIsReadStrictlyWhereItTravels() throws {
    let environment = CommandEnvironment.inherited.filter { !$0.key.hasPrefix("GIT_") }.merging([
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a",
      "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    ]) { _, new in new }
    let path = folder.file("my repo")
    for arguments in [
      ["init", "-q", "-b", "main", path],
      ["-C", path, "commit", "-q", "--allow-empty", "-m", "one"],
    ] {
      let made = try CommandRunner().run(
        Command(.executable("git", arguments), directory: "/", environment: environment))
      try #require(made.succeeded)
    }
    try folder.write(
      "m.yaml", "mtor: 1\nname: m\nsteps: [{id: a, files: [{path: a, content: \"b\"}]}]\n")
    var request = OrderRequest(manifests: [folder.file("m.yaml")], batch: "b")
    request.repositories = ["file://" + path]
    request.branch = "main"
    let book = OrderBook(folder: folder.file("d"), runner: CommandRunner())
    let orders = try book.orders(request)
    #expect(orders.map(\.work.address) == [nil])
    request.travels = true
    do throws(OrderFault) {
      _ = try book.orders(request)
      Issue.record("an address with a space was sent away")
    } catch {
      #expect(error.message.hasSuffix(" has a space or a control character in it"))
    }
  }

  /// A server that is away is asked again; what it says no to is not. The worker says who it is.
  @Test func onlyAServerThatIsAwayIsAskedAgain() throws {
    for (address, isAway) in [
      ("https://127.0.0.1:1/a", true), ("file://" + folder.file("none"), false),
    ] {
      let fixture = QueueFixture()
      let queue = try fixture.open()
      var order = try fixture.order("t")
      order.work = work(address)
      _ = try queue.dispatch(order)
      let lease = try #require(try queue.lease(fixture.wish()))
      var settings = try settings(["https://127.0.0.1:1/", "file:///"])
      settings.executable = "/proc/self/exe"
      settings.name = "box-1"
      var attempt = Attempt(
        settings: settings, queue: queue, lease: lease, lost: [], log: { _ in })
      let performed = attempt.perform()
      let end = try #require(performed)
      #expect(end.kind == (isAway ? .again(.fetch, pause: nil) : .ended(.failed)))
      let reason = try #require(end.reason)
      #expect(
        reason.hasPrefix(
          "on box-1: '\(address)' cannot be fetched: git ls-remote failed with exit code 128: "),
        "\(reason)")
      #expect(try queue.task("t")?.state == (isAway ? .queued : .failed))
      #expect(try queue.task("t")?.reason == reason)
      let copies = try FolderListing.names(
        of: Descriptor.open(folder.file("d/repositories"), O_RDONLY | O_DIRECTORY))
      #expect(copies.allSatisfy { $0.hasSuffix(".lock") }, "\(copies)")
    }
  }

  /// On either queue: it would stand in the copy's own configuration, and in what is said of it.
  @Test(arguments: [
    "https://ada:secret@h/a", "ssh://ada:secret@h/a", "http://ada:secret@h/a", "ada:secret@h:a",
  ])
  func anAddressWithAPasswordIsRefusedAndNotShown(address: String) throws {
    try folder.write(
      "m.yaml", "mtor: 1\nname: m\nsteps: [{id: a, files: [{path: a, content: \"b\"}]}]\n")
    var request = OrderRequest(manifests: [folder.file("m.yaml")], batch: "b")
    request.repositories = [address]
    for travels in [false, true] {
      request.travels = travels
      do throws(OrderFault) {
        _ = try OrderBook(folder: folder.file("d"), runner: CommandRunner()).orders(request)
        Issue.record("it was taken")
      } catch {
        #expect(error.message.hasPrefix("the address '") && error.message.contains("***@h"))
        #expect(!"\(error)".contains("secret"))
      }
    }
    #expect(access(folder.file("d"), F_OK) != 0)
    let said = try refusal(work(address), ["https://h/"]) ?? ""
    #expect(said.contains("***@h") && !said.contains("secret"))
  }

  /// A folder comes first, whatever it is called.
  @Test func whatIsNoAddressAndNoFolderIsTold() throws {
    let places = RepositoryPlaces(
      folder: folder.file("d"), git: Git(runner: CommandRunner()))
    do throws(OrderFault) {
      _ = try places.find("http://h/a", branch: nil, travels: false)
      Issue.record("it was taken")
    } catch {
      #expect(
        error.message == "the address 'http://h/a' has the protocol 'http', which is not spoken")
    }
    do throws(OrderFault) {
      _ = try places.find("file://" + folder.file("none"), branch: nil, travels: false)
      Issue.record("it was taken")
    } catch {
      #expect(
        error.message
          == "'file://\(folder.file("none"))' cannot be fetched: git ls-remote failed with exit code "
          + "128: fatal: '\(folder.file("none"))' does not appear to be a git repository")
      #expect(!error.isPassing)
    }
    #expect(access(folder.file("d"), F_OK) != 0)
  }

  /// A worker's word: Int.max twice would end the process that adds them up.
  @Test func whatAWorkerSaysThatItSpentIsWithinWhatCanBe() {
    let most = AttemptEnd.Spent(tokens: 1_000_000_000_000, usd: 1e9)
    #expect(TemporalOrder.spent(["tokens": .integer(.max), "usd": .number(1e18)]) == most)
    #expect(TemporalOrder.spent(["tokens": .integer(.min), "usd": .number(-1)]) == .init())
    #expect(TemporalOrder.spent(["tokens": "many", "usd": .number(.infinity)]) == .init())
    #expect(
      TemporalOrder.spent(["tokens": 12, "usd": .number(0.5)]) == .init(tokens: 12, usd: 0.5))
    #expect(
      TemporalBeat(["spent": ["tokens": .integer(.max), "usd": .number(1e300)]]).spent == most)
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
