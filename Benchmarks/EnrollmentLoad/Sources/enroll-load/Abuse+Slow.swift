import Foundation
import LoadModel
import NIOCore
import NIOPosix
import NIOTLS

/// Clients that hold on to the server without asking for much.
extension AbuseBench {
  /// Bodies that come one octet at a time, while good clients go on.
  func slowBodies() async throws -> AbuseVerdict {
    let head = Array(
      ("POST \(path) HTTP/1.1\r\nHost: \(host)\r\n"
        + fields.joined(separator: "\r\n") + "\r\nContent-Length: 600\r\n\r\n").utf8)
    return try await slow("slow bodies", first: head)
  }

  /// Heads that come one octet at a time.
  func slowHeads() async throws -> AbuseVerdict {
    try await slow("slow heads", first: Array("POST \(path) HTTP/1.1\r\nHost: a\r\nX: ".utf8))
  }

  private func slow(_ name: String, first: [UInt8]) async throws -> AbuseVerdict {
    let limit = slowLimit
    var steps: [Exchange.Step] = [.send(first)]
    for _ in 0..<limit { steps += [.pause(.seconds(1)), .send([0x30])] }
    let exchange = Exchange(steps: steps, expected: 1, limit: .seconds(limit))
    async let good = goodClients()
    let outcomes = await withTaskGroup(of: Exchange.Outcome.self) { group in
      for _ in 0..<slowConnections {
        group.addTask { await exchange.run(access, on: loop) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let served = judge(good: try await good)
    let ended = outcomes.filter { $0.end != .timedOut }
    var ends: [String: Int] = [:]
    for outcome in ended { ends[outcome.statuses, default: 0] += 1 }
    let longest = ended.map(\.seconds).max() ?? 0
    let text = ends.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }
    return .judged(
      ended.count == slowConnections && served.isServed, name,
      "\(ended.count) of \(slowConnections) ended by the server "
        + "(\(text.joined(separator: ", "))), the last after "
        + String(format: "%.1f s; ", longest) + served.text)
  }

  /// Connections that say nothing, at first without TLS, then with it, while good clients go on.
  func idle(usesTLS: Bool) async throws -> AbuseVerdict {
    let name = usesTLS ? "idle TLS connections" : "idle TCP connections"
    let limit = ProcessTable.raiseFileLimit()
    let count = min(idleConnections, limit - 200)
    let before = serverPid.flatMap(ProcessTable.residentKilobytes(pid:))
    let crowd = try await loop.submit {
      NIOLoopBound(IdleCrowd(access: access, loop: loop, usesTLS: usesTLS), eventLoop: loop)
    }.get()
    let opened = try await loop.flatSubmit { crowd.value.open(count) }.get()
    let during = serverPid.flatMap(ProcessTable.residentKilobytes(pid:))
    let good = try await goodClients()
    let left = try await loop.submit { crowd.value.openCount }.get()
    try await loop.flatSubmit { crowd.value.closeAll() }.get()
    let served = judge(good: good)
    let isHealthy = await isHealthy()
    var text = "\(opened) of \(count) opened, \(left) left after \(goodSeconds) s; " + served.text
    if let before, let during { text += "; server's memory \(before) kB, then \(during) kB" }
    // A server may refuse or shed idle ones, as long as good clients are served.
    return .judged(served.isServed && isHealthy, name, text)
  }
}

/// Many connections that do nothing; lives on the event loop.
final class IdleCrowd {
  private let access: ServerAccess
  private let loop: any EventLoop
  private let usesTLS: Bool
  private var channels: [ObjectIdentifier: any Channel] = [:]
  private var started = 0
  private var settled = 0
  private var opened = 0
  private var wanted = 0
  private var done: EventLoopPromise<Int>?

  /// So many handshakes are under way at once.
  private static let openingMax = 64
  /// So many connections leave from one source address: below the number of ephemeral ports.
  private static let perSource = 2_000

  init(access: ServerAccess, loop: any EventLoop, usesTLS: Bool) {
    self.access = access
    self.loop = loop
    self.usesTLS = usesTLS
  }

  /// How many are open now.
  var openCount: Int { channels.count }

  /// Opens connections, in turn, from several loopback addresses.
  /// - Returns: how many the server took; a promise that is kept when all were tried.
  func open(_ count: Int) -> EventLoopFuture<Int> {
    let promise = loop.makePromise(of: Int.self)
    done = promise
    wanted = count
    if count == 0 { promise.succeed(0) }
    for _ in 0..<min(count, IdleCrowd.openingMax) { openNext() }
    return promise.futureResult
  }

  private func openNext() {
    guard started < wanted else { return }
    let block = started / IdleCrowd.perSource
    let source = access.target.host.contains(":") ? nil : "127.66.\(block).1"
    started += 1
    let bound = NIOLoopBound(self, eventLoop: loop)
    let usesTLS = usesTLS
    access.connect(on: loop, from: source, usesTLS: usesTLS) {
      IdleHandler(crowd: bound.value, usesTLS: usesTLS)
    }
    .assumeIsolated().whenComplete { [self] result in
      switch result {
      case .success(let channel):
        channels[ObjectIdentifier(channel)] = channel
        channel.closeFuture.assumeIsolated().whenComplete { [self] _ in
          channels[ObjectIdentifier(channel)] = nil
        }
      case .failure: settle(isOpen: false)
      }
    }
  }

  /// One attempt came to an end.
  func settle(isOpen: Bool) {
    settled += 1
    if isOpen { opened += 1 }
    if settled == wanted {
      done?.succeed(opened)
    } else {
      openNext()
    }
  }

  /// Closes what is left.
  func closeAll() -> EventLoopFuture<Void> {
    let all = channels.values.map { $0.closeFuture }
    for channel in channels.values { channel.close(promise: nil) }
    return EventLoopFuture.andAllComplete(all, on: loop)
  }
}

/// Tells the crowd once whether its connection came to be.
private final class IdleHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let crowd: IdleCrowd
  private let usesTLS: Bool
  private var isSettled = false

  /// A server that takes the connection and leaves it in its queue is not waited for longer.
  private static let openingLimit = TimeAmount.seconds(10)

  init(crowd: IdleCrowd, usesTLS: Bool) {
    self.crowd = crowd
    self.usesTLS = usesTLS
  }

  private func settle(isOpen: Bool) {
    guard !isSettled else { return }
    isSettled = true
    crowd.settle(isOpen: isOpen)
  }

  func channelActive(context: ChannelHandlerContext) {
    if usesTLS {
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: IdleHandler.openingLimit) {
        let (handler, context) = bound.value
        if !handler.isSettled { context.close(promise: nil) }
      }
    } else {
      settle(isOpen: true)
    }
    context.fireChannelActive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? TLSUserEvent, case .handshakeCompleted = event { settle(isOpen: true) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func channelInactive(context: ChannelHandlerContext) { settle(isOpen: false) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
