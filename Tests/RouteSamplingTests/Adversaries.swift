import Adversary

/// Composes attacks by name, for tests; `(name, parameter, value)`.
func adversary(_ attacks: (String, [(String, String)])...) throws -> StaticAdversary {
  try StaticAdversary(
    composing: attacks.map { name, parameters in
      try AttackRegistry.make(
        AttackSelection(
          name: name, parameters: parameters.map { .init(name: $0.0, value: $0.1) }))
    })
}

func dropAdversary() throws -> StaticAdversary { try adversary(("drop", [])) }
