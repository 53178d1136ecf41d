import LoadModel
import NIOCore
import NIOTLS

/// One kept-alive connection: at most one request is on its way.
final class LoadConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let session: LoadSession
  private var context: ChannelHandlerContext?
  private var reader = ResponseReader()
  private var isReady = false
  private var request: [UInt8]?
  private var endReason: String?

  /// When the request on its way was due.
  private(set) var intended = NIODeadline.now()
  /// When it was sent.
  private(set) var sent = NIODeadline.now()

  init(session: LoadSession) { self.session = session }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? TLSUserEvent, case .handshakeCompleted = event {
      isReady = true
      session.connectionReady(self)
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// Sends head and body in one piece, so that they travel in one TLS record.
  func send(head: [UInt8], body: [UInt8], intended: NIODeadline) {
    guard let context else { return }
    var buffer = context.channel.allocator.buffer(capacity: head.count + body.count + 32)
    buffer.writeBytes(head)
    buffer.writeString("Content-Length: \(body.count)\r\n\r\n")
    buffer.writeBytes(body)
    request = body
    self.intended = intended
    sent = .now()
    context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    reader.receive(unwrapInboundIn(data).readableBytesView)
    do {
      while let response = try reader.next() { answered(response) }
    } catch {
      lose("malformed answer (\(error))")
    }
  }

  private func answered(_ response: HTTPResponse) {
    guard let request else { return lose("an answer without a request") }
    self.request = nil
    session.answered(self, response, request: request)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    lose("\(error)")
  }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    do {
      if request != nil, let response = try reader.finish() { answered(response) }
    } catch {
      endReason = endReason ?? "closed inside an answer"
    }
    let reason = endReason ?? (isReady ? "closed before the answer" : "closed in the handshake")
    session.connectionEnded(self, wasReady: isReady, reason: reason)
  }

  /// Closes without a reason; what is on its way is lost.
  func close() {
    context?.close(promise: nil)
  }

  /// Closes; the request on its way is lost for this reason, unless there was an earlier one.
  func lose(_ reason: String) {
    endReason = endReason ?? String(reason.prefix(160))
    context?.close(promise: nil)
  }
}
