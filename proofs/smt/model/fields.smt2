; leadingMask, bits and field under the same names by shifts of one 160-bit number. words.smt2 proves
; the forms in three words equal to these within their preconditions.

(define-fun wide ((k U64)) U160 (concat (_ bv0 96) k))
(define-fun leading-mask ((count U64)) U160
  (bvshl (bvnot zero) (bvsub (_ bv160 160) (wide count))))
(define-fun bits ((x U160) (offset U64) (count U64)) U64
  ((_ extract 63 0) (bvlshr (bvshl x (wide offset)) (bvsub (_ bv160 160) (wide count)))))
(define-fun field ((value U64) (offset U64) (count U64)) U160
  (bvshl (wide value) (bvsub (_ bv160 160) (bvadd (wide offset) (wide count)))))
