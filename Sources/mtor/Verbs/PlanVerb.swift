import Engine
import Events
import Glibc
import Manifests
import Planning
import Platform
import Reporting
import YAMLTree

/// `mtor plan MANIFEST…`: what apply would do; writes nothing, runs nothing.
enum PlanVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    var request = try invocation.request()
    let configuration: Configuration
    do {
      configuration = try ConfigurationFile.read(invocation).configuration
      request.limits = configuration.limits
      request.commands = CommandRules(
        configuration, fromStandardInput: request.sources.contains(where: \.isStream), sandbox: nil)
    } catch let faults as DiagnosticList {
      return try FailureOutput(invocation).report(.invalid(faults.all))
    }
    request.writtenFiles = invocation.writtenFiles
    let out = invocation.value(.out)
    let inspection: Inspection
    do throws(RunFailure) {
      if out == "-", invocation.value(.format) == "json" {
        throw .usage(
          message: "--out - and --format json both want standard output",
          hint: "leave one of them out, or save the plan to a file")
      }
      try invocation.refuseOverwriting()
      let manifests = try ManifestFiles.read(request)
      try request.refuseOverwriting(manifests)
      inspection = try Inspection.make(
        request, manifests: manifests, configuration: configuration)
      // A plan with conflicts lacks what they keep from landing.
      let conflicts = inspection.plans.flatMap(\.conflicts)
      if out == "-", let plan = inspection.plans.first(where: { !$0.conflicts.isEmpty }) {
        throw .conflicts(conflicts, file: plan.manifestFile)
      } else if out == "-" {
        _ = try Output.result(String(decoding: try inspection.saved(), as: UTF8.self))
      } else if let out, conflicts.isEmpty {
        try inspection.save(to: out)
      }
    } catch {
      return try FailureOutput(invocation).report(error)
    }
    if let unfinished = inspection.unfinished {
      Output.complain("warning: \(Printable.escaped(unfinished))\n")
    }
    if out == "-" {
      // The saved plan is what was printed.
    } else if invocation.value(.format) == "json" {
      try Output.print(PlanJSON.json(inspection.plans).text(.pretty) + "\n")
    } else {
      let console = Terminal.console(STDOUT_FILENO, invocation)
      let text = PlanText(console.style, width: console.width, diff: UnifiedDiff.text(of:))
      try Output.print(text.text(inspection.plans))
    }
    let conflicts = inspection.plans.flatMap(\.conflicts)
    if !conflicts.isEmpty, let out {
      Output.complain("error: '\(Printable.escaped(out))' was not written: apply would refuse it\n")
    }
    if !conflicts.isEmpty { return conflicts.exit == 4 ? .conflict : .system }
    return invocation.has(.detailedExitCode) && inspection.hasChanges ? .pending : .success
  }
}
