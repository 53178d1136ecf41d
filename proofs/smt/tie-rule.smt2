; Closeness to a key is one strict total order of all points, and ties go counterclockwise
; (decision 5).
;; LOGIC QF_LIA
;; USE integers
;; USE distance

(declare-const x Int)
(declare-const y Int)
(declare-const z Int)
(declare-const key Int)
(assert (and (is-point x) (is-point y) (is-point z) (is-point key)))

; The definition: points are numbered outwards from the key, the counterclockwise one first. The
; point d steps counterclockwise is number 2d - 1, the point d steps clockwise number 2d; the
; antipode is reached both ways and takes the smaller number.
(define-fun steps-up ((p Int) (q Int)) Int (ite (< q p) (+ (- q p) ring) (- q p)))
(define-fun rank ((p Int)) Int
  (ite (= p key) 0
    (ite (<= (steps-up p key) (steps-up key p))
      (- (* 2 (steps-up p key)) 1)
      (* 2 (steps-up key p)))))

;; SANITY a-tie-away-from-zero
(assert (and (not (= x y)) (= (distance x key) (distance y key)) (closer x y key)))
(assert (and (not (= key zero)) (less x y)))

;; CLAIM closer-is-the-order-of-ranks
(assert (not (= (closer x y key) (< (rank x) (rank y)))))

;; CLAIM ranks-differ
(assert (not (=> (= (rank x) (rank y)) (= x y))))

;; CLAIM exactly-one-of-equal-closer-farther
(assert (not (or
  (and (= x y) (not (closer x y key)) (not (closer y x key)))
  (and (not (= x y)) (closer x y key) (not (closer y x key)))
  (and (not (= x y)) (not (closer x y key)) (closer y x key)))))

;; CLAIM nothing-is-closer-than-itself
(assert (closer x x key))

; Follows from the first claim; asked of the implementation itself.
;; CLAIM closer-is-transitive
(assert (not (=> (and (closer x y key) (closer y z key)) (closer x z key))))

; z steps on either side of the key, neither the key itself nor its antipode.
;; CLAIM the-counterclockwise-one-wins-a-tie
(assert (and (not (= z 0)) (< (* 2 z) ring)))
(assert (not (closer (sub key z) (add key z) key)))

;; CLAIM rotation-keeps-the-order
(assert (not (= (closer x y key) (closer (add x z) (add y z) (add key z)))))

;; CLAIM the-key-is-closest-to-itself
(assert (not (=> (not (= x key)) (closer key x key))))

;; MUTANT clockwise-wins closer-is-the-order-of-ranks s/(= (clockwise x key) own)/(= (clockwise key x) own)/
;; MUTANT smaller-value-wins rotation-keeps-the-order s/(= (clockwise x key) own)/(less x y)/
;; MUTANT both-win exactly-one-of-equal-closer-farther s/(= (clockwise x key) own)/true/
;; MUTANT none-wins the-counterclockwise-one-wins-a-tie s/(= (clockwise x key) own)/false/
;; MUTANT reflexive nothing-is-closer-than-itself s/(and (not (= x y)) (= (clockwise x key) own))/(= (clockwise x key) own)/
