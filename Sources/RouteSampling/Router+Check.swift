extension Router {
  /// Checks that the overlay can give what the router asks for.
  func check(on overlay: SampledOverlay) throws(SamplingError) {
    let size = overlay.configuration.leafSetSize
    switch self {
    case .prefix: break
    case .anycast(let copies): try Router.check("copies", copies, atMost: size, "leafSetSize")
    case .diverseAnycast(let copies):
      try Router.check("copies", copies, atMost: 255, "the limit")
    case .secRoute(let parameters):
      try Router.check("copies", parameters.copies, atMost: size, "leafSetSize")
      try Router.check(samples: parameters.localSamples, on: overlay)
      try Router.check("densityThreshold", parameters.densityThreshold)
    case .checkedIterative(let parameters):
      try Router.check(samples: parameters.localSamples, on: overlay)
      try Router.check("hopThreshold", parameters.hopThreshold)
      guard (0...size).contains(parameters.alternatives) else {
        throw SamplingError(
          .router,
          "alternatives must be in 0...leafSetSize = \(size), got \(parameters.alternatives)")
      }
    case .disjoint(let parameters):
      try Router.check("paths", parameters.paths, atMost: 64, "the limit")
      try Router.check("slotEntries", parameters.slotEntries, atMost: 64, "the limit")
    case .wide(let slotEntries):
      try Router.check("slotEntries", slotEntries, atMost: 64, "the limit")
    case .clusterIterative(let parameters), .fortified(let parameters):
      try Router.check("width", parameters.width, atMost: 128, "the limit")
      try Router.check("slotEntries", parameters.slotEntries, atMost: 64, "the limit")
      guard (parameters.width...128).contains(parameters.widest) else {
        throw SamplingError(
          .router,
          "widest must be in width...128 = \(parameters.width)...128, got \(parameters.widest)")
      }
    case .chord: break
    case .quorumGroups(let groupSize):
      try Router.check("groupSize", groupSize, atMost: overlay.nodeCount, "the number of nodes")
    case .failureTest(let parameters): try parameters.check(on: overlay)
    case .anycastSpread(let parameters):
      try Router.check("copies", parameters.copies, atMost: size, "leafSetSize")
      try Router.check("hop", parameters.hop + 1, atMost: 17, "the limit plus one")
    case .hopTest(let parameters):
      try Router.check(samples: parameters.localSamples, on: overlay)
      try Router.check("hopThreshold", parameters.hopThreshold)
    case .tableUpdates(let parameters):
      guard (0...(parameters.spreads ? 12 : 1_024)).contains(parameters.updates) else {
        throw SamplingError(
          .router,
          "updates must be in 0...1024, with spreads in 0...12; got \(parameters.updates)")
      }
    }
  }

  static func check(
    _ name: String, _ value: Int, atMost limit: Int, _ limitName: String
  ) throws(SamplingError) {
    guard (1...limit).contains(value) else {
      throw SamplingError(.router, "\(name) must be in 1...\(limit), \(limitName); got \(value)")
    }
  }

  static func check(_ name: String, _ value: Double) throws(SamplingError) {
    guard (0...4096).contains(value) else {
      throw SamplingError(.router, "\(name) must be in 0...4096, got \(value)")
    }
  }

  static func check(
    samples: Int, on overlay: SampledOverlay
  ) throws(SamplingError) {
    guard samples >= 2, samples % 2 == 0, samples < overlay.nodeCount, samples <= 1 << 20 else {
      throw SamplingError(
        .router,
        "localSamples must be even and below the number of nodes \(overlay.nodeCount), got "
          + "\(samples)")
    }
  }
}
