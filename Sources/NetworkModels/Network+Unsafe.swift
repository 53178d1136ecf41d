/// Where the state lies that a delay needs: for an engine that asks for memory before it is needed.
extension Network {
  /// Gives the address of a node's place; nothing in a model whose state is small or a graph.
  /// - Precondition: `node` is below `nodeCount`.
  package func locate(_ node: UInt32, _ ask: (UnsafeRawPointer) -> Void) {
    switch self {
    case .sphere(let network): unsafe Network.locate(Int(node), in: network.places, ask)
    case .plane(let network): unsafe Network.locate(Int(node), in: network.places, ask)
    case .constant, .matrix, .coordinates, .transitStub: break
    }
  }

  @inline(__always)
  private static func locate<Place>(
    _ node: Int, in places: borrowing ContiguousArray<Place>, _ ask: (UnsafeRawPointer) -> Void
  ) {
    unsafe places.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe ask(UnsafeRawPointer(base + node))
    }
  }
}
