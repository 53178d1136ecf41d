; The published numbers of the audit [Singh06], from its formulas. The expressions are constants, so
; this is exact arithmetic by two programs.
;; LOGIC QF_NRA
;; USE audit

(declare-const p Real)

;; SANITY a-quarter-is-faulty
(assert (and (> p (blamed (/ 1.0 4.0))) (< p (/ 1.0 100.0))))

; .02 % at f = .2 and .2 % at f = .25.
;; CLAIM a-correct-node-is-blamed-as-published
(assert (not (and
  (< 0.00015 (blamed (/ 1.0 5.0)) 0.00025) (< 0.0015 (blamed (/ 1.0 4.0)) 0.0025))))

; Detection of at least 95.9 % at f = .25 and r = 1.2, where all challenges are answered.
;; CLAIM detection-as-published-if-all-is-answered
(assert (not (<= (passes (/ 1.0 4.0) (/ 6.0 5.0) 1.0) 0.041)))

; One that answers 43 of 100 challenges passes with .1998: detection is 80 %, not 95.9 %.
;; CLAIM silence-passes-more-often
(assert (not (< 0.199 (passes (/ 1.0 4.0) (/ 6.0 5.0) (/ 43.0 100.0)) 0.2)))

; At f = .2 fewer than one of N sets has a faulty majority: n = 13 for N = 100 and 21 for 1,000, and
; the next smaller odd n does not do.
;; CLAIM anonymizers-of-100-and-1000-nodes
(assert (not (and
  (< (* 100.0 (majority13 (/ 1.0 5.0))) 1.0 (* 100.0 (majority11 (/ 1.0 5.0))))
  (< (* 1000.0 (majority21 (/ 1.0 5.0))) 1.0 (* 1000.0 (majority19 (/ 1.0 5.0)))))))

; The published n = 29 for N = 10,000 is 1.418 sets by this formula; of the odd sizes 31 is
; the first below one.
;; CLAIM anonymizers-of-10000-nodes-are-too-few
(assert (not (and
  (< 1.41 (* 10000.0 (majority29 (/ 1.0 5.0))) 1.42)
  (< (* 10000.0 (majority31 (/ 1.0 5.0))) 1.0))))

; The verdicts exclude each other and exhaust all.
;; CLAIM blamed-or-passed
(assert (not (= (+ (below-12 (/ 1.0 4.0) (/ 3.0 4.0)) (at-least-12 (/ 1.0 4.0) (/ 3.0 4.0))) 1.0)))

;; MUTANT wrong-coefficient blamed-or-passed s/2704156.0/2704157.0/
;; MUTANT exchanged a-correct-node-is-blamed-as-published s/(below-12 (- 1.0 f) f)/(below-12 f (- 1.0 f))/
;; MUTANT overload-ignored detection-as-published-if-all-is-answered s,(/ c r),c,
