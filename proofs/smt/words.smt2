; The three words of UInt160 compute the arithmetic of one 160-bit number.
;; LOGIC QF_BV
;; USE points
;; USE words

(declare-const x U160)
(declare-const y U160)
(declare-const offset U64)
(declare-const count U64)
(declare-const value U64)

; A mathematical shift of the whole number by a number of bits that fits 64 bits.
(define-fun wide ((k U64)) U160 (concat (_ bv0 96) k))
; The preconditions of bits(at:count:) and field(_:at:count:).
(define-fun in-range () Bool
  (and (bvule count (_ bv8 64)) (bvule offset (_ bv160 64))
    (bvule (bvadd offset count) (_ bv160 64))))
; 2^k - 1
(define-fun ones ((k U64)) U160 (bvsub (bvshl (_ bv1 160) (wide k)) (_ bv1 160)))

;; SANITY sum-wraps-in-all-words
(assert (and (carry32 (low x) (low y)) (carry64 (middle x) (middle y)) (bvult (add x y) x)))
(assert (and in-range (= offset (_ bv61 64)) (= (bits x offset count) (_ bv5 64))))

;; CLAIM add-wraps-at-2^160
(assert (not (= (add x y) (bvadd x y))))

;; CLAIM subtract-wraps-at-2^160
(assert (not (= (sub x y) (bvsub x y))))

;; CLAIM less-is-the-order-of-numbers
(assert (not (= (less x y) (bvult x y))))

;; CLAIM bitwise-operations-are-those-of-160-bits
(assert (not (and
  (= (and-words x y) (bvand x y)) (= (or-words x y) (bvor x y))
  (= (xor-words x y) (bvxor x y)) (= (not-words x) (bvnot x)))))

; For x > 0, 2^(159 - zeros) <= x < 2^(160 - zeros).
;; CLAIM leading-zeros-counts-them
(assert (not (ite (= x zero) (= (leading-zeros x) (_ bv160 64))
  (and (bvult (leading-zeros x) (_ bv160 64))
    (= (bvlshr x (bvsub (_ bv159 160) (wide (leading-zeros x)))) (_ bv1 160))))))

;; CLAIM leading-mask-has-its-ones-in-front
(assert (bvule count (_ bv160 64)))
(assert (not (and
  (= (leading-mask count) (bvnot (ones (bvsub (_ bv160 64) count))))
  (= (leading-mask count) (bvshl (bvnot zero) (bvsub (_ bv160 160) (wide count)))))))

; The shift of the 32-bit word by an Int is modelled by its low 32 bits: nothing is lost.
;; CLAIM leading-mask-shifts-by-less-than-a-word
(assert (and (bvugt count (_ bv128 64)) (bvule count (_ bv160 64))))
(assert (not (bvult (bvsub (_ bv160 64) count) (_ bv32 64))))

;; CLAIM bits-are-cut-from-the-number
(assert in-range)
(assert (not (= (wide (bits x offset count))
  (bvand (bvlshr x (bvsub (_ bv160 160) (bvadd (wide offset) (wide count)))) (ones count)))))

;; CLAIM bits-are-what-two-shifts-leave
(assert in-range)
(assert (not (= (wide (bits x offset count))
  (bvlshr (bvshl x (wide offset)) (bvsub (_ bv160 160) (wide count))))))

;; CLAIM field-is-placed-in-the-number
(assert in-range)
(assert (bvult value (bvshl (_ bv1 64) count)))
(assert (not (= (field value offset count)
  (bvshl (wide value) (bvsub (_ bv160 160) (bvadd (wide offset) (wide count)))))))

;; MUTANT lost-carry add-wraps-at-2^160 s/(or first-carry second-carry)/first-carry/
;; MUTANT lost-borrow subtract-wraps-at-2^160 s/(or first-borrow second-borrow)/second-borrow/
;; MUTANT middle-word-first less-is-the-order-of-numbers s/(bvult (high x) (high y))/(bvult (middle x) (middle y))/
;; MUTANT low-word-counted-from-96 leading-zeros-counts-them s/(_ bv128 64) (zeros32/(_ bv96 64) (zeros32/
;; MUTANT mask-off-by-one leading-mask-has-its-ones-in-front s/(bvsle count (_ bv64 64)) (_ bv0 64)/(bvsle count (_ bv65 64)) (_ bv0 64)/
;; MUTANT masking-shift bits-are-cut-from-the-number s/(bvlshr x k)/(bvlshr x (bvand k (_ bv63 64)))/
;; MUTANT one-sided-shift field-is-placed-in-the-number s/(bvslt k (_ bv0 64)) (bvlshr x (bvneg k))/false x/
