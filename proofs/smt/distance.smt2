; Distances on the ring of 2^160 points are what their definitions say.
;; LOGIC QF_LIA
;; USE integers
;; USE distance

(declare-const x Int)
(declare-const y Int)
(declare-const z Int)
(assert (and (is-point x) (is-point y) (is-point z)))

; The length of an arc through p and q, written without add, sub and less.
(define-fun absolute ((d Int)) Int (ite (< d 0) (- d) d))
(define-fun shorter-arc ((p Int) (q Int)) Int
  (let ((straight (absolute (- p q))))
    (ite (<= straight (- ring straight)) straight (- ring straight))))

;; SANITY the-antipode-is-at-half-the-ring
(assert (and (= (* 2 (distance x y)) ring) (not (= x 0)) (< y x) (not (= (distance x z) 0))))

;; SANITY the-ring-has-2^160-points
(assert (= ring (* 4294967296 4294967296 4294967296 4294967296 4294967296)))

; The clockwise distance is the number of steps upwards, wrapping, and the only one.
;; CLAIM clockwise-steps-lead-there
(assert (not (and
  (is-point (clockwise x y))
  (= (add x (clockwise x y)) y)
  (=> (= (add x z) y) (= z (clockwise x y))))))

; The counterclockwise distance is the clockwise one of the other point.
;; CLAIM both-ways-make-the-ring
(assert (not (= (+ (clockwise x y) (clockwise y x)) (ite (= x y) 0 ring))))

;; CLAIM distance-is-the-shorter-arc
(assert (not (= (distance x y) (shorter-arc x y))))

;; CLAIM distance-is-the-lesser-of-both-ways
(assert (not (and
  (<= (distance x y) (clockwise x y)) (<= (distance x y) (clockwise y x))
  (or (= (distance x y) (clockwise x y)) (= (distance x y) (clockwise y x))))))

;; CLAIM distance-is-symmetric
(assert (not (= (distance x y) (distance y x))))

;; CLAIM distance-is-zero-only-to-itself
(assert (not (= (= (distance x y) 0) (= x y))))

;; CLAIM distance-is-at-most-half-the-ring
(assert (not (<= 0 (* 2 (distance x y)) ring)))

;; CLAIM distance-survives-rotation
(assert (not (= (distance x y) (distance (add x z) (add y z)))))

;; CLAIM triangle-inequality
(assert (not (<= (distance x z) (+ (distance x y) (distance y z)))))

;; MUTANT longer-way distance-is-the-shorter-arc s/(ite (less clockwise-way counterclockwise-way)/(ite (less counterclockwise-way clockwise-way)/
;; MUTANT clockwise-only distance-is-symmetric s/(ite (less clockwise-way counterclockwise-way)/(ite true/
;; MUTANT one-way-only triangle-inequality s/clockwise-way counterclockwise-way)))$/clockwise-way zero)))/
;; MUTANT counterclockwise-steps clockwise-steps-lead-there s/U160 (sub y x))$/U160 (sub x y))/
;; MUTANT no-way-round distance-survives-rotation s/((clockwise-way (sub y x))/((clockwise-way (ite (less y x) (sub x y) (sub y x)))/
