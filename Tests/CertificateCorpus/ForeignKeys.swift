import Foundation

/// Public keys, and requests made with them by the openssl program, that are not supported.
///
/// Their private halves were thrown away.
enum ForeignKeys {
  /// The DER octets of one of the texts below.
  static func der(_ text: String) throws -> [UInt8] {
    guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
      throw DERTree.ReadError()
    }
    return [UInt8](data)
  }

  /// RSA with 2048 bits.
  static let rsa = """
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzFmp8ni0Hc84O5g5r2zPFQbKagNyxlM5eQ9oXy6vhOIaQoZI
    BuRL4rlH6Ad2khfQxhlYAUa4+GeY3Erm9b/vKzLlDw2RSrtHc3u/vJEu33QhTy3Agc+cOPEdCti6r+gzZ2cwWA1pyy32
    qTvYm6DxdDQPtGCHu/bZUVfNY4L3gOV8cYYtPKaXzVIc2Lm4xqWrGm860hXtQBZR19mC1WfkRjGtIEkWZsN/wMmaAHGt
    tmujoFTEUmJXWoVC5KnPP/MwD86lV3zK9ZOmOKGv54wPdcoTbRjFc8cXu929ayDghFgNRf8ZdsRBab2TVo4plXawWPf0
    i1ED2L0wdHqd8CwZBwIDAQAB
    """

  /// A point on P-384.
  static let p384 = """
    MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEsDzk9QmW1fhcvn0smENmAnHQmCFpBGtpsohe+vWQJ0K+80YCJY4QZqfIxjng
    2W3fZisVmB6zW81q7q+2iSnInW2hKNngOk9DyuM63LqoJHK3igJHbZ2bW4x/ieUl22/S
    """

  /// A point on secp256k1.
  static let secp256k1 = """
    MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEU43ofl5VsbluIT4EloA3A2yFhNvuhAC5KM71g5714YHV/HWGdXaS7OIkLh9S
    0LxmaHQYzf6+kuxtctHnksmBYA==
    """

  /// A point on P-256, whose parameters are spelt out.
  static let explicit = """
    MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAAAAAAAAAAAAAA////////////////
    MFsEIP////8AAAABAAAAAAAAAAAAAAAA///////////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9Jg
    SwMVAMSdNgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n
    60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABNTtDsq3
    OvDK3SfhBU6Loiv8/zTIuY2cmNiizQ7Et7rHLcsv915oYPYSlmuHeWdu9t/ibvZLoaKRjw+wMExuWNw=
    """

  /// A request with an RSA key.
  static let rsaRequest = """
    MIICVDCCATwCAQAwDzENMAsGA1UEAwwEbm9kZTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAMxZqfJ4tB3P
    ODuYOa9szxUGymoDcsZTOXkPaF8ur4TiGkKGSAbkS+K5R+gHdpIX0MYZWAFGuPhnmNxK5vW/7ysy5Q8NkUq7R3N7v7yR
    Lt90IU8twIHPnDjxHQrYuq/oM2dnMFgNacst9qk72Jug8XQ0D7Rgh7v22VFXzWOC94DlfHGGLTyml81SHNi5uMalqxpv
    OtIV7UAWUdfZgtVn5EYxrSBJFmbDf8DJmgBxrbZro6BUxFJiV1qFQuSpzz/zMA/OpVd8yvWTpjihr+eMD3XKE20YxXPH
    F7vdvWsg4IRYDUX/GXbEQWm9k1aOKZV2sFj39ItRA9i9MHR6nfAsGQcCAwEAAaAAMA0GCSqGSIb3DQEBCwUAA4IBAQAI
    +UM2hTrzUgBDdWF6kdSQPltTe4ZUuFTFgq1WBmGIFYt6YBDOX81X3Y0uCy7jz9gPXHSscFKDUYbEkSik+G1/2Mlfigx/
    RAcKcwcobKdjprr/xGoMqZ1Jo+MIuWjZh4wxyXuSKKZy29nTViNIXI4f+KB1fSa5vefNh1l4Qrb8btlDtUfXewPioigZ
    SZOfT4ageezD95j/Qkh1oBD14r/pNHe69RXc/SVIVfguYEQnSSYIes0WoFmFc2fynPmRK1S+D3elffyQZ82G1AWz8Iw4
    ViRwyJ1WIOw+WZ2PZf/zmhDBD9qbz0aQgJfmnxO7blxqG8v3wj9B8gHE7HpIFMHY
    """

  /// A request with a P-384 key.
  static let p384Request = """
    MIIBBzCBjgIBADAPMQ0wCwYDVQQDDARub2RlMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEsDzk9QmW1fhcvn0smENmAnHQ
    mCFpBGtpsohe+vWQJ0K+80YCJY4QZqfIxjng2W3fZisVmB6zW81q7q+2iSnInW2hKNngOk9DyuM63LqoJHK3igJHbZ2b
    W4x/ieUl22/SoAAwCgYIKoZIzj0EAwIDaAAwZQIwLI1ZeWvJq+pPZtR25x8EQwxsdKg7GbBIVpUFT3BqlCxzHGljqoWu
    vAIWhZfG0+VbAjEA5GtB0P/N/Xc0z6wGLS/x2dc/GHp9WEl5KoWL9JhirgUr/0m/NrfGALgmkk4Lescb
    """

  /// A request whose curve's parameters are spelt out.
  static let explicitRequest = """
    MIIBvzCCAWUCAQAwDzENMAsGA1UEAwwEbm9kZTCCAUswggEDBgcqhkjOPQIBMIH3AgEBMCwGByqGSM49AQECIQD/////
    AAAAAQAAAAAAAAAAAAAAAP///////////////zBbBCD/////AAAAAQAAAAAAAAAAAAAAAP///////////////AQgWsY1
    2Ko6k+ez671VdpiGvGUdBrDMU7D2O848PifSYEsDFQDEnTYIhucEk2pmeOETnSa3gZ9+kARBBGsX0fLhLEJH+Lzm5WOk
    QPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfUCIQD/////AAAAAP//////////
    vOb6racXnoTzucrC/GMlUQIBAQNCAATU7Q7Ktzrwyt0n4QVOi6Ir/P80yLmNnJjYos0OxLe6xy3LL/deaGD2EpZrh3ln
    bvbf4m72S6GikY8PsDBMbljcoAAwCgYIKoZIzj0EAwIDSAAwRQIhALjpTveB0mbdBBMlzdgrQN0Xm3UUWWCS53Y1Hae+
    B13tAiB8mXSmFIp2yMTDXX8HQjAM5luBYHhMLFPuAaBlvM4K8g==
    """

  /// A request with a compressed point.
  static let compressedRequest = """
    MIGpMFECAQAwDzENMAsGA1UEAwwEbm9kZTA5MBMGByqGSM49AgEGCCqGSM49AwEHAyIAAtTtDsq3OvDK3SfhBU6Loiv8
    /zTIuY2cmNiizQ7Et7rHoAAwCgYIKoZIzj0EAwIDSAAwRQIhAIj60KQhNDultzP/nhwRQ7rhOnOyc7zYmsvtd66HGqP1
    AiAU3StyyvS5MQ9JHROEUlE0S2ixong1SxmeXmP3BDdPWg==
    """
}
