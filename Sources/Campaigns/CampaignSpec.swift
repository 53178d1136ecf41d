import Adversary
public import RouteSampling

/// An attack campaign as its file describes it: axes to sweep, and what to draw from the results.
///
/// Made by `CampaignSpec.init(parsing:file:)`; `CampaignPlan` expands it to cells.
public struct CampaignSpec: Sendable {
  /// Names the campaign in every output; letters, digits, `-`, `_` and `.`.
  public let name: String
  /// Heads its section in documents; the name unless given.
  public let title: String?
  /// Free text for the report.
  public let summary: String?
  /// The campaign seed, below 2^53. Every random stream of the run derives from it.
  public let seed: UInt64
  /// What measures the cells, one after the other; empty when there are none.
  public let engines: [CellEngine]
  /// The overlays to build.
  public let overlay: OverlayAxes
  /// The routers to compare, distinct labels.
  public let routers: [RouterParameters]
  /// The adversaries to face, distinct labels.
  public let attacks: [AttackComposition]
  /// Faulty fractions f, each in 0...1.
  public let faultyFractions: [Double]
  /// Coalition fractions c, each in 0...1; nil means one coalition of all faulty nodes, c = f.
  public let coalitionFractions: [Double]?
  /// What counts as delivered.
  public let success: DeliveryEvent
  /// How the sampling engine evaluates cells; nil leaves it to the router and the attack.
  public let method: SamplingMethod?
  /// What cells of the event engine have besides; nil when there are none.
  public let events: EventSettings?
  /// When a cell is measured well enough.
  public let precision: Precision
  /// Values to compare with.
  public let references: [ReferenceValues]
  /// Closed forms to compare with published numbers.
  public let formulas: [FormulaRow]
  /// Levels of delivery: the report says at which f each curve falls below them.
  public let thresholds: [Double]
  /// Figures to draw.
  public let figures: [FigureSpec]
  /// Cells to leave out.
  public let exclusions: [CellFilter]
  /// The file as it was read.
  public let text: String

  /// Whether it holds closed forms alone.
  var measuresNothing: Bool { routers.isEmpty }
}

/// The overlay part of a campaign: every combination of the lists is built.
public struct OverlayAxes: Sendable {
  /// Where the nodeIds come from.
  public let identifiers: IdentifierSource
  /// Node counts N; for a ledger or file at most one, which must be the count found.
  public let nodes: [Int]
  /// Digit widths b, in bits.
  public let digitBits: [Int]
  /// Leaf set sizes l.
  public let leafSetSizes: [Int]
  /// Which routing table the nodes hold.
  public let tables: RoutingTableKind
}

/// Where the nodeIds of a campaign come from.
public enum IdentifierSource: Hashable, Sendable {
  /// Uniformly random, from the campaign seed.
  case random
  /// The active certificates of an authority's ledger; `overlay`, when given, must be its name.
  case ledger(path: String, overlay: String?)
  /// A text file, one nodeId of 40 hex digits per line.
  case file(path: String)
}

/// One adversary: a composition of attacks with their parameters.
public struct AttackComposition: Hashable, Sendable {
  /// One attack of the composition.
  public struct Member: Hashable, Sendable {
    /// The name in the attack registry.
    public let name: String
    /// Every parameter of the attack with its value, defaults filled in, as canonical JSON.
    let settings: CanonicalJSON
  }

  /// Names the adversary in tables and figures.
  public let label: String
  /// The composed attacks, at least one.
  public let members: [Member]
  /// What the engines run.
  let adversary: ComposedAdversary

  /// Whether label, attacks and parameters are the same: what the engines run follows from them.
  public static func == (left: Self, right: Self) -> Bool {
    left.label == right.label && left.members == right.members
  }

  /// Hashes label, attacks and parameters.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(label)
    hasher.combine(members)
  }
}

/// A composition of attacks in the forms that the engines of a campaign need.
struct ComposedAdversary: Sendable {
  /// What the sampling engine runs; nil in campaigns without it.
  let staticForm: StaticAdversary?
  /// How the adversary obtains identities, on either engine.
  let identities: StaticAdversary
  /// What coalitions of the event engine play, in the order given.
  let protocolAttacks: [any Attack]
}

/// When a cell is measured well enough.
public struct Precision: Hashable, Sendable {
  /// The rule that ends a cell.
  public enum Stop: Hashable, Sendable {
    /// After this many routes, rounded up to whole batches.
    case routes(Int)
    /// When the confidence sequence is this narrow, or after `maxRoutes`.
    case halfWidth(Double, maxRoutes: Int)
  }

  /// The rule that ends a cell.
  public let stop: Stop
  /// Coverage of the intervals, in 0.5..<1.
  public let confidence: Double
  /// No interval is taken over fewer independent batches than this; at least 2.
  public let minBatches: Int
  /// Routes in one batch.
  public let routesPerBatch: Int

  /// The largest number of batches that a cell may take.
  public var maxBatches: Int {
    let routes =
      switch stop {
      case .routes(let routes): routes
      case .halfWidth(_, let maxRoutes): maxRoutes
      }
    return max(minBatches, (routes + routesPerBatch - 1) / routesPerBatch)
  }
}

/// Selects cells by their parameters; an absent list selects all.
public struct CellFilter: Hashable, Sendable {
  /// Engines.
  public var engines: [CellEngine]?
  /// Router labels.
  public var routers: [String]?
  /// Attack labels.
  public var attacks: [String]?
  /// Node counts.
  public var nodes: [Int]?
  /// Digit widths.
  public var digitBits: [Int]?
  /// Leaf set sizes.
  public var leafSetSizes: [Int]?
  /// Faulty fractions, compared exactly.
  public var faultyFractions: [Double]?
  /// Coalition fractions, compared exactly.
  public var coalitionFractions: [Double]?

  /// Whether every given list holds the cell's value.
  func matches(_ cell: CellParameters) -> Bool {
    contains(engines, cell.engine) && contains(routers, cell.router.label)
      && contains(attacks, cell.attack.label) && contains(nodes, cell.overlay.nodes)
      && contains(digitBits, cell.overlay.digitBits)
      && contains(leafSetSizes, cell.overlay.leafSetSize)
      && contains(faultyFractions, cell.faultyFraction)
      && contains(coalitionFractions, cell.coalitionFraction)
  }

  private func contains<Value: Equatable>(_ list: [Value]?, _ value: Value) -> Bool {
    list?.contains(value) ?? true
  }
}

/// Values to compare measured ones with.
public struct ReferenceValues: Sendable {
  /// Where the values come from.
  public enum Values: Sendable {
    /// A formula, and the arguments that the cells do not give.
    case closedForm(Formula, arguments: [String: Double])
    /// Values by faulty fraction, in file order.
    case table([(faultyFraction: Double, value: Double)])
  }

  /// The values.
  public let values: Values
  /// Which measured quantity they are compared with.
  public let quantity: Quantity
  /// What is claimed about them.
  public let claim: Claim
  /// The cells that the values apply to.
  public let filter: CellFilter

  /// The reference for one cell, nil when there is none.
  func value(for cell: CellParameters) -> Double? {
    guard filter.matches(cell) else { return nil }
    switch values {
    case .closedForm(let formula, let arguments):
      let value = formula.value(cell.formulaArguments.merging(arguments) { $1 })
      // A formula may need a parameter that the cell's router does not have.
      return value.isFinite ? value : nil
    case .table(let rows):
      return rows.first { $0.faultyFraction == cell.faultyFraction }?.value
    }
  }
}

/// One figure of the report.
public struct FigureSpec: Sendable {
  /// The quantity on the horizontal axis.
  public enum Axis: String, CaseIterable, Sendable {
    /// f, the fraction of nodes that are faulty.
    case faultyFraction
    /// c, the fraction of nodes in one coalition.
    case coalitionFraction
    /// N, on a logarithmic axis.
    case nodes
    /// What a lookup costs, in messages: the frontier of cost against delivery.
    case messages
    /// What a lookup costs, in bytes.
    case bytes
  }

  /// How the vertical axis is divided.
  public enum Scale: String, CaseIterable, Sendable {
    /// Evenly.
    case linear
    /// Logarithmically.
    case logarithmic
    /// Logarithmically in what is missing to 1: probabilities near 1 are told apart.
    case failure
  }

  /// A parameter whose values get a curve each.
  public enum SeriesKey: String, CaseIterable, Sendable {
    /// Router label.
    case router
    /// Kind of router, whatever its parameters: one curve through all of them.
    case kind
    /// Attack label.
    case attack
    /// N.
    case nodes
    /// b.
    case digitBits
    /// l.
    case leafSetSize
    /// f, for a figure over c or N.
    case faultyFraction
    /// c, for a figure over f or N.
    case coalitionFraction
    /// Engine.
    case engine
  }

  /// File name without extension.
  public let name: String
  /// Printed above the figure.
  public let title: String
  /// The horizontal axis.
  public let axis: Axis
  /// The quantity on the vertical axis.
  public let quantity: Quantity
  /// How the vertical axis is divided.
  public let scale: Scale
  /// What tells the curves apart.
  public let series: [SeriesKey]
  /// The cells to draw.
  public let filter: CellFilter
  /// Whether reference values are drawn.
  public let showsReferences: Bool
}
