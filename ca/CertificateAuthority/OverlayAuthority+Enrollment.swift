public import Admission
import Foundation
public import NodeCredentials
import RingIdentifiers
import TransparencyLog

extension OverlayAuthority {
  /// Decides on a group of enrollments and issues what the policy grants, all in two transactions.
  ///
  /// First the policy decides and the ids are set aside; then the certificates are signed and
  /// checked; then they are recorded together with their place in the log. A receipt is made only
  /// after that is durable. A failure of the ledger fails the whole group and burns its ids.
  /// - Returns: one result for each enrollment, in order.
  /// - Complexity: two disk flushes for the group, and about 0.5 ms of one core for each.
  public func enroll(
    _ enrollments: [Enrollment], by engine: AdmissionEngine, at now: AdmissionTime
  ) -> [Result<EnrollmentOutcome, AuthorityError>] {
    do throws(AuthorityError) {
      let ledger = ledger
      let admitted = try wrapping { () throws(LedgerError) in
        try ledger.admit(enrollments, by: engine, at: now) { record in
          let certificate = try? UnverifiedNodeCertificate(der: record.der)
          return certificate.flatMap {
            try? self.verifier.verify($0, at: record.notBefore).publicKey
          }
        }
      }
      try observe(.reserved)
      return try issue(admitted, to: enrollments, at: now.credentialTime)
    } catch {
      return enrollments.map { _ in .failure(error) }
    }
  }

  private func issue(
    _ admitted: [Ledger.Admitted], to enrollments: [Enrollment], at now: CredentialTime
  ) throws(AuthorityError) -> [Result<EnrollmentOutcome, AuthorityError>] {
    var signed: [[SignedNode]] = []
    for (decision, enrollment) in zip(admitted, enrollments) {
      guard case .granted(let reservations, let grant) = decision else {
        signed.append([])
        continue
      }
      var nodes: [SignedNode] = []
      for reservation in reservations {
        let node = try sign(
          reservation, publicKey: enrollment.publicKey, address: grant.address, at: now)
        _ = try checked(node, at: now)
        nodes.append(node)
      }
      signed.append(nodes)
    }
    let all = signed.flatMap { $0 }
    var proofs = all.isEmpty ? [] : try record(all, at: now)[...]
    return zip(admitted, signed).map { decision, nodes in
      switch decision {
      case .refused(let refusal): return .success(.refused(refusal))
      case .notRenewable(let refusal): return .success(.notRenewable(refusal))
      case .granted(_, let grant):
        let receipts = zip(nodes, proofs).map { node, proof in
          EnrollmentReceipt(
            nodeId: node.reservation.nodeId, serial: node.reservation.serial,
            certificate: node.der, proof: String(decoding: proof.octets, as: UTF8.self))
        }
        proofs = proofs.dropFirst(nodes.count)
        return .success(.issued(receipts, warnings: grant.warnings))
      }
    }
  }

  /// What is left for an account and an address; nil for an account that is not known.
  /// - Throws: `AuthorityError`.
  public func quota(
    account: AccountName?, peer: IPAddress?, autonomousSystem: UInt32? = nil,
    by engine: AdmissionEngine, at now: AdmissionTime
  ) throws(AuthorityError) -> AdmissionQuota? {
    let ledger = ledger
    return try wrapping { () throws(LedgerError) in
      try ledger.read { database in
        let state = LedgerAdmissionState(
          database: database, countsIdentities: engine.policy.identitiesPerAccount > 0)
        return try engine.quota(
          account: account, peer: peer, autonomousSystem: autonomousSystem, at: now, state: state)
      }
    }
  }

  /// The policy of this authority, ready to decide.
  /// - Throws: `AuthorityError.invalid` naming file and line, `.io`.
  public func admissionEngine() throws(AuthorityError) -> AdmissionEngine {
    let path = directory.policy
    let text = String(decoding: try AuthorityFile.read(path), as: UTF8.self)
    let secret = try signing { () throws(OpenSSLError) in try keys.log.puzzleSecret() }
    do {
      return try AdmissionEngine(
        policy: AdmissionPolicy(yaml: text, path: path.path), puzzleSecret: secret)
    } catch {
      throw .invalid(path: path.path, line: nil, detail: "\(error)")
    }
  }

  /// The map from addresses to autonomous systems that the policy names; nil for none.
  /// - Throws: `AuthorityError.invalid` naming the file, `.io`.
  public func autonomousSystems(for policy: AdmissionPolicy) throws(AuthorityError) -> ASMap? {
    if policy.asmap.isEmpty { return nil }
    let file = URL(fileURLWithPath: policy.asmap, relativeTo: directory.url)
    let octets = try AuthorityFile.read(file)
    do {
      return try ASMap(octets)
    } catch {
      throw .invalid(path: file.path, line: nil, detail: "\(error)")
    }
  }

  /// Forgets limits that no longer limit and puzzle solutions that are refused anyway.
  /// - Throws: `AuthorityError`.
  public func forgetPast(
    by engine: AdmissionEngine, at now: AdmissionTime
  ) throws(AuthorityError) {
    var bound: UInt64?
    if let puzzle = engine.puzzle {
      let challenge = try signing { () throws(OpenSSLError) in try puzzle.challenge(at: now) }
      bound = challenge.epoch - min(challenge.epoch, UInt64(engine.policy.puzzle.oldEpochs))
    }
    let ledger = ledger
    try wrapping { () throws(LedgerError) in try ledger.forgetPast(at: now, beforeEpoch: bound) }
  }
}
