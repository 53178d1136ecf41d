; The audit of [Singh06]: 24 challenges, and a node is malicious below 12 correct answers. No Swift
; code of this project audits; these are the formulas that its documents cite.

(define-fun power1 ((v Real)) Real v)
(define-fun power2 ((v Real)) Real (* v (power1 v)))
(define-fun power3 ((v Real)) Real (* v (power2 v)))
(define-fun power4 ((v Real)) Real (* v (power3 v)))
(define-fun power5 ((v Real)) Real (* v (power4 v)))
(define-fun power6 ((v Real)) Real (* v (power5 v)))
(define-fun power7 ((v Real)) Real (* v (power6 v)))
(define-fun power8 ((v Real)) Real (* v (power7 v)))
(define-fun power9 ((v Real)) Real (* v (power8 v)))
(define-fun power10 ((v Real)) Real (* v (power9 v)))
(define-fun power11 ((v Real)) Real (* v (power10 v)))
(define-fun power12 ((v Real)) Real (* v (power11 v)))
(define-fun power13 ((v Real)) Real (* v (power12 v)))
(define-fun power14 ((v Real)) Real (* v (power13 v)))
(define-fun power15 ((v Real)) Real (* v (power14 v)))
(define-fun power16 ((v Real)) Real (* v (power15 v)))
(define-fun power17 ((v Real)) Real (* v (power16 v)))
(define-fun power18 ((v Real)) Real (* v (power17 v)))
(define-fun power19 ((v Real)) Real (* v (power18 v)))
(define-fun power20 ((v Real)) Real (* v (power19 v)))
(define-fun power21 ((v Real)) Real (* v (power20 v)))
(define-fun power22 ((v Real)) Real (* v (power21 v)))
(define-fun power23 ((v Real)) Real (* v (power22 v)))
(define-fun power24 ((v Real)) Real (* v (power23 v)))
(define-fun power25 ((v Real)) Real (* v (power24 v)))
(define-fun power26 ((v Real)) Real (* v (power25 v)))
(define-fun power27 ((v Real)) Real (* v (power26 v)))
(define-fun power28 ((v Real)) Real (* v (power27 v)))
(define-fun power29 ((v Real)) Real (* v (power28 v)))
(define-fun power30 ((v Real)) Real (* v (power29 v)))
(define-fun power31 ((v Real)) Real (* v (power30 v)))

; Fewer than 12 of 24 answers, each correct with probability p and wrong with q.
(define-fun below-12 ((p Real) (q Real)) Real
  (+
    (* 1.0 (power24 q))
    (* 24.0 (power23 q) (power1 p))
    (* 276.0 (power22 q) (power2 p))
    (* 2024.0 (power21 q) (power3 p))
    (* 10626.0 (power20 q) (power4 p))
    (* 42504.0 (power19 q) (power5 p))
    (* 134596.0 (power18 q) (power6 p))
    (* 346104.0 (power17 q) (power7 p))
    (* 735471.0 (power16 q) (power8 p))
    (* 1307504.0 (power15 q) (power9 p))
    (* 1961256.0 (power14 q) (power10 p))
    (* 2496144.0 (power13 q) (power11 p))))
; 12 or more.
(define-fun at-least-12 ((p Real) (q Real)) Real
  (+
    (* 2704156.0 (power12 q) (power12 p))
    (* 2496144.0 (power11 q) (power13 p))
    (* 1961256.0 (power10 q) (power14 p))
    (* 1307504.0 (power9 q) (power15 p))
    (* 735471.0 (power8 q) (power16 p))
    (* 346104.0 (power7 q) (power17 p))
    (* 134596.0 (power6 q) (power18 p))
    (* 42504.0 (power5 q) (power19 p))
    (* 10626.0 (power4 q) (power20 p))
    (* 2024.0 (power3 q) (power21 p))
    (* 276.0 (power2 q) (power22 p))
    (* 24.0 (power1 q) (power23 p))
    (* 1.0 (power24 p))))

; A correct node is blamed: a challenge fails where the anonymizer is faulty, a fraction f.
(define-fun blamed ((f Real)) Real (below-12 (- 1.0 f) f))
; A malicious node passes that answers a fraction c, its set larger than allowed by the ratio r.
(define-fun passes ((f Real) (r Real) (c Real)) Real
  (at-least-12 (+ f (* (- 1.0 f) (/ c r))) (* (- 1.0 f) (- 1.0 c))))

; More than half of 11 anonymizers are faulty.
(define-fun majority11 ((f Real)) Real
  (+
    (* 462.0 (power5 (- 1.0 f)) (power6 f))
    (* 330.0 (power4 (- 1.0 f)) (power7 f))
    (* 165.0 (power3 (- 1.0 f)) (power8 f))
    (* 55.0 (power2 (- 1.0 f)) (power9 f))
    (* 11.0 (power1 (- 1.0 f)) (power10 f))
    (* 1.0 (power11 f))))

; More than half of 13 anonymizers are faulty.
(define-fun majority13 ((f Real)) Real
  (+
    (* 1716.0 (power6 (- 1.0 f)) (power7 f))
    (* 1287.0 (power5 (- 1.0 f)) (power8 f))
    (* 715.0 (power4 (- 1.0 f)) (power9 f))
    (* 286.0 (power3 (- 1.0 f)) (power10 f))
    (* 78.0 (power2 (- 1.0 f)) (power11 f))
    (* 13.0 (power1 (- 1.0 f)) (power12 f))
    (* 1.0 (power13 f))))

; More than half of 19 anonymizers are faulty.
(define-fun majority19 ((f Real)) Real
  (+
    (* 92378.0 (power9 (- 1.0 f)) (power10 f))
    (* 75582.0 (power8 (- 1.0 f)) (power11 f))
    (* 50388.0 (power7 (- 1.0 f)) (power12 f))
    (* 27132.0 (power6 (- 1.0 f)) (power13 f))
    (* 11628.0 (power5 (- 1.0 f)) (power14 f))
    (* 3876.0 (power4 (- 1.0 f)) (power15 f))
    (* 969.0 (power3 (- 1.0 f)) (power16 f))
    (* 171.0 (power2 (- 1.0 f)) (power17 f))
    (* 19.0 (power1 (- 1.0 f)) (power18 f))
    (* 1.0 (power19 f))))

; More than half of 21 anonymizers are faulty.
(define-fun majority21 ((f Real)) Real
  (+
    (* 352716.0 (power10 (- 1.0 f)) (power11 f))
    (* 293930.0 (power9 (- 1.0 f)) (power12 f))
    (* 203490.0 (power8 (- 1.0 f)) (power13 f))
    (* 116280.0 (power7 (- 1.0 f)) (power14 f))
    (* 54264.0 (power6 (- 1.0 f)) (power15 f))
    (* 20349.0 (power5 (- 1.0 f)) (power16 f))
    (* 5985.0 (power4 (- 1.0 f)) (power17 f))
    (* 1330.0 (power3 (- 1.0 f)) (power18 f))
    (* 210.0 (power2 (- 1.0 f)) (power19 f))
    (* 21.0 (power1 (- 1.0 f)) (power20 f))
    (* 1.0 (power21 f))))

; More than half of 29 anonymizers are faulty.
(define-fun majority29 ((f Real)) Real
  (+
    (* 77558760.0 (power14 (- 1.0 f)) (power15 f))
    (* 67863915.0 (power13 (- 1.0 f)) (power16 f))
    (* 51895935.0 (power12 (- 1.0 f)) (power17 f))
    (* 34597290.0 (power11 (- 1.0 f)) (power18 f))
    (* 20030010.0 (power10 (- 1.0 f)) (power19 f))
    (* 10015005.0 (power9 (- 1.0 f)) (power20 f))
    (* 4292145.0 (power8 (- 1.0 f)) (power21 f))
    (* 1560780.0 (power7 (- 1.0 f)) (power22 f))
    (* 475020.0 (power6 (- 1.0 f)) (power23 f))
    (* 118755.0 (power5 (- 1.0 f)) (power24 f))
    (* 23751.0 (power4 (- 1.0 f)) (power25 f))
    (* 3654.0 (power3 (- 1.0 f)) (power26 f))
    (* 406.0 (power2 (- 1.0 f)) (power27 f))
    (* 29.0 (power1 (- 1.0 f)) (power28 f))
    (* 1.0 (power29 f))))

; More than half of 31 anonymizers are faulty.
(define-fun majority31 ((f Real)) Real
  (+
    (* 300540195.0 (power15 (- 1.0 f)) (power16 f))
    (* 265182525.0 (power14 (- 1.0 f)) (power17 f))
    (* 206253075.0 (power13 (- 1.0 f)) (power18 f))
    (* 141120525.0 (power12 (- 1.0 f)) (power19 f))
    (* 84672315.0 (power11 (- 1.0 f)) (power20 f))
    (* 44352165.0 (power10 (- 1.0 f)) (power21 f))
    (* 20160075.0 (power9 (- 1.0 f)) (power22 f))
    (* 7888725.0 (power8 (- 1.0 f)) (power23 f))
    (* 2629575.0 (power7 (- 1.0 f)) (power24 f))
    (* 736281.0 (power6 (- 1.0 f)) (power25 f))
    (* 169911.0 (power5 (- 1.0 f)) (power26 f))
    (* 31465.0 (power4 (- 1.0 f)) (power27 f))
    (* 4495.0 (power3 (- 1.0 f)) (power28 f))
    (* 465.0 (power2 (- 1.0 f)) (power29 f))
    (* 31.0 (power1 (- 1.0 f)) (power30 f))
    (* 1.0 (power31 f))))
