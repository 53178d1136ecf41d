import CPrefetch

/// Asking for the memory that a delay needs, for an engine that knows ahead what happens next.
extension Network {
  /// Asks for a node's place; nothing in a model whose state is small or a graph.
  /// - Precondition: `node` is below `nodeCount`.
  package func prefetch(_ node: UInt32) {
    switch self {
    case .sphere(let network): Network.prefetch(Int(node), of: network.places)
    case .plane(let network): Network.prefetch(Int(node), of: network.places)
    case .constant, .matrix, .coordinates, .transitStub: break
    }
  }

  @inline(__always)
  private static func prefetch<Place>(_ node: Int, of places: borrowing ContiguousArray<Place>) {
    unsafe places.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe redoubt_prefetch(base + node)
    }
  }
}
