import RouteSampling

/// What a cell measures besides its delivery.
public enum Quantity: String, CaseIterable, Sendable {
  /// Probability of delivery.
  case delivered
  /// Hops of a copy when nothing is faulty.
  case hops
  /// Messages per lookup: under `trials` all of them, else those that carry the lookup forward.
  case messages
  /// Bytes per lookup, by the message size model.
  case bytes
  /// Round trips that the sender waits for, one after the other.
  case rounds
  /// Requests per lookup that were never answered.
  case timeouts
  /// Fraction of lookups in which the routing failure test fired or no answer came.
  case testFired = "test-fired"
  /// Fraction of lookups in which a forged root set was accepted.
  case forgeryAccepted = "forgery-accepted"

  /// Whether it is a probability, so that its interval stays within 0...1.
  var isProportion: Bool {
    switch self {
    case .delivered, .testFired, .forgeryAccepted: true
    case .hops, .messages, .bytes, .rounds, .timeouts: false
    }
  }

  /// What an axis or a table calls it.
  var title: String {
    switch self {
    case .delivered: "probability of delivery"
    case .hops: "hops per route"
    case .messages: "messages per lookup"
    case .bytes: "bytes per lookup"
    case .rounds: "round trips per lookup"
    case .timeouts: "timeouts per lookup"
    case .testFired: "fraction of lookups in which the test fires"
    case .forgeryAccepted: "fraction of lookups that accept a forgery"
    }
  }

  /// The column of `results.csv` that holds the mean.
  var column: String {
    switch self {
    case .delivered: "probability"
    case .hops: "hops_mean"
    case .messages: "messages_mean"
    case .bytes: "bytes_mean"
    case .rounds: "rounds_mean"
    case .timeouts: "timeouts_mean"
    case .testFired: "test_fired"
    case .forgeryAccepted: "forgery_accepted"
    }
  }

  /// The mean of one batch at one faulty fraction; nil where the method does not measure it.
  func mean(of lane: LaneOutcome) -> Double? {
    switch self {
    case .delivered: lane.deliveredMean
    case .hops: lane.hopsMean
    case .messages: lane.messagesMean
    case .bytes: lane.costs?.bytesMean
    case .rounds: lane.costs?.roundsMean
    case .timeouts: lane.costs?.timeoutsMean
    case .testFired: lane.testFiredMean
    case .forgeryAccepted: lane.forgeryAcceptedMean
    }
  }
}
