; Every line of this file but that of nothing-is-above-itself must be reported as FAILED, or the runner sees nothing.
;; LOGIC QF_LIA

(declare-const x Int)

;; SANITY nothing-is-below-itself
(assert (< x x))

;; CLAIM all-numbers-are-positive
(assert (not (> x 0)))

;; CLAIM what-cannot-be-read
(assert (undeclared x))

;; CLAIM nothing-is-above-itself
(assert (> x x))

;; MUTANT survivor nothing-is-above-itself s/QF_LIA/QF_NIA/
;; MUTANT orphan nobody-is-here s/x/y/
;; MUTANT unchanged all-numbers-are-positive s/absent/present/
