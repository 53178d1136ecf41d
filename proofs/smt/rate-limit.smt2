; The rate limit admits at most the burst and what comes back, and overflows nowhere.
;; LOGIC QF_NIA
;; USE rate-limit

(declare-const burst Int)
(declare-const count Int)
(declare-const period Int)
(define-fun configured () Bool
  (and (<= 1 burst 100000) (<= 1 count 1000000) (<= 1 period 31622400)))

; An interval, a tolerance and a cost, related only by what the claims above them establish, so that
; the claims on time stay linear.
(declare-const gap Int)
(declare-const tolerance Int)
(declare-const cost Int)
(declare-const stored Int)
(declare-const now Int)
(declare-const later Int)
(define-fun fits ((v Int)) Bool (<= (- 9223372036854775808) v 9223372036854775807))
; AdmissionTime clamps to 2^58 on either side.
(define-fun is-time ((t Int)) Bool (<= (- 288230376151711744) t 288230376151711744))
; A request of 1..burst: its cost is at least one microsecond and at most the tolerance.
(define-fun in-limits () Bool
  (and (<= 1 tolerance 3162240000000000000) (<= 1 cost tolerance)
    (fits stored) (is-time now) (is-time later)))

; For the claims on windows: the first admission of the window came at begin, since when admissions
; cost spent in all; previous is the time of the last one, after which stored was kept.
(declare-const begin Int)
(declare-const previous Int)
(declare-const spent Int)
(declare-const amount Int)
(define-fun within ((first Int) (last Int) (kept Int) (sum Int)) Bool
  (and (<= first last) (<= (+ first sum) kept) (<= kept (+ last tolerance))))

;; SANITY a-burst-then-a-wait
(assert (and (= burst 4) (= count 1) (= period 60) (= tolerance (* burst (interval count period)))))
(assert (and (= now 0) (= cost 60000000) (conforms cost 180000000 now tolerance)))
(assert (= (wait cost 240000000 now tolerance) 60000000))

;; SANITY a-window-that-is-full
(assert (and in-limits (= begin 0) (= previous 5) (= now 9) (= tolerance 20)))
(assert (and (within begin previous stored spent) (= spent 20) (= cost 5)))
(assert (conforms cost stored (+ now 100) tolerance))

;; CLAIM interval-is-rounded-up
(assert configured)
(assert (= gap (interval count period)))
(assert (not (and (>= (* gap count) (* period 1000000)) (< (* (- gap 1) count) (* period 1000000)))))

;; CLAIM interval-is-positive-and-bounded
(assert configured)
(assert (= gap (interval count period)))
(assert (not (<= 1 gap (* period 1000000))))

;; CLAIM interval-fits
(assert configured)
(assert (not (fits (- (+ (* period 1000000) count) 1))))

; With an interval of 1..period in microseconds, an amount costs at least 1 and the burst at most
; the bound of in-limits, which is below 2^62.
;; CLAIM tolerance-is-below-2^62
(assert (and configured (<= 1 gap (* period 1000000)) (= tolerance (* burst gap))))
(assert (not (and (<= 1 tolerance 3162240000000000000) (< tolerance 4611686018427387904))))

; The burst is amount + rest.
;; CLAIM a-request-costs-at-most-the-tolerance
(declare-const rest Int)
(assert (and (<= 1 gap) (<= 1 amount) (<= 0 rest)))
(assert (not (and (<= 1 (* amount gap)) (<= (* amount gap) (* (+ amount rest) gap)))))

;; CLAIM verdict-fits
(assert in-limits)
(assert (not (and (fits (* 2 tolerance)) (fits (debt stored now tolerance))
  (fits (- (debt stored now tolerance) tolerance)) (fits (wait cost stored now tolerance))
  (=> (conforms cost stored now tolerance)
    (and (fits (+ now (debt stored now tolerance))) (fits (arrival cost stored now tolerance)))))))

;; CLAIM refund-fits
(assert in-limits)
(assert (not (and (fits (- (debt stored now tolerance) cost))
  (fits (refunded cost stored now tolerance)))))

; The rule as stated: the later of the stored instant and now, moved on, is within the tolerance.
;; CLAIM conforms-iff-within-the-tolerance
(assert in-limits)
(assert (<= (- stored now) (* 2 tolerance)))
(assert (not (= (conforms cost stored now tolerance)
  (<= (+ (ite (< stored now) now stored) cost) (+ now tolerance)))))

;; CLAIM the-wait-is-exact
(assert (and in-limits (not (conforms cost stored now tolerance))))
(assert (not (and
  (conforms cost stored (+ now (wait cost stored now tolerance)) tolerance)
  (not (conforms cost stored (- (+ now (wait cost stored now tolerance)) 1) tolerance)))))

;; CLAIM a-clock-set-back-gives-nothing-back
(assert (and in-limits (<= now later) (<= (- stored now) (* 2 tolerance))))
(assert (and (conforms cost stored now tolerance) (not (conforms cost stored later tolerance))))

; The invariant of a window holds after its first admission, whatever was stored,
;; CLAIM window-begins
(assert (and in-limits (conforms cost stored now tolerance)))
(assert (not (within now now (arrival cost stored now tolerance) cost)))

; and after every further one.
;; CLAIM window-goes-on
(assert (and in-limits (within begin previous stored spent) (<= previous now)))
(assert (conforms cost stored now tolerance))
(assert (not (within begin now (arrival cost stored now tolerance) (+ spent cost))))

; Therefore what was spent is at most the burst and the length of the window.
;; CLAIM window-holds-the-burst-and-its-length
(assert (within begin previous stored spent))
(assert (not (<= spent (+ tolerance (- previous begin)))))

; In requests: amount of them cost amount * gap, so beyond the burst there are at most as many as
; whole intervals fit the window.
;; CLAIM window-in-requests
(assert (and (<= 1 gap) (<= 0 later) (<= (* amount gap) (+ (* burst gap) later))))
(assert (not (<= (- amount burst) (div later gap))))

; A window of at most a full period holds no more requests than the burst and count: what was spent
; in it, as window-begins and window-goes-on have it, is no burst + count + 1 intervals or more.
;; CLAIM a-period-holds-the-burst-and-count
(declare-const rest Int)
(assert (and configured (= gap (interval count period)) (= tolerance (* burst gap))))
(assert (and (within begin previous stored spent) (<= (- previous begin) (* period 1000000))))
(assert (and (<= 0 rest) (= spent (* (+ burst count 1 rest) gap))))

; What left(stored:at:) reports is what the verdict would be: so many conform now and no more,
;; CLAIM left-is-what-conforms
(assert (and configured (<= 1 gap) (fits stored) (is-time now) (<= 1 amount burst)))
(assert (not (= (conforms (* amount gap) stored now (* burst gap))
  (<= amount (left-count burst gap stored now)))))

; and when something is owed, the wait for one more, which is exact by the-wait-is-exact.
;; CLAIM next-is-the-wait-for-one-more
(assert (and configured (<= 1 gap) (fits stored) (is-time now)))
(assert (< 0 (debt stored now (* burst gap))))
(assert (not (and (<= 1 (+ (left-count burst gap stored now) 1) burst)
  (< 0 (left-next burst gap stored now))
  (= (left-next burst gap stored now)
    (wait (* (+ (left-count burst gap stored now) 1) gap) stored now (* burst gap))))))

; What is refused keeps no new instant; what is refunded leaves the bucket as if it had never been
; asked for, neither fuller nor emptier.
;; CLAIM a-refund-undoes-its-request
(assert (and in-limits (<= now later) (<= (- stored now) (* 2 tolerance))))
(assert (conforms cost stored now tolerance))
(assert (not (= (debt (refunded cost (arrival cost stored now tolerance) later tolerance)
    later tolerance)
  (debt stored later tolerance))))

;; MUTANT interval-rounded-down interval-is-rounded-up s/(div (- (+ (\* period 1000000) count) 1) count)/(div (* period 1000000) count)/; s/(declare-const count Int)/(define-fun count () Int 7)/
;; MUTANT a-period-of-rounded-down a-period-holds-the-burst-and-count s/(div (- (+ (\* period 1000000) count) 1) count)/(div (* period 1000000) count)/; s/(declare-const count Int)/(define-fun count () Int 999999)/; s/(declare-const period Int)/(define-fun period () Int 1)/
;; MUTANT left-counts-the-owed left-is-what-conforms s/^      (- (\* burst gap) (debt stored now (\* burst gap))) 0) gap)/      (* burst gap) 0) gap)/
;; MUTANT next-without-one-more next-is-the-wait-for-one-more s/^  (- (\* (+ (left-count burst gap stored now) 1) gap)/  (- (* (left-count burst gap stored now) gap)/
;; MUTANT debt-kept-below-now a-refund-undoes-its-request s/(ite (<= stored now) 0/(ite false 0/
;; MUTANT forgets-beyond-one-tolerance conforms-iff-within-the-tolerance s/(> (- stored now) (\* 2 tolerance))/(> (- stored now) tolerance)/
;; MUTANT one-too-early the-wait-is-exact s/tolerance) 0)))$/tolerance) 1)))/
;; MUTANT one-beyond window-goes-on s/tolerance) 0)))$/tolerance) 1)))/
;; MUTANT starts-anew window-goes-on s/(+ now (debt stored now tolerance) cost)/(+ now cost)/
;; MUTANT refund-doubled a-refund-undoes-its-request s/(- (debt stored now tolerance) cost)/(- (debt stored now tolerance) (* 2 cost))/
