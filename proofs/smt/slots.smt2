; The point that constrains slot (row, column) of a routing table, and the points that may fill it.
;; LOGIC QF_BV
;; USE points
;; USE fields
;; USE digits

(declare-const x U160)
(declare-const y U160)
; A column is below 256; as Int it has 64 bits.
(declare-const column-octet (_ BitVec 8))
(define-fun column () U64 (concat (_ bv0 56) column-octet))

(define-fun is-slot ((b U64) (row U64)) Bool
  (bvult (wide column) (bvshl (_ bv1 160) (wide (digit-width row b)))))

; The definition: the digit at the row is the column, and the bits before it and after it are those
; of x. ROW runs through all rows, which digits.smt2 counts.
(define-fun before ((p U160) (row U64) (b U64)) U160
  (bvlshr p (bvsub (_ bv160 160) (wide (times row b)))))
(define-fun after ((p U160) (row U64) (b U64)) U160
  (bvshl p (wide (bvadd (times row b) (digit-width row b)))))
(define-fun point-claim ((b U64) (row U64)) Bool
  (let ((point (constrained-point x row column b)))
    (=> (is-slot b row)
      (and (= (before point row b) (before x row b)) (= (after point row b) (after x row b))
        (= (digit point row b) column)))))

; A point may fill the slot iff it has the first digits of x and the column as the next.
(define-fun range-claim ((b U64) (row U64)) Bool
  (=> (is-slot b row)
    (= (and (bvule (slot-lower x row column b) y) (bvule y (slot-upper x row column b)))
      (and (= (before y row b) (before x row b)) (= (digit y row b) column)))))

;; SANITY slot-of-the-example
(assert (is-slot (_ bv4 64) (_ bv2 64)))
(assert (= ((_ extract 159 140) x) #x26ae9))
(assert (= column (_ bv5 64)))
(assert (= ((_ extract 159 140) (constrained-point x (_ bv2 64) column (_ bv4 64))) #x265e9))

;; CLAIM constrained-point-of-1-bits
;; ROWS 160 (point-claim (_ bv1 64) ROW)

;; CLAIM slot-range-of-1-bits
;; ROWS 160 (range-claim (_ bv1 64) ROW)

;; CLAIM constrained-point-of-2-bits
;; ROWS 80 (point-claim (_ bv2 64) ROW)

;; CLAIM slot-range-of-2-bits
;; ROWS 80 (range-claim (_ bv2 64) ROW)

;; CLAIM constrained-point-of-3-bits
;; ROWS 54 (point-claim (_ bv3 64) ROW)

;; CLAIM slot-range-of-3-bits
;; ROWS 54 (range-claim (_ bv3 64) ROW)

;; CLAIM constrained-point-of-4-bits
;; ROWS 40 (point-claim (_ bv4 64) ROW)

;; CLAIM slot-range-of-4-bits
;; ROWS 40 (range-claim (_ bv4 64) ROW)

;; CLAIM constrained-point-of-5-bits
;; ROWS 32 (point-claim (_ bv5 64) ROW)

;; CLAIM slot-range-of-5-bits
;; ROWS 32 (range-claim (_ bv5 64) ROW)

;; CLAIM constrained-point-of-6-bits
;; ROWS 27 (point-claim (_ bv6 64) ROW)

;; CLAIM slot-range-of-6-bits
;; ROWS 27 (range-claim (_ bv6 64) ROW)

;; CLAIM constrained-point-of-7-bits
;; ROWS 23 (point-claim (_ bv7 64) ROW)

;; CLAIM slot-range-of-7-bits
;; ROWS 23 (range-claim (_ bv7 64) ROW)

;; CLAIM constrained-point-of-8-bits
;; ROWS 20 (point-claim (_ bv8 64) ROW)

;; CLAIM slot-range-of-8-bits
;; ROWS 20 (range-claim (_ bv8 64) ROW)

;; MUTANT hole-too-wide constrained-point-of-3-bits s/(leading-mask (bvadd offset width))/(leading-mask (bvadd offset b))/
;; MUTANT digit-not-cleared constrained-point-of-4-bits s/(bvor (bvand x hole) (field/(bvor x (field/
;; MUTANT column-of-the-next-row constrained-point-of-4-bits s/(field column offset width)/(field column (bvadd offset width) width)/
;; MUTANT range-of-one-point slot-range-of-8-bits s/(bvor (constrained-point x row column b) (bvnot/(bvand (constrained-point x row column b) (bvnot/
