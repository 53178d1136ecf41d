; The ring in bit-vectors of 160 bits: wrapping steps, distances and the order of closeness.
;
; A distance is that of the difference from zero, and the order that of two differences from the
; key; the claims on one difference d = y - x are about all points. What the solvers do not decide
; in this form as a whole, distance.smt2 and tie-rule.smt2 claim over integers.
;; LOGIC QF_BV
;; USE points
;; USE numbers
;; USE distance

(declare-const x U160)
(declare-const y U160)
(declare-const z U160)
(define-fun half () U160 (concat #b1 (_ bv0 159)))
(define-fun wider ((p U160)) (_ BitVec 161) (concat #b0 p))
; Whether a difference leads half of the ring or more clockwise: its first bit.
(define-fun far ((d U160)) Bool (= ((_ extract 159 159) d) #b1))
; The length of the shorter way, by the first bit.
(define-fun fold ((d U160)) U160 (ite (far d) (bvneg d) d))
; The rank of tie-rule.smt2: 2 d for d steps clockwise, 2 d - 1 for d steps counterclockwise.
(define-fun rank ((d U160)) U160
  (ite (far d) (bvnot (bvshl d (_ bv1 160))) (bvshl d (_ bv1 160))))
; closer of the model for the differences of two points from the key, with fold for their distance:
; the counterclockwise one, whose way to the key is the negative, wins a tie.
(define-fun closer-difference ((d U160) (e U160)) Bool
  (ite (not (= (fold d) (fold e)))
    (bvult (fold d) (fold e))
    (and (not (= d e)) (= (bvneg d) (fold d)))))
(define-fun ranked () Bool (= (closer-difference x y) (bvult (rank x) (rank y))))

;; SANITY points-on-both-sides
(assert (and (far x) (not (far y)) (= (fold x) (fold y)) (closer-difference x y)))

;; SANITY a-way-that-wraps
(assert (and (bvult y x) (= (clockwise x y) (_ bv5 160)) (= (distance x y) (_ bv5 160))))

;; CLAIM clockwise-steps-lead-there
(assert (not (and
  (= (add x (clockwise x y)) y) (=> (= (add x z) y) (= z (clockwise x y))))))

;; CLAIM the-other-way-is-the-negative
(assert (not (= (clockwise y x) (bvneg (clockwise x y)))))

;; CLAIM rotation-keeps-differences
(assert (not (= (clockwise (add x z) (add y z)) (clockwise x y))))

;; CLAIM distances-are-those-of-differences
(assert (not (and
  (= (clockwise x y) (clockwise zero (sub y x)))
  (= (clockwise y x) (clockwise (sub y x) zero)))))

;; CLAIM both-ways-make-the-ring
(assert (not (= (bvadd (wider (clockwise zero x)) (wider (clockwise x zero)))
  (ite (= x zero) (_ bv0 161) (concat #b1 zero)))))

; Which way distance takes: clockwise but for zero, where both are the same, and the farther half.
;; CLAIM the-first-bit-tells-the-shorter-way
(assert (not (= (less (clockwise zero x) (clockwise x zero))
  (and (not (= x zero)) (not (far x))))))

; So the distance from zero is fold.
;; CLAIM distance-of-the-nearer-half
(assert (not (far y)))
(assert (not (= (distance zero y) y)))

;; CLAIM distance-of-the-farther-half
(assert (far y))
(assert (not (= (distance zero y) (bvneg y))))

;; CLAIM distance-is-the-lesser-of-both-ways
(assert (not (and (bvule (fold x) x) (bvule (fold x) (bvneg x)))))

;; CLAIM both-ways-have-one-length
(assert (and (not (= z zero)) (not (far z))))
(assert (not (= (fold (bvneg z)) (fold z))))

;; CLAIM distance-is-zero-only-to-itself
(assert (not (= (= (fold x) zero) (= x zero))))

;; CLAIM distance-is-at-most-half-the-ring
(assert (not (bvule (fold x) half)))

;; CLAIM ranks-differ
(assert (not (=> (= (rank x) (rank y)) (= x y))))

;; CLAIM ranks-are-transitive
(assert (not (=> (and (bvult (rank x) (rank y)) (bvult (rank y) (rank z)))
  (bvult (rank x) (rank z)))))

; Closeness is the order of ranks: for two points clockwise of the key, for one on either side,
;; CLAIM closer-is-the-order-of-ranks-clockwise
(assert (not (or (far x) (far y) ranked)))

;; CLAIM closer-is-the-order-of-ranks-across
(assert (and (far x) (not (far y))))
(assert (not ranked))

; and for two counterclockwise of it. There the rank falls as the difference grows,
;; CLAIM ranks-fall-counterclockwise
(assert (and (far x) (far y)))
(assert (not (= (bvult (rank x) (rank y)) (bvult y x))))

; and so does fold, the negative: it is the complement and one, and complements fall.
;; CLAIM the-negative-is-the-complement-and-one
(assert (not (and (= (bvneg x) (bvadd (bvnot x) (_ bv1 160)))
  (= (= (bvnot x) (bvnot zero)) (= x zero)))))

;; CLAIM complements-fall
(assert (not (= (bvult (bvnot x) (bvnot y)) (bvult y x))))

;; CLAIM one-more-keeps-the-order
(assert (and (not (= x (bvnot zero))) (not (= y (bvnot zero)))))
(assert (not (= (bvult (bvadd x (_ bv1 160)) (bvadd y (_ bv1 160))) (bvult x y))))

;; CLAIM the-counterclockwise-one-wins-a-tie
(assert (and (not (= z zero)) (not (far z))))
(assert (not (= (bvadd (rank (bvneg z)) (_ bv1 160)) (rank z))))

;; MUTANT counterclockwise-steps clockwise-steps-lead-there s/U160 (sub y x))$/U160 (sub x y))/
;; MUTANT one-step-less the-other-way-is-the-negative s/U160 (bvsub x y))/U160 (bvadd (bvsub x y) (_ bv1 160)))/
;; MUTANT sum-without-carries rotation-keeps-differences s/U160 (bvadd x y))/U160 (bvxor x y))/
;; MUTANT difference-without-borrows distances-are-those-of-differences s/U160 (bvsub x y))/U160 (bvor x (bvnot y)))/
;; MUTANT ring-of-one-less both-ways-make-the-ring s/U160 (bvsub x y))/U160 (ite (bvult x y) (bvsub (bvsub x y) (_ bv1 160)) (bvsub x y)))/
;; MUTANT signed-order the-first-bit-tells-the-shorter-way s/(bvult x y))$/(bvslt x y))/
;; MUTANT longer-way distance-of-the-nearer-half s/(ite (less clockwise-way counterclockwise-way)/(ite (less counterclockwise-way clockwise-way)/
;; MUTANT clockwise-always distance-of-the-farther-half s/(ite (less clockwise-way counterclockwise-way)/(ite true/
;; MUTANT clockwise-only distance-is-the-lesser-of-both-ways s/(ite (far d) (bvneg d) d)/d/
;; MUTANT complement both-ways-have-one-length s/(ite (far d) (bvneg d) d)/(ite (far d) (bvnot d) d)/
;; MUTANT complement-of-the-last distance-is-zero-only-to-itself s/(ite (far d) (bvneg d) d)/(ite (far d) (bvnot d) d)/
;; MUTANT no-fold distance-is-at-most-half-the-ring s/(ite (far d) (bvneg d) d)/d/
;; MUTANT one-rank-for-both ranks-differ s/(bvnot (bvshl d (_ bv1 160)))/(bvshl d (_ bv1 160))/
;; MUTANT signed-ranks ranks-are-transitive s/(bvult (rank x) (rank z))/(bvslt (rank x) (rank z))/
;; MUTANT farther-first closer-is-the-order-of-ranks-clockwise s/(bvult (fold d) (fold e))/(bvult (fold e) (fold d))/
;; MUTANT clockwise-wins closer-is-the-order-of-ranks-across s/(= (bvneg d) (fold d))/(= d (fold d))/
;; MUTANT ranks-rise ranks-fall-counterclockwise s/(bvnot (bvshl d (_ bv1 160)))/(bvshl d (_ bv1 160))/
;; MUTANT complement-alone the-negative-is-the-complement-and-one s/(bvadd (bvnot x) (_ bv1 160))/(bvnot x)/
;; MUTANT signed-complements complements-fall s/(bvult (bvnot x) (bvnot y))/(bvslt (bvnot x) (bvnot y))/
;; MUTANT one-more-wraps one-more-keeps-the-order s/(not (= y (bvnot zero)))/true/
;; MUTANT clockwise-ranks-first the-counterclockwise-one-wins-a-tie s/(ite (far d) (bvnot/(ite (not (far d)) (bvnot/
