; The rate limit as ca/Admission/RateLimit.swift computes it, on unbounded integers. Swift traps on
; overflow, so this is exact wherever the values are shown to fit 64 bits.

; intervalMicroseconds
(define-fun interval ((count Int) (period Int)) Int (div (- (+ (* period 1000000) count) 1) count))

; debt(_:at:): how far the stored instant lies ahead; forgotten beyond twice the tolerance.
(define-fun debt ((stored Int) (now Int) (tolerance Int)) Int
  (ite (<= stored now) 0
    (ite (or (> (- stored now) 9223372036854775807) (> (- stored now) (* 2 tolerance)))
      0 (- stored now))))

; verdict(_:stored:at:) for an amount within the burst: the wait, and when it is not positive the
; new theoretical arrival time. cost is amount times interval.
(define-fun wait ((cost Int) (stored Int) (now Int) (tolerance Int)) Int
  (+ (- (debt stored now tolerance) tolerance) cost))
(define-fun conforms ((cost Int) (stored Int) (now Int) (tolerance Int)) Bool
  (not (> (wait cost stored now tolerance) 0)))
(define-fun arrival ((cost Int) (stored Int) (now Int) (tolerance Int)) Int
  (+ now (debt stored now tolerance) cost))

; refunded(_:stored:at:); nil, nothing owed, is the same as now.
(define-fun refunded ((cost Int) (stored Int) (now Int) (tolerance Int)) Int
  (ite (> (- (debt stored now tolerance) cost) 0)
    (+ now (- (debt stored now tolerance) cost)) now))

; left(stored:at:): how many conform now, and after how long one more does, when something is owed.
; The tolerance is burst times gap.
(define-fun left-count ((burst Int) (gap Int) (stored Int) (now Int)) Int
  (ite (> (debt stored now (* burst gap)) 0)
    (div (ite (< 0 (- (* burst gap) (debt stored now (* burst gap))))
      (- (* burst gap) (debt stored now (* burst gap))) 0) gap)
    burst))
(define-fun left-next ((burst Int) (gap Int) (stored Int) (now Int)) Int
  (- (* (+ (left-count burst gap stored now) 1) gap)
    (- (* burst gap) (debt stored now (* burst gap)))))
