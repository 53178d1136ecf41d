import Testing

/// The two small scanners that the rules stand on.
@Suite struct SourceMaskTests {
  /// Runs of blanks count as one; that no byte moves is checked by the lengths.
  private func squeezed(_ text: String) -> String {
    text.split(separator: " ").joined(separator: " ")
  }

  @Test(arguments: [
    (#"let a = "text" + b"#, "let a = + b"),
    ("a // c", "a"),
    ("a /* b /* c */ d */ e", "a e"),
    (#"x("\(f("y")) z")"#, "x( f( ) )"),
    (##"let r = #"a"b\(c)"# + d"##, "let r = + d"),
    (##"let r = #"a\#(b)c"# + d"##, "let r = b + d"),
    (#"let q = "\"" + d"#, "let q = + d"),
    (#"let r = /a"b\/c/ + d"#, "let r = + d"),
    ("let q = a / b / c", "let q = a / b / c"),
    ("let s = \"a\nlet t = b", "let s = \nlet t = b"),
    ("\"\"\"\n a \" b\n\"\"\" + c", "\n \n + c"),
  ])
  func onlyCodeRemains(text: String, code: String) {
    let mask = SourceMask(text)
    #expect(squeezed(mask.code) == code)
    #expect(mask.code.count == text.count)
  }

  @Test func commentsAreKeptApart() {
    let mask = SourceMask("let a = 1 // one\n/* two\nthree */ let b = \"// no\"")
    #expect(squeezed(mask.comments) == "// one\n/* two\nthree */")
    #expect(squeezed(mask.code) == "let a = 1 \n \n let b =")
  }

  @Test func everyTruncationIsRead() {
    let text =
      ##"a("x \(f(["y": /r"e/])) z", #"raw \#(b)"#, """##
      + "\n t \n\"\"\") /* c /* d */ */ // e"
    for count in 0...text.count {
      let mask = SourceMask(String(text.prefix(count)))
      #expect(mask.code.count == count)
      #expect(mask.comments.count == count)
    }
  }
}

@Suite struct FunctionScannerTests {
  private func scan(_ code: String) -> [String]? {
    FunctionScanner.functions(in: code).map { $0.map { "\($0.name) \($0.line)+\($0.length)" } }
  }

  @Test func functionsAreFoundWithTheirLengths() {
    let code = """
      struct S {
        let stored: Int
        var count = 0
        var lazyValue = { 1 }()
        init?(x: Int = [1, 2].map({ $0 })[0]) {
          self.init(y: x)
        }
        func f<T>(_ body: (T) -> Void) -> Int
        where T: Equatable
        {
          func inner() { }
          if a { b() } else { c() }
          return d.map { .init($0) }
        }
        subscript(i: Int) -> Int { i }
        static func &+ (lhs: S, rhs: S) -> S {
          lhs
        }
        var computed: Int {
          1
        }
        deinit {
        }
      }
      """
    #expect(
      scan(code) == [
        "init 5+3", "inner 11+1", "f 8+7", "subscript 15+1", "& 16+3", "var 19+3", "deinit 22+2",
      ])
  }

  @Test func requirementsOfProtocolsHaveNoLength() {
    let code = """
      protocol P: Q {
        func f()
        init(x: Int)
        var y: Int { get }
        subscript(i: Int) -> Int { get }
      }
      extension P {
        func g() {
        }
      }
      """
    #expect(scan(code) == ["g 8+2"])
  }

  @Test func unbalancedBracesAreNoticed() {
    #expect(scan("func f() { {") == nil)
    #expect(scan("func f() { } }") == nil)
    #expect(scan("} func f() {") == nil)
    #expect(scan("") == [])
  }
}
