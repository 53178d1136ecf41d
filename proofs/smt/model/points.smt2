; A point of the ring as Sources/RingIdentifiers/UInt160.swift stores it, and its leading zeros.

(define-sort U160 () (_ BitVec 160))
(define-sort U64 () (_ BitVec 64))
(define-sort U32 () (_ BitVec 32))

(define-fun zero () U160 (_ bv0 160))
(define-fun ones64 () U64 (bvnot (_ bv0 64)))
(define-fun ones32 () U32 (bvnot (_ bv0 32)))

; The stored words.
(define-fun high ((x U160)) U64 ((_ extract 159 96) x))
(define-fun middle ((x U160)) U64 ((_ extract 95 32) x))
(define-fun low ((x U160)) U32 ((_ extract 31 0) x))
(define-fun join ((h U64) (m U64) (l U32)) U160 (concat h m l))

; leadingZeroBitCount of a word: halves, as a priority encoder would.
(define-fun zeros8 ((x (_ BitVec 8))) U64
  (ite (= ((_ extract 7 7) x) #b1) (_ bv0 64)
  (ite (= ((_ extract 6 6) x) #b1) (_ bv1 64)
  (ite (= ((_ extract 5 5) x) #b1) (_ bv2 64)
  (ite (= ((_ extract 4 4) x) #b1) (_ bv3 64)
  (ite (= ((_ extract 3 3) x) #b1) (_ bv4 64)
  (ite (= ((_ extract 2 2) x) #b1) (_ bv5 64)
  (ite (= ((_ extract 1 1) x) #b1) (_ bv6 64)
  (ite (= ((_ extract 0 0) x) #b1) (_ bv7 64) (_ bv8 64))))))))))
(define-fun zeros16 ((x (_ BitVec 16))) U64
  (ite (= ((_ extract 15 8) x) (_ bv0 8))
    (bvadd (_ bv8 64) (zeros8 ((_ extract 7 0) x))) (zeros8 ((_ extract 15 8) x))))
(define-fun zeros32 ((x U32)) U64
  (ite (= ((_ extract 31 16) x) (_ bv0 16))
    (bvadd (_ bv16 64) (zeros16 ((_ extract 15 0) x))) (zeros16 ((_ extract 31 16) x))))
(define-fun zeros64 ((x U64)) U64
  (ite (= ((_ extract 63 32) x) (_ bv0 32))
    (bvadd (_ bv32 64) (zeros32 ((_ extract 31 0) x))) (zeros32 ((_ extract 63 32) x))))

; leadingZeroBitCount
(define-fun leading-zeros ((x U160)) U64
  (ite (not (= (high x) (_ bv0 64))) (zeros64 (high x))
    (ite (not (= (middle x) (_ bv0 64))) (bvadd (_ bv64 64) (zeros64 (middle x)))
      (bvadd (_ bv128 64) (zeros32 (low x))))))
