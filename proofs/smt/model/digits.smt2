; Digits as Sources/RingIdentifiers/RingInteger+Digits.swift computes them on UInt160, with the
; operations of whole numbers, to which words.smt2 proves those of the words equal. Int has 64
; bits; bitWidth is 160. Rows, offsets and counts of bits are at most 160 and b is at most 8, so their
; products fit 16 bits and their quotients 8; digits.smt2 proves that 64 bits would give the same.

(define-fun times ((x U64) (y U64)) U64
  (concat (_ bv0 48) (bvmul ((_ extract 15 0) x) ((_ extract 15 0) y))))
(define-fun quotient ((x U64) (y U64)) U64
  (concat (_ bv0 56) (bvudiv ((_ extract 7 0) x) ((_ extract 7 0) y))))

(define-fun min-int ((x U64) (y U64)) U64 (ite (bvslt y x) y x))

; digitCount(digitBits:)
(define-fun digit-count ((b U64)) U64 (quotient (bvsub (bvadd (_ bv160 64) b) (_ bv1 64)) b))

; digitWidth(at:digitBits:)
(define-fun digit-width ((row U64) (b U64)) U64
  (min-int b (bvsub (_ bv160 64) (times row b))))

; digit(at:digitBits:)
(define-fun digit ((x U160) (row U64) (b U64)) U64
  (bits x (times row b) (digit-width row b)))

; sharedPrefixLength(with:digitBits:)
(define-fun shared-prefix-length ((x U160) (y U160) (b U64)) U64
  (let ((shared-bits (leading-zeros (bvxor x y))))
    (ite (= shared-bits (_ bv160 64)) (digit-count b) (quotient shared-bits b))))

; constrainedPoint(row:column:digitBits:)
(define-fun constrained-point ((x U160) (row U64) (column U64) (b U64)) U160
  (let ((offset (times row b)) (width (digit-width row b)))
    (let ((hole (bvor (leading-mask offset) (bvnot (leading-mask (bvadd offset width))))))
      (bvor (bvand x hole) (field column offset width)))))

; slotRange(row:column:digitBits:)
(define-fun slot-prefix ((row U64) (b U64)) U160
  (leading-mask (bvadd (times row b) (digit-width row b))))
(define-fun slot-lower ((x U160) (row U64) (column U64) (b U64)) U160
  (bvand (constrained-point x row column b) (slot-prefix row b)))
(define-fun slot-upper ((x U160) (row U64) (column U64) (b U64)) U160
  (bvor (constrained-point x row column b) (bvnot (slot-prefix row b))))
