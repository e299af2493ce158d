import Events
import Manifests
public import Planning
public import Platform
import YAMLTree

/// `mtor plan --format json`: what an apply would do, for a program.
public enum PlanJSON {
  /// The plans of one run, in order; `diff` is the unified diff of one file of a step.
  public static func json(
    _ plans: [Plan], diff: (PlannedFile, PlannedStep) -> String = Self.diff(of:in:)
  ) -> JSON {
    let files = plans.flatMap(\.steps).flatMap(\.files)
    let conflicts = plans.flatMap { plan in
      plan.conflicts.map { $0.diagnostic(in: plan.manifestFile, source: plan.source).json }
    }
    let isPending =
      files.contains { $0.action != .unchanged && $0.action != .skipped }
      || plans.contains { $0.commitOutlook == .pending }
    return [
      "ok": .bool(conflicts.isEmpty), "changes_pending": .bool(isPending),
      "files": .object(
        PlannedFile.Action.allCases.map { action in
          JSON.Member(action.rawValue, .integer(files.count { $0.action == action }))
        }),
      "plans": .array(plans.map { json($0, diff: diff) }), "conflicts": .array(conflicts),
      "diagnostics": .array(plans.flatMap(\.diagnostics).map(\.json)),
    ]
  }

  private static func json(_ plan: Plan, diff: (PlannedFile, PlannedStep) -> String) -> JSON {
    [
      "manifest": [
        "name": .string(plan.manifestName), "sha256": .string(plan.manifestDigest.hex),
        "file": .string(plan.manifestFile),
      ],
      "setup": .array(plan.setup.map(json)),
      "steps": .array(
        plan.steps.map { step in
          [
            "id": .string(step.id), "intent": JSON(step.intent),
            "decision": .string(step.decision.rawValue),
            "files": .array(step.files.map { json($0, diff: diff($0, step)) }),
            "run": .array(step.run.map(json)), "tests": .array(step.tests.map(json)),
            "line": .integer(step.mark.line),
          ]
        }),
      "verify": .array(plan.verify.map(json)), "commit": JSON(plan.commit),
      "commit_outlook": JSON(plan.commitOutlook?.rawValue),
    ]
  }

  private static func json(_ file: PlannedFile, diff: String) -> JSON {
    [
      "path": .string(file.path.text), "action": .string(file.action.rawValue),
      "reason": JSON(file.reason), "moved_from": JSON(file.movedFrom?.text),
      "before": json(file.before), "after": json(file.after),
      "repaired_in": JSON(file.repairedIn), "frozen": .bool(file.isFrozen),
      "grants_execution": .bool(file.grantsExecution), "changes_git": .bool(file.changesGit),
      "line": .integer(file.mark.line), "diff": diff.isEmpty ? .null : .string(diff),
    ]
  }

  /// A moved file's changes are those from its source.
  public static func diff(of file: PlannedFile, in step: PlannedStep) -> String {
    UnifiedDiff.text(of: file, source: step.files.first { $0.path == file.movedFrom })
  }

  private static func json(_ state: FileState) -> JSON {
    switch state {
    case .absent: .null
    case .symlink(let target): ["symlink": .string(target)]
    case .regular(let file):
      [
        "sha256": .string(file.digest.hex), "bytes": .integer(file.size),
        "mode": file.mode.map { .string("0" + String($0, radix: 8)) } ?? .null,
        "executable": file.isExecutable.map(JSON.bool) ?? .null,
      ]
    }
  }

  private static func json(_ command: PlannedCommand) -> JSON {
    [
      "kind": .string(command.kind.rawValue), "name": .string(command.name),
      "run": .string(command.spec.run), "cwd": JSON(command.directory?.text),
      "timeout": .number(command.spec.timeout), "line": .integer(command.spec.mark.line),
    ]
  }
}
