; Digits of b = 1...8 bits, cut from the most significant end, the last one narrower (decision 6).
;; LOGIC QF_BV
;; USE points
;; USE fields
;; USE digits

(declare-const x U160)
(declare-const y U160)
; Factors below 256; as Int they have 64 bits.
(declare-const octet (_ BitVec 8))
(declare-const nibble (_ BitVec 4))

(define-fun power-of-2 ((k U160)) U160 (bvshl (_ bv1 160) k))

; The definition. With padding to a whole number of digits, digit r would be the bits that remain
; above bit 160 - b (r + 1) modulo 2^b; the last digit is cut short by the padding instead.
(define-fun end ((r U64) (b U64)) U64
  (ite (bvuge (times (bvadd r (_ bv1 64)) b) (_ bv160 64)) (_ bv160 64)
    (times (bvadd r (_ bv1 64)) b)))
(define-fun start ((r U64) (b U64)) U64 (times r b))
; What precedes bit e, as a number.
(define-fun prefix ((p U160) (e U64)) U160 (bvlshr p (bvsub (_ bv160 160) (wide e))))
; The digit d that continues the prefix before it: prefix(end) = prefix(start) 2^width + d.
(define-fun continues ((p U160) (r U64) (b U64) (d U64)) Bool
  (let ((width (bvsub (end r b) (start r b))))
    (and (bvult (wide d) (power-of-2 (wide width)))
      (= (prefix p (end r b))
        (bvadd (bvshl (prefix p (start r b)) (wide width)) (wide d))))))

(define-fun digit-claim ((b U64) (row U64)) Bool (continues x row b (digit x row b)))

; There are n digits; all but the last have b bits and together they have 160.
(define-fun count-claim ((b U64) (n U64)) Bool
  (let ((last (bvsub n (_ bv1 64))))
    (and
      (= (digit-count b) n)
      (= (digit-width (bvsub last (_ bv1 64)) b) b)
      (bvugt (digit-width last b) (_ bv0 64))
      (bvule (digit-width last b) b)
      (= (bvadd (times last b) (digit-width last b)) (_ bv160 64)))))

; The shared prefix has length r iff the first bit that differs is one of digit r; it has all n digits
; iff the points are equal, and is never longer. ROW runs through all rows, and the claims on widths
; say that these are all. What the first differing bit is, the claims on leading zeros say.
(define-fun shared-claim ((b U64) (row U64)) Bool
  (= (= (shared-prefix-length x y b) row)
    (and (bvule (start row b) (leading-zeros (bvxor x y)))
      (bvult (leading-zeros (bvxor x y)) (end row b)))))
(define-fun shared-all-claim ((b U64)) Bool
  (let ((s (shared-prefix-length x y b)))
    (and (bvule s (digit-count b))
      (= (= s (digit-count b)) (= (leading-zeros (bvxor x y)) (_ bv160 64))))))

;; SANITY last-digit-of-three-bits-has-one
(assert (= (digit-width (_ bv53 64) (_ bv3 64)) (_ bv1 64)))
(assert (= (digit x (_ bv53 64) (_ bv3 64)) (_ bv1 64)))
(assert (= (shared-prefix-length x y (_ bv3 64)) (_ bv53 64)))

;; CLAIM narrow-product-is-the-product
(assert (not (= (times (concat (_ bv0 56) octet) (concat (_ bv0 60) nibble))
  (bvmul (concat (_ bv0 56) octet) (concat (_ bv0 60) nibble)))))

;; CLAIM narrow-quotient-is-the-quotient
(assert (not (= nibble #x0)))
(assert (not (let ((n (concat (_ bv0 56) octet)) (d (concat (_ bv0 60) nibble)))
  (and (bvult (bvsub n (bvmul d (quotient n d))) d) (bvule (bvmul d (quotient n d)) n)))))

;; CLAIM digits-of-1-bits
;; ROWS 160 (digit-claim (_ bv1 64) ROW)

;; CLAIM digits-of-2-bits
;; ROWS 80 (digit-claim (_ bv2 64) ROW)

;; CLAIM digits-of-3-bits
;; ROWS 54 (digit-claim (_ bv3 64) ROW)

;; CLAIM digits-of-4-bits
;; ROWS 40 (digit-claim (_ bv4 64) ROW)

;; CLAIM digits-of-5-bits
;; ROWS 32 (digit-claim (_ bv5 64) ROW)

;; CLAIM digits-of-6-bits
;; ROWS 27 (digit-claim (_ bv6 64) ROW)

;; CLAIM digits-of-7-bits
;; ROWS 23 (digit-claim (_ bv7 64) ROW)

;; CLAIM digits-of-8-bits
;; ROWS 20 (digit-claim (_ bv8 64) ROW)

;; CLAIM widths-of-1-bits-sum-to-160
(assert (not (count-claim (_ bv1 64) (_ bv160 64))))

;; CLAIM widths-of-2-bits-sum-to-160
(assert (not (count-claim (_ bv2 64) (_ bv80 64))))

;; CLAIM widths-of-3-bits-sum-to-160
(assert (not (count-claim (_ bv3 64) (_ bv54 64))))

;; CLAIM widths-of-4-bits-sum-to-160
(assert (not (count-claim (_ bv4 64) (_ bv40 64))))

;; CLAIM widths-of-5-bits-sum-to-160
(assert (not (count-claim (_ bv5 64) (_ bv32 64))))

;; CLAIM widths-of-6-bits-sum-to-160
(assert (not (count-claim (_ bv6 64) (_ bv27 64))))

;; CLAIM widths-of-7-bits-sum-to-160
(assert (not (count-claim (_ bv7 64) (_ bv23 64))))

;; CLAIM widths-of-8-bits-sum-to-160
(assert (not (count-claim (_ bv8 64) (_ bv20 64))))

; The first e bits agree iff those of the difference are zero, iff it has e leading zeros.
;; CLAIM prefixes-agree-where-the-difference-is-zero
;; ROWS 161 (= (bvxor (prefix x ROW) (prefix y ROW)) (prefix (bvxor x y) ROW))

;; CLAIM the-prefix-is-zero-up-to-the-leading-zeros
(assert (bvule octet (_ bv160 8)))
(assert (not (= (= (prefix x (concat (_ bv0 56) octet)) zero)
  (bvule (concat (_ bv0 56) octet) (leading-zeros x)))))

;; CLAIM shared-prefix-of-1-bits (all)
;; ROWS 160 (shared-claim (_ bv1 64) ROW)

;; CLAIM all-digits-of-1-bits-shared-iff-equal
(assert (not (shared-all-claim (_ bv1 64))))

;; CLAIM shared-prefix-of-2-bits (all)
;; ROWS 80 (shared-claim (_ bv2 64) ROW)

;; CLAIM all-digits-of-2-bits-shared-iff-equal
(assert (not (shared-all-claim (_ bv2 64))))

;; CLAIM shared-prefix-of-3-bits
;; ROWS 54 (shared-claim (_ bv3 64) ROW)

;; CLAIM all-digits-of-3-bits-shared-iff-equal
(assert (not (shared-all-claim (_ bv3 64))))

;; CLAIM shared-prefix-of-4-bits
;; ROWS 40 (shared-claim (_ bv4 64) ROW)

;; CLAIM all-digits-of-4-bits-shared-iff-equal
(assert (not (shared-all-claim (_ bv4 64))))

;; CLAIM shared-prefix-of-5-bits (all)
;; ROWS 32 (shared-claim (_ bv5 64) ROW)

;; CLAIM all-digits-of-5-bits-shared-iff-equal
(assert (not (shared-all-claim (_ bv5 64))))

;; CLAIM shared-prefix-of-6-bits (all)
;; ROWS 27 (shared-claim (_ bv6 64) ROW)

;; CLAIM all-digits-of-6-bits-shared-iff-equal
(assert (not (shared-all-claim (_ bv6 64))))

;; CLAIM shared-prefix-of-7-bits (all)
;; ROWS 23 (shared-claim (_ bv7 64) ROW)

;; CLAIM all-digits-of-7-bits-shared-iff-equal
(assert (not (shared-all-claim (_ bv7 64))))

;; CLAIM shared-prefix-of-8-bits
;; ROWS 20 (shared-claim (_ bv8 64) ROW)

;; CLAIM all-digits-of-8-bits-shared-iff-equal
(assert (not (shared-all-claim (_ bv8 64))))

;; MUTANT last-digit-padded digits-of-3-bits s/(min-int b (bvsub (_ bv160 64) (times row b)))/b/
;; MUTANT remainder-dropped widths-of-7-bits-sum-to-160 s/(bvsub (bvadd (_ bv160 64) b) (_ bv1 64)) b)/(_ bv160 64) b)/
;; MUTANT low-end-first digits-of-4-bits s/(bits x (times row b)/(bits x (bvsub (_ bv156 64) (times row b))/
;; MUTANT equal-points-share-160-over-b all-digits-of-6-bits-shared-iff-equal s/(= shared-bits (_ bv160 64)) (digit-count b)/false (digit-count b)/
;; MUTANT one-digit-too-many shared-prefix-of-4-bits s/(quotient shared-bits b)/(quotient (bvadd shared-bits (_ bv1 64)) b)/
