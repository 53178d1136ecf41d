import CPrefetch

/// Asking for the memory that a delay needs, for an engine that knows ahead what happens next.
extension Network {
  /// Asks for a node's place; nothing in a model whose state is small or a graph.
  /// - Precondition: `node` is below `nodeCount`.
  @inlinable
  package func prefetch(_ node: UInt32) {
    switch self {
    case .sphere(let network): network.prefetch(node)
    case .plane(let network): network.prefetch(node)
    case .constant, .matrix, .coordinates, .transitStub: break
    }
  }

  fileprivate static func prefetch<Place>(
    _ node: UInt32, of places: borrowing ContiguousArray<Place>
  ) {
    unsafe places.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe redoubt_prefetch(base + Int(node))
    }
  }
}

extension SphereNetwork {
  /// See `Network.prefetch`.
  @usableFromInline
  package func prefetch(_ node: UInt32) { Network.prefetch(node, of: places) }
}

extension PlaneNetwork {
  /// See `Network.prefetch`.
  @usableFromInline
  package func prefetch(_ node: UInt32) { Network.prefetch(node, of: places) }
}
