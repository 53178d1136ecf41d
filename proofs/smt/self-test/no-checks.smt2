; A claim without a sanity check and without a mutant: two lines of this file must be FAILED.
;; LOGIC QF_LIA

(declare-const x Int)

;; CLAIM nothing-is-below-itself
(assert (< x x))
