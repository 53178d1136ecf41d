import RingIdentifiers

/// The values of a configuration as the text carries them, XML or JSON, before they are judged.
struct OverlayFields {
  var overlay = ""
  var sequence = ""
  var expiration = ""
  var topologyPlugin = ""
  var roots: [String] = []
  var enrollmentServers: [String] = []
  var bootstrapNodes: [(address: String, port: String)] = []
  var clientsPermitted = ""
  var messageSizeMax = ""
  var initialTTL = ""
  var kindSigners: [String] = []
  var signer = ""
  var badNodes: [String] = []
  var mandatoryExtensions: [String] = []

  /// Octets of the longest value: a certificate in base 64.
  static let valueLimit = (OverlayConfiguration.Bounds.certificate + 2) / 3 * 4

  /// Passes when a list of `count` entries may grow.
  func requireRoom(_ count: Int, for name: String) throws(TextError) {
    guard count < OverlayConfiguration.Bounds.bootstrapNodes else {
      throw TextError(problem: "there are too many elements \(name)")
    }
  }

  /// The configuration that these texts spell out, and the nodeId of its signer.
  ///
  /// Texts that spell the same value differently (a leading zero, upper case) may pass here; the
  /// caller compares the whole with what its writer would have written.
  func values() throws(TextError) -> (content: OverlayConfiguration, signer: NodeId) {
    let name: OverlayName
    do { name = try OverlayName(overlay) } catch {
      throw TextError(problem: "the instance-name is no overlay name")
    }
    guard let number = UInt16(sequence), let sequence = OverlaySequence(number) else {
      throw TextError(problem: "the sequence is not from 0 to 65534")
    }
    guard let expiration = CredentialTime(expiration) else {
      throw TextError(problem: "the expiration is no time")
    }
    guard let clients = Bool(clientsPermitted), let size = UInt32(messageSizeMax),
      let hops = UInt8(initialTTL)
    else { throw TextError(problem: "a switch or a number is out of range") }
    var certificates: [[UInt8]] = []
    for root in roots {
      guard let der = Base64.octets(root.utf8) else {
        throw TextError(problem: "a root-cert is not in base 64")
      }
      certificates.append(der)
    }
    var addresses: [NodeAddress] = []
    for node in bootstrapNodes {
      guard let ip = IPAddress(node.address), let port = UInt16(node.port),
        let address = NodeAddress(ip: ip, port: port)
      else { throw TextError(problem: "a bootstrap-node has no address or no port") }
      addresses.append(address)
    }
    let content: OverlayConfiguration
    do {
      content = try OverlayConfiguration(
        overlay: name, sequence: sequence, expiration: expiration, roots: certificates,
        enrollmentServers: enrollmentServers, bootstrapNodes: addresses,
        badNodes: try nodeIds(badNodes), topologyPlugin: topologyPlugin,
        clientsPermitted: clients, messageSizeMax: size, initialTTL: hops,
        kindSigners: try nodeIds(kindSigners), mandatoryExtensions: mandatoryExtensions)
    } catch let error as TextError {
      throw error
    } catch {
      throw TextError(problem: "\(error)")
    }
    guard let signer = try nodeIds([signer]).first else {
      throw TextError(problem: "there is no configuration-signer")
    }
    return (content, signer)
  }

  private func nodeIds(_ texts: [String]) throws(TextError) -> [NodeId] {
    var output: [NodeId] = []
    output.reserveCapacity(texts.count)
    for text in texts {
      guard let nodeId = try? NodeId(hex: text) else {
        throw TextError(problem: "there is a nodeId that is not 40 hex digits")
      }
      output.append(nodeId)
    }
    return output
  }
}
