; Distances and closeness as Sources/RingIdentifiers/RingInteger+Distance.swift computes them.

; clockwiseDistance(to:)
(define-fun clockwise ((x U160) (y U160)) U160 (sub y x))

; ringDistance(to:)
(define-fun distance ((x U160) (y U160)) U160
  (let ((clockwise-way (sub y x)) (counterclockwise-way (sub x y)))
    (ite (less clockwise-way counterclockwise-way) clockwise-way counterclockwise-way)))

; isCloser(than:to:)
(define-fun closer ((x U160) (y U160) (key U160)) Bool
  (let ((own (distance x key)) (others (distance y key)))
    (ite (not (= own others))
      (less own others)
      (and (not (= x y)) (= (clockwise x key) own)))))
