import LoadModel
import NIOCore
import NIOPosix
import NIOTLS

/// A scripted conversation on a connection of its own, for everything that a polite client would
/// not do.
struct Exchange: Sendable {
  enum Step: Sendable {
    case send([UInt8])
    case pause(TimeAmount)
    /// Says that nothing more will be sent, and goes on listening.
    case closeOutput
  }

  /// How it ended.
  enum End: Sendable, Equatable {
    /// As many answers came as were expected.
    case complete
    case closedByServer
    case timedOut
    case failed(String)
  }

  struct Outcome: Sendable {
    var responses: [HTTPResponse] = []
    var end = End.complete
    /// From the connection's being ready to its end.
    var seconds = 0.0

    /// The status codes in order, for messages.
    var statuses: String {
      responses.isEmpty ? "no answer" : responses.map { "\($0.status)" }.joined(separator: " ")
    }
  }

  var steps: [Step]
  /// After so many answers the client closes.
  var expected = 1
  var limit = TimeAmount.seconds(20)
  var source: String?

  /// Holds the conversation.
  func run(_ access: ServerAccess, on loop: any EventLoop) async -> Outcome {
    let promise = loop.makePromise(of: Outcome.self)
    let connected = access.connect(on: loop, from: source) {
      ExchangeHandler(exchange: self, promise: promise)
    }
    connected.whenFailure { error in
      promise.succeed(Outcome(end: .failed("connect: \(error)")))
    }
    do {
      return try await promise.futureResult.get()
    } catch {
      return Outcome(end: .failed("\(error)"))
    }
  }
}

private final class ExchangeHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let exchange: Exchange
  private let promise: EventLoopPromise<Exchange.Outcome>
  private var outcome = Exchange.Outcome()
  private var reader = ResponseReader()
  private var stepIndex = 0
  private var started = NIODeadline.now()
  private var isOver = false

  init(exchange: Exchange, promise: EventLoopPromise<Exchange.Outcome>) {
    self.exchange = exchange
    self.promise = promise
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? TLSUserEvent, case .handshakeCompleted = event {
      started = .now()
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: exchange.limit) {
        bound.value.0.end(.timedOut, bound.value.1)
      }
      advance(context)
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func advance(_ context: ChannelHandlerContext) {
    while !isOver, stepIndex < exchange.steps.count {
      stepIndex += 1
      switch exchange.steps[stepIndex - 1] {
      case .send(let bytes):
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
      case .closeOutput:
        context.close(mode: .output, promise: nil)
      case .pause(let time):
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: time) { bound.value.0.advance(bound.value.1) }
        return
      }
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    reader.receive(unwrapInboundIn(data).readableBytesView)
    do {
      while let response = try reader.next() { outcome.responses.append(response) }
    } catch {
      end(.failed("malformed answer (\(error))"), context)
    }
    if outcome.responses.count >= exchange.expected { end(.complete, context) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(.failed("\(error)"), context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let last = try? reader.finish() { outcome.responses.append(last) }
    end(outcome.responses.count >= exchange.expected ? .complete : .closedByServer, context)
  }

  private func end(_ end: Exchange.End, _ context: ChannelHandlerContext) {
    guard !isOver else { return }
    isOver = true
    outcome.end = end
    outcome.seconds = Double((NIODeadline.now() - started).nanoseconds) / 1e9
    promise.succeed(outcome)
    context.close(promise: nil)
  }
}

extension Exchange {
  /// A request of the given parts, whole.
  static func request(
    _ method: String, _ path: String, host: String, fields: [String] = [], body: [UInt8] = []
  ) -> [UInt8] {
    let length = method == "GET" ? [] : ["Content-Length: \(body.count)"]
    let head = ["\(method) \(path) HTTP/1.1", "Host: \(host)"] + fields + length
    return Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }

  /// Asks for a public resource.
  static func get(_ path: String, _ access: ServerAccess) -> Exchange {
    Exchange(steps: [.send(request("GET", path, host: access.target.authority))])
  }
}
