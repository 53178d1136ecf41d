/// Weighs the passes of a run by their expected cost.
struct ProgressMeter {
  private let totalCells: Int
  private let totalCost: Double
  private let costPerRoute: [Double]
  private let passCost: [Double]
  private var current = 0
  private var doneCost = 0.0
  private var passProgress = 0.0
  private var finishedCells: Int
  private var routes = 0

  init(passes: [[Cell]], reused: Int, total: Int) {
    totalCells = total
    finishedCells = reused
    costPerRoute = passes.map { CostModel.nanosecondsPerRoute($0[0].parameters, lanes: $0.count) }
    passCost = zip(passes, costPerRoute).map { pass, cost in
      cost * Double(pass[0].parameters.precision.expectedRoutes)
    }
    totalCost = passCost.reduce(0, +)
  }

  mutating func add(routes count: Int) {
    routes += count
    guard current < passCost.count else { return }
    passProgress = min(passProgress + Double(count) * costPerRoute[current], passCost[current])
  }

  mutating func finish(cells: Int) {
    finishedCells += cells
    guard current < passCost.count else { return }
    doneCost += passCost[current]
    passProgress = 0
    current += 1
  }

  func progress(title: String) -> CampaignProgress {
    let fraction = totalCost > 0 ? (doneCost + passProgress) / totalCost : 1
    // Only the last cell makes it whole.
    return CampaignProgress(
      finishedCells: finishedCells, totalCells: totalCells, routes: routes,
      fraction: finishedCells < totalCells ? min(fraction, 0.999) : 1, title: title)
  }
}
