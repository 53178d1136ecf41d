; The same operations under the same names on one number of 160 bits. words.smt2 proves that the
; three words compute these.

(define-fun add ((x U160) (y U160)) U160 (bvadd x y))
(define-fun sub ((x U160) (y U160)) U160 (bvsub x y))
(define-fun less ((x U160) (y U160)) Bool (bvult x y))
