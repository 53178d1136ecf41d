; The density comparison overflows nowhere and decides as exact fractions would.
;; LOGIC QF_NIRA
;; USE failure-test

(declare-const root-sum Int)
(declare-const local-sum Int)
(declare-const k Int)
(declare-const n Int)
(declare-const t Int)
(define-fun word () Int 18446744073709551615)
(define-fun double-word () Int 340282366920938463463374607431768211455)

;; SANITY a-set-at-the-threshold
(assert (= (claimed root-sum n) (allowed local-sum k t)))
(assert (and (= k 32) (= n 256) (= t 1289748) (= root-sum 322437) (> local-sum 0)))

; Each bound below is for values at most those of the line before; products of non-negative factors
; grow with both.
;; CLAIM shift-keeps-all-bits
(assert (<= 1 n 1048576))
(assert (not (<= 0 (scaled-local-gaps n) 1099511627776)))

;; CLAIM claimed-fits
(declare-const scaled Int)
(assert (and (<= 0 root-sum word) (<= 0 scaled 1099511627776)))
(assert (not (<= 0 (* root-sum scaled) double-word)))

;; CLAIM partial-product-fits
(assert (and (<= 0 local-sum word) (<= 1 k 1048576)))
(assert (not (<= 0 (partial-allowed local-sum k) 19342813113834066795298816)))

;; CLAIM allowed-fits
(declare-const partial Int)
(assert (and (<= 0 partial 19342813113834066795298816) (<= 0 t 4294967296)))
(assert (not (<= 0 (* partial t) double-word)))

; The means are fractions: root-sum = k * root-mean and local-sum = n * local-mean. Both products are
; then k n times root-mean * 2^20 and t * local-mean, and a positive factor keeps the order.
;; CLAIM products-are-those-of-the-means
(declare-const root-mean Real)
(declare-const local-mean Real)
(declare-const rk Real)
(declare-const rn Real)
(declare-const rt Real)
(assert (not (and
  (= (* (* rk root-mean) (* rn 1048576.0)) (* (* rk rn) (* root-mean 1048576.0)))
  (= (* (* (* rn local-mean) rk) rt) (* (* rk rn) (* local-mean rt))))))

;; CLAIM a-positive-factor-keeps-the-order
(declare-const factor Real)
(declare-const left Real)
(declare-const more Real)
(assert (and (> factor 0.0) (> more 0.0)))
(assert (not (< (* factor left) (* factor (+ left more)))))

;; CLAIM positive-counts-have-a-positive-product
(assert (and (<= 1 k) (<= 1 n) (not (< 0 (* k n)))))

; The hop test is exact below half of 2^64, and at more it compares with the largest word.
;; CLAIM doubling-saturates-at-the-largest-word
(declare-const distance Int)
(assert (<= 0 distance word))
(assert (not (and (<= (doubled distance) word)
  (ite (< distance 9223372036854775808) (= (doubled distance) (* 2 distance))
    (= (doubled distance) word)))))

;; MUTANT threshold-of-2^65 allowed-fits s/(<= 0 t 4294967296)/(<= 0 t 36893488147419103232)/
;; MUTANT shift-by-one-less shift-keeps-all-bits s/(\* n unit)/(* n unit unit)/
;; MUTANT wraps doubling-saturates-at-the-largest-word s/18446744073709551615 (\* 2 distance)))$/(- (* 2 distance) 18446744073709551616) (* 2 distance)))/
;; MUTANT root-sum-over-local-gaps products-are-those-of-the-means s/(\* rn local-mean) rk)/(* rk local-mean) rk)/
