; The comparison of Sources/SecureRouting/RoutingFailureTest.swift on unbounded integers. UInt128
; traps on an overflow of a product; a shift loses bits, so the shifted value is named.

(define-fun unit () Int 1048576)
(define-fun scaled-local-gaps ((n Int)) Int (* n unit))
(define-fun claimed ((root-sum Int) (n Int)) Int (* root-sum (scaled-local-gaps n)))
(define-fun partial-allowed ((local-sum Int) (k Int)) Int (* local-sum k))
(define-fun allowed ((local-sum Int) (k Int) (t Int)) Int (* (partial-allowed local-sum k) t))
(define-fun accepts ((root-sum Int) (local-sum Int) (k Int) (n Int) (t Int)) Bool
  (<= (claimed root-sum n) (allowed local-sum k t)))

; HopTest.accepts: the distance doubled, or the largest word when that overflows.
(define-fun doubled ((distance Int)) Int
  (ite (< 18446744073709551615 (* 2 distance)) 18446744073709551615 (* 2 distance)))
