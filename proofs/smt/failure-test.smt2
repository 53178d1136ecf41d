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
; The preconditions of the initializer, and sums of 64 bits.
(define-fun in-limits () Bool
  (and (<= 0 root-sum word) (<= 0 local-sum word)
    (<= 1 k 1048576) (<= 1 n 1048576) (<= 0 t 4294967296)))
(define-fun root-mean () Real (/ (to_real root-sum) (to_real k)))
(define-fun local-mean () Real (/ (to_real local-sum) (to_real n)))
(define-fun gamma () Real (/ (to_real t) 1048576.0))

;; SANITY a-set-at-the-threshold
(assert (= (claimed root-sum n) (allowed local-sum k t)))
(assert (and (= k 32) (= n 256) (= t 1289748) (= root-sum 322437) (> local-sum 0)))

; Each bound below is for values at most those of the line before; products of non-negative factors
; grow with both.
;; CLAIM shift-keeps-all-bits
(assert (<= 1 n 1048576))
(assert (not (<= 0 (scaled-local-gaps n) 1099511627776)))

;; CLAIM claimed-fits
(assert (and (<= 0 root-sum word) (<= 0 (scaled-local-gaps n) 1099511627776)))
(assert (not (<= 0 (claimed root-sum n) double-word)))

;; CLAIM partial-product-fits
(assert (and (<= 0 local-sum word) (<= 1 k 1048576)))
(assert (not (<= 0 (partial-allowed local-sum k) 19342813113834066795298816)))

;; CLAIM allowed-fits
(assert (<= 0 (partial-allowed local-sum k) 19342813113834066795298816))
(assert (<= 0 t 4294967296))
(assert (not (<= 0 (allowed local-sum k t) double-word)))

; The means are fractions. The two products are k n times the mean of the root's gaps, and k n times
; gamma times the mean of the local ones, both in multiples of 2^-20,
;; CLAIM products-are-those-of-the-means
(assert in-limits)
(assert (not (and
  (= (to_real (claimed root-sum n)) (* (to_real (* k n)) 1048576.0 root-mean))
  (= (to_real (allowed local-sum k t)) (* (to_real (* k n)) (to_real t) local-mean)))))

; of which k n is positive,
;; CLAIM positive-counts-have-a-positive-product
(assert (and (<= 1 k) (<= 1 n) (not (< 0 (* k n)))))

; and so the answer is that of the exact fractions, for all sums, counts and thresholds that the
; preconditions allow. What the two claims above establish is assumed, for the solvers' sake.
;; CLAIM accepts-iff-the-fractions-do
(assert in-limits)
(declare-const counts Real)
(assert (and (= counts (to_real (* k n))) (< 0.0 counts)))
(assert (= (to_real (claimed root-sum n)) (* counts 1048576.0 root-mean)))
(assert (= (to_real (allowed local-sum k t)) (* counts (to_real t) local-mean)))
(assert (not (= (accepts root-sum local-sum k n t) (<= root-mean (* gamma local-mean)))))

; The hop test is exact below half of 2^64, and at more it compares with the largest word.
;; CLAIM doubling-saturates-at-the-largest-word
(declare-const distance Int)
(assert (<= 0 distance word))
(assert (not (and (<= (doubled distance) word)
  (ite (< distance 9223372036854775808) (= (doubled distance) (* 2 distance))
    (= (doubled distance) word)))))

;; MUTANT threshold-shifted-too allowed-fits s/(partial-allowed local-sum k) t))$/(partial-allowed local-sum k) (* t unit)))/
;; MUTANT shift-twice shift-keeps-all-bits s/(\* n unit)/(* n unit unit)/
;; MUTANT shift-of-19 products-are-those-of-the-means s/(define-fun unit () Int 1048576)/(define-fun unit () Int 524288)/
;; MUTANT root-gaps-left-out products-are-those-of-the-means s/(\* local-sum k))$/local-sum)/
;; MUTANT strict accepts-iff-the-fractions-do s/^  (<= (claimed/  (< (claimed/
;; MUTANT reversed accepts-iff-the-fractions-do s/^  (<= (claimed/  (>= (claimed/
;; MUTANT wraps doubling-saturates-at-the-largest-word s/18446744073709551615 (\* 2 distance)))$/(- (* 2 distance) 18446744073709551616) (* 2 distance)))/
