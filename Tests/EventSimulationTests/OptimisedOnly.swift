import Testing

/// For claims that take minutes without optimisation; `make check` and CI test them with it.
extension Trait where Self == ConditionTrait {
  static var optimisedOnly: Self {
    #if DEBUG
      return .disabled("takes long without optimisation: make test-release")
    #else
      return .enabled(if: true)
    #endif
  }
}
