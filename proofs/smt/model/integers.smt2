; The same operations under the same names on integers below 2^160. words.smt2 proves that the three
; words compute bvadd, bvsub and bvult of 160 bits, and these are, by the definition of SMT-LIB, the
; sum and the difference modulo 2^160 and the order of the numbers. So what is proved with these
; functions, for points in 0..<2^160, holds for the words.

(define-sort U160 () Int)
(define-fun zero () Int 0)
(define-fun ring () Int 1461501637330902918203684832716283019655932542976)
(define-fun is-point ((x Int)) Bool (and (<= 0 x) (< x ring)))
(define-fun less ((x Int) (y Int)) Bool (< x y))
; The sum and the difference of two points modulo 2^160.
(define-fun add ((x Int) (y Int)) Int (ite (< (+ x y) ring) (+ x y) (- (+ x y) ring)))
(define-fun sub ((x Int) (y Int)) Int (ite (<= y x) (- x y) (+ (- x y) ring)))
