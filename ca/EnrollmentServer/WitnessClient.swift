import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TransparencyLog

/// Asks a witness over HTTP: one connection for each request, no redirections, bounded answers.
struct WitnessClient: Sendable {
  /// Why there is no answer.
  enum Failure: Error, CustomStringConvertible {
    case timeout(seconds: Int)
    case closed
    case answerTooLong

    var description: String {
      switch self {
      case .timeout(let seconds): "no answer within \(seconds) seconds"
      case .closed: "the connection ended before the answer did"
      case .answerTooLong: "an answer of more than \(WitnessClient.answerMax) octets"
      }
    }
  }

  /// What a witness said.
  struct Answer: Sendable, Equatable {
    let status: Int
    let contentType: String
    let body: [UInt8]
  }

  /// Octets of an answer: a size, or a few signature lines.
  static let answerMax = 16_384

  let address: WitnessAddress
  /// From the first packet to the last octet of the answer.
  var seconds = 10

  /// Sends a request and waits for the whole answer.
  /// - Throws: `Failure`, or what the network says.
  func post(_ body: [UInt8]) async throws -> Answer {
    let address = address
    let limit = TimeAmount.seconds(Int64(seconds))
    let group = MultiThreadedEventLoopGroup.singleton
    let loop = group.next()
    let promise = loop.makePromise(of: Answer.self)
    let deadline = loop.scheduleTask(in: limit) {
      promise.fail(Failure.timeout(seconds: seconds))
    }
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(limit)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if address.isTLS {
            try channel.pipeline.syncOperations.addHandler(Self.tls(address))
          }
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          try channel.pipeline.syncOperations.addHandler(
            WitnessExchange(address, body: body, promise: promise))
        }
      }
    let connecting = bootstrap.connect(host: address.host, port: address.port)
    connecting.whenFailure { promise.fail($0) }
    defer {
      deadline.cancel()
      connecting.whenSuccess { $0.close(promise: nil) }
    }
    return try await withTaskCancellationHandler {
      try await promise.futureResult.get()
    } onCancel: {
      promise.fail(CancellationError())
    }
  }

  private static func tls(_ address: WitnessAddress) throws -> NIOSSLClientHandler {
    let context = try NIOSSLContext(configuration: .makeClientConfiguration())
    let isName = (try? SocketAddress(ipAddress: address.host, port: 0)) == nil
    return try NIOSSLClientHandler(context: context, serverHostname: isName ? address.host : nil)
  }
}

/// One request and its answer.
private final class WitnessExchange: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let address: WitnessAddress
  private let request: [UInt8]
  private let promise: EventLoopPromise<WitnessClient.Answer>
  private var head: HTTPResponseHead?
  private var body: [UInt8] = []

  init(
    _ address: WitnessAddress, body: [UInt8], promise: EventLoopPromise<WitnessClient.Answer>
  ) {
    self.address = address
    request = body
    self.promise = promise
  }

  func channelActive(context: ChannelHandlerContext) {
    let head = HTTPRequestHead(
      version: .http1_1, method: .POST, uri: address.path,
      headers: [
        "Host": address.authority, "Content-Length": "\(request.count)",
        "Content-Type": "application/octet-stream", "Connection": "close",
        "User-Agent": "redoubt",
      ])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request)))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head) where (100..<200).contains(head.status.code): break
    case .head(let head): self.head = head
    case .body(let buffer):
      guard body.count + buffer.readableBytes <= WitnessClient.answerMax else {
        promise.fail(WitnessClient.Failure.answerTooLong)
        context.close(promise: nil)
        return
      }
      body += buffer.readableBytesView
    case .end:
      guard let head else { return }
      promise.succeed(
        WitnessClient.Answer(
          status: Int(head.status.code),
          contentType: head.headers.first(name: "Content-Type") ?? "", body: body))
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    promise.fail(WitnessClient.Failure.closed)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    promise.fail(error)
    context.close(promise: nil)
  }
}
