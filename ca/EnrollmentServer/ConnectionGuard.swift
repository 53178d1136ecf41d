import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends connections that withhold what they owe, and those whose answer says so.
///
/// Each state of a connection has a deadline that octets that trickle do not move: until the head
/// of a request is complete (a TLS handshake included), from there to the end of its body, and from
/// the end of an answer until the peer has taken it. While a request is at work there is none. The
/// application answers 408 a little before the body's deadline; this closes what then still
/// trickles.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// An answer of a megabyte reaches a peer of 10 kB/s within this.
  private static let answerSeconds = 120

  private let bodyLimit: TimeAmount
  private let idleLimit: TimeAmount
  private var deadline: Scheduled<Void>?
  /// Requests whose head was read and whose answer is not written.
  private var requestCount = 0
  private var isReadingBody = false
  private var isClosing = false

  init(bodySeconds: Int, idleSeconds: Int) {
    bodyLimit = .seconds(Int64(bodySeconds))
    idleLimit = .seconds(Int64(idleSeconds))
  }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { arm(idleLimit, context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    arm(idleLimit, context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      requestCount += 1
      isReadingBody = true
      arm(bodyLimit, context)
    case .body: break
    case .end:
      isReadingBody = false
      if requestCount > 0 { disarm() } else { arm(idleLimit, context) }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head):
      isClosing = isClosing || head.headerFields[.connection]?.lowercased() == "close"
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      requestCount = max(0, requestCount - 1)
      let taken = promise ?? context.eventLoop.makePromise()
      if !isReadingBody {
        arm(.seconds(Int64(Self.answerSeconds)), context)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        taken.futureResult.whenComplete { _ in
          let (guardian, context) = bound.value
          guardian.answerTaken(context)
        }
      }
      context.writeAndFlush(data, promise: taken)
      if isClosing { context.close(promise: nil) }
    }
  }

  private func answerTaken(_ context: ChannelHandlerContext) {
    guard !isReadingBody, context.channel.isActive else { return }
    if requestCount > 0 { disarm() } else { arm(idleLimit, context) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    disarm()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { disarm() }

  private func arm(_ limit: TimeAmount, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
  }

  private func disarm() {
    deadline?.cancel()
    deadline = nil
  }
}
