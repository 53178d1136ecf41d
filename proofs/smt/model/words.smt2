; UInt160 as Sources/RingIdentifiers/UInt160.swift computes it: three words, the most significant
; first. Nothing here uses an operation that is wider than a word of the implementation.

; <
(define-fun less ((x U160) (y U160)) Bool
  (ite (not (= (high x) (high y)))
    (bvult (high x) (high y))
    (ite (not (= (middle x) (middle y)))
      (bvult (middle x) (middle y))
      (bvult (low x) (low y)))))

; addingReportingOverflow: the carry of a sum that wraps is that the sum is below a summand.
(define-fun carry32 ((x U32) (y U32)) Bool (bvult (bvadd x y) x))
(define-fun carry64 ((x U64) (y U64)) Bool (bvult (bvadd x y) x))
(define-fun bit64 ((b Bool)) U64 (ite b (_ bv1 64) (_ bv0 64)))

; &+
(define-fun add ((x U160) (y U160)) U160
  (let ((low-carry (carry32 (low x) (low y)))
        (partial (bvadd (middle x) (middle y)))
        (first-carry (carry64 (middle x) (middle y))))
    (let ((second-carry (carry64 partial (bit64 low-carry))))
      (join
        (bvadd (high x) (high y) (bit64 (or first-carry second-carry)))
        (bvadd partial (bit64 low-carry))
        (bvadd (low x) (low y))))))

; &-; subtractingReportingOverflow borrows iff the minuend is below the subtrahend.
(define-fun sub ((x U160) (y U160)) U160
  (let ((low-borrow (bvult (low x) (low y)))
        (partial (bvsub (middle x) (middle y)))
        (first-borrow (bvult (middle x) (middle y))))
    (let ((second-borrow (bvult partial (bit64 low-borrow))))
      (join
        (bvsub (bvsub (high x) (high y)) (bit64 (or first-borrow second-borrow)))
        (bvsub partial (bit64 low-borrow))
        (bvsub (low x) (low y))))))

; Bitwise, word by word.
(define-fun and-words ((x U160) (y U160)) U160
  (join (bvand (high x) (high y)) (bvand (middle x) (middle y)) (bvand (low x) (low y))))
(define-fun or-words ((x U160) (y U160)) U160
  (join (bvor (high x) (high y)) (bvor (middle x) (middle y)) (bvor (low x) (low y))))
(define-fun xor-words ((x U160) (y U160)) U160
  (join (bvxor (high x) (high y)) (bvxor (middle x) (middle y)) (bvxor (low x) (low y))))
(define-fun not-words ((x U160)) U160
  (join (bvnot (high x)) (bvnot (middle x)) (bvnot (low x))))

; The smart shifts >> and << of a word by an Int: a negative distance shifts the other way, one of
; the width or more gives zero, as the shifts of SMT-LIB do.
(define-fun right64 ((x U64) (k U64)) U64
  (ite (bvslt k (_ bv0 64)) (bvshl x (bvneg k)) (bvlshr x k)))
(define-fun left64 ((x U64) (k U64)) U64
  (ite (bvslt k (_ bv0 64)) (bvlshr x (bvneg k)) (bvshl x k)))
; The distance of the 32-bit word is never negative here and below 2^32, see words.smt2.
(define-fun left32 ((x U32) (k U64)) U32 (bvshl x ((_ extract 31 0) k)))
; The masking shift &<<: the distance modulo 64.
(define-fun masking-left64 ((x U64) (k U64)) U64 (bvshl x (bvand k (_ bv63 64))))

; leadingMask(_:)
(define-fun leading-mask ((count U64)) U160
  (join
    (ite (bvsge count (_ bv64 64)) ones64 (left64 ones64 (bvsub (_ bv64 64) count)))
    (ite (bvsle count (_ bv64 64)) (_ bv0 64)
      (ite (bvsge count (_ bv128 64)) ones64 (left64 ones64 (bvsub (_ bv128 64) count))))
    (ite (bvsle count (_ bv128 64)) (_ bv0 32) (left32 ones32 (bvsub (_ bv160 64) count)))))

; UInt64(low) &<< 32
(define-fun low-left ((x U160)) U64 (concat (low x) (_ bv0 32)))

; bits(at:count:)
(define-fun bits ((x U160) (offset U64) (count U64)) U64
  (let ((window
      (ite (bvslt offset (_ bv64 64))
        (bvor
          (masking-left64 (high x) offset)
          (right64 (middle x) (bvsub (_ bv64 64) offset)))
        (ite (bvslt offset (_ bv128 64))
          (bvor
            (masking-left64 (middle x) (bvsub offset (_ bv64 64)))
            (right64 (low-left x) (bvsub (_ bv128 64) offset)))
          (left64 (low-left x) (bvsub offset (_ bv128 64)))))))
    (right64 window (bvsub (_ bv64 64) count))))

; field(_:at:count:)
(define-fun field ((value U64) (offset U64) (count U64)) U160
  (let ((top (left64 value (bvsub (_ bv64 64) count))))
    (let ((tail (left64 top (bvsub (_ bv128 64) offset))))
      (join
        (right64 top offset)
        (left64 top (bvsub (_ bv64 64) offset))
        ((_ extract 63 32) tail)))))
