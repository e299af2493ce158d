import Platform
public import Records
public import Transport

/// What is known of endpoints, in the ledger's file: shared by all processes of the machine.
///
/// Where the file cannot be read or written, requests go on with what this process knows: a
/// circuit protects an endpoint, it does not decide what is paid.
public final class EndpointRecords: EndpointStore {
  private let records: RepairRecords
  private let own = MemoryEndpointStore()

  public init(_ records: RepairRecords) { self.records = records }

  public func state(of endpoint: String) -> EndpointState {
    do throws(LedgerError) {
      return try records.state(ofEndpoint: endpoint).map(EndpointState.init(json:))
        ?? EndpointState()
    } catch {
      return own.state(of: endpoint)
    }
  }

  public func update(_ endpoint: String, _ change: (inout EndpointState) -> Void) {
    do throws(LedgerError) {
      try records.updateEndpoint(endpoint) { json in
        var state = json.map(EndpointState.init(json:)) ?? EndpointState()
        change(&state)
        return state.json
      }
    } catch {
      own.update(endpoint, change)
    }
  }
}

extension EndpointState {
  init(json: JSON) {
    self.init()
    failures = json["failures"]?.integer ?? 0
    openUntil = json["open_until"]?.double ?? 0
    notBefore = json["not_before"]?.double ?? 0
    dialect.usesCompletionTokens = json["completion_tokens"]?.bool ?? false
    dialect.omitsTemperature = json["no_temperature"]?.bool ?? false
    dialect.omitsStreamOptions = json["no_stream_options"]?.bool ?? false
  }

  var json: JSON {
    [
      "failures": .integer(failures), "open_until": .number(openUntil),
      "not_before": .number(notBefore), "completion_tokens": .bool(dialect.usesCompletionTokens),
      "no_temperature": .bool(dialect.omitsTemperature),
      "no_stream_options": .bool(dialect.omitsStreamOptions),
    ]
  }
}
