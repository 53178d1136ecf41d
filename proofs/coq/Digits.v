(** Points read as digits, most significant first.

    [block r] is the number of points that share their first r digits with a given point: M for
    r = 0, 1 for r = n, each a multiple of the next. So every row may have its own base, as the
    last digit has where b does not divide the width (docs/decisions/0006).
    Swift: Sources/RingIdentifiers/RingInteger+Digits.swift. *)

From Coq Require Import ZArith Lia Bool.
Open Scope Z_scope.

Record digits (M : Z) (n : nat) (block : nat -> Z) : Prop := {
  block_first : block 0%nat = M;
  block_last : block n = 1;
  block_positive : forall r, 0 < block r;
  block_next : forall r, (r < n)%nat ->
    exists base, 2 <= base /\ block r = base * block (S r)
}.

(** Digits in one base: any base of at least 2, any number of digits. *)
Lemma uniform_digits : forall base n, 2 <= base ->
  digits (base ^ Z.of_nat n) n (fun r => base ^ Z.of_nat (n - r)).
Proof.
  intros base n H. constructor.
  - rewrite Nat.sub_0_r. reflexivity.
  - rewrite Nat.sub_diag. reflexivity.
  - intros r. apply Z.pow_pos_nonneg; lia.
  - intros r L. exists base. split; auto.
    replace (n - r)%nat with (S (n - S r)) by lia.
    rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. reflexivity.
Qed.

(** Digits of b bits, the last one narrower where b does not divide the width: as implemented. *)
Lemma bit_digits : forall width b : nat, (0 < b)%nat ->
  digits (2 ^ Z.of_nat width) ((width + b - 1) / b)
    (fun r => 2 ^ Z.of_nat (width - r * b)).
Proof.
  intros width b Hb.
  assert (forall r, (r < (width + b - 1) / b)%nat <-> (r * b < width)%nat) as Rows.
  { intros r. pose proof (Nat.div_mod (width + b - 1) b ltac:(lia)) as E.
    pose proof (Nat.mod_upper_bound (width + b - 1) b ltac:(lia)) as U. nia. }
  constructor.
  - simpl. rewrite Nat.sub_0_r. reflexivity.
  - destruct (Rows ((width + b - 1) / b)%nat) as [_ R].
    replace (width - (width + b - 1) / b * b)%nat with 0%nat by lia. reflexivity.
  - intros r. apply Z.pow_pos_nonneg; lia.
  - intros r L. apply Rows in L. simpl Nat.mul.
    set (w := Nat.min b (width - r * b)). exists (2 ^ Z.of_nat w). split.
    + change 2 with (2 ^ 1) at 1. apply Z.pow_le_mono_r; lia.
    + replace (width - r * b)%nat with (w + (width - (b + r * b)))%nat by lia.
      rewrite Nat2Z.inj_add, Z.pow_add_r by lia. reflexivity.
Qed.

Section Digits.

Variable M : Z.
Variable n : nat.
Variable block : nat -> Z.
Hypothesis D : digits M n block.

(** x and y share their first r digits. *)
Definition agree (r : nat) (x y : Z) : bool := x / block r =? y / block r.

(** [digit(at:)] *)
Definition digit (r : nat) (x : Z) : Z := (x / block (S r)) mod (block r / block (S r)).

(** [sharedPrefixLength(with:)]: the longest prefix that is shared. *)
Fixpoint longest (r : nat) (x y : Z) : nat :=
  match r with
  | O => O
  | S q => if agree r x y then r else longest q x y
  end.
Definition shared (x y : Z) : nat := longest n x y.

(** [constrainedPoint(row:column:)]: the owner's point with [column] as the digit at [r]. *)
Definition constrained_point (owner : Z) (r : nat) (column : Z) : Z :=
  owner + (column - digit r owner) * block (S r).

Lemma agree_sym : forall r x y, agree r x y = agree r y x.
Proof. intros. apply Z.eqb_sym. Qed.

Lemma agree_trans : forall r x y z, agree r x y = true -> agree r y z = true ->
  agree r x z = true.
Proof. unfold agree. intros r x y z. rewrite !Z.eqb_eq. congruence. Qed.

Lemma agree_first : forall x y, 0 <= x < M -> 0 <= y < M -> agree 0 x y = true.
Proof.
  intros. unfold agree. rewrite (block_first M n block D), !Z.div_small by lia. reflexivity.
Qed.

Lemma agree_last : forall x y, agree n x y = true <-> x = y.
Proof.
  intros. unfold agree. rewrite (block_last M n block D), !Z.div_1_r. apply Z.eqb_eq.
Qed.

(** Row by row: one digit more. *)
Lemma agree_next : forall r x y, (r < n)%nat ->
  agree (S r) x y = true <-> agree r x y = true /\ digit r x = digit r y.
Proof.
  intros r x y L. unfold agree, digit. rewrite !Z.eqb_eq.
  destruct (block_next M n block D r L) as (base & Hb & E).
  pose proof (block_positive M n block D (S r)) as P.
  rewrite E, Z.div_mul by lia.
  rewrite (Z.mul_comm base), <- !Z.div_div by lia.
  split; [intros ->; auto|]. intros [H1 H2].
  rewrite (Z.div_mod (x / block (S r)) base), (Z.div_mod (y / block (S r)) base) by lia.
  congruence.
Qed.

Lemma agree_shorter : forall r q x y, (q <= r <= n)%nat -> agree r x y = true ->
  agree q x y = true.
Proof.
  intros r. induction r as [|r IH]; intros q x y H A.
  - replace q with 0%nat by lia. exact A.
  - destruct (Nat.eq_dec q (S r)) as [->|N]; [exact A|].
    apply (IH q); [lia|]. apply agree_next in A; [tauto|lia].
Qed.

Lemma longest_spec : forall r x y, (r <= n)%nat -> agree 0 x y = true ->
  let s := longest r x y in
  (s <= r)%nat /\ agree s x y = true
  /\ forall q, (q <= r)%nat -> agree q x y = true -> (q <= s)%nat.
Proof.
  induction r as [|r IH]; intros x y L A; cbn [longest].
  - repeat split; auto.
  - destruct (agree (S r) x y) eqn:E; [repeat split; auto|].
    destruct (IH x y) as (H1 & H2 & H3); [lia|exact A|]. repeat split; auto.
    intros q Hq Aq. destruct (Nat.eq_dec q (S r)) as [->|N]; [congruence|]. apply H3; auto. lia.
Qed.

(** The shared prefix length is s iff s digits are shared and not one more. *)
Lemma shared_spec : forall x y, 0 <= x < M -> 0 <= y < M ->
  (shared x y <= n)%nat /\ agree (shared x y) x y = true
  /\ forall q, (q <= n)%nat -> agree q x y = true <-> (q <= shared x y)%nat.
Proof.
  intros x y Hx Hy. destruct (longest_spec n x y) as (H1 & H2 & H3); auto.
  { apply agree_first; auto. }
  split; [exact H1|split; [exact H2|]]. intros q Hq. split; [apply H3; exact Hq|].
  intros L. apply (agree_shorter (shared x y)); auto.
Qed.

(** What may fill slot (r, column) of the owner: the points that share r + 1 digits with the
    slot's constrained point. *)
Lemma slot_domain : forall owner r column x, 0 <= owner < M -> 0 <= x < M -> (r < n)%nat ->
  0 <= column < block r / block (S r) -> column <> digit r owner ->
  (shared owner x = r /\ digit r x = column)
  <-> agree (S r) x (constrained_point owner r column) = true.
Proof.
  intros owner r column x Ho Hx L Hc Nc.
  destruct (shared_spec owner x Ho Hx) as (S1 & S2 & S3).
  destruct (block_next M n block D r L) as (base & Hb & E).
  pose proof (block_positive M n block D (S r)) as P.
  assert (block r / block (S r) = base) as EB by (rewrite E; apply Z.div_mul; lia).
  rewrite EB in Hc.
  assert (agree (S r) x (constrained_point owner r column) = true
    <-> agree r owner x = true /\ digit r x = column) as ->.
  { unfold agree, constrained_point. rewrite !Z.eqb_eq, Z.div_add by lia.
    unfold digit in *. rewrite EB in *. rewrite E.
    rewrite (Z.mul_comm base), <- !Z.div_div by lia.
    pose proof (Z.div_mod (x / block (S r)) base ltac:(lia)) as Ex.
    pose proof (Z.div_mod (owner / block (S r)) base ltac:(lia)) as Eo.
    pose proof (Z.mod_pos_bound (x / block (S r)) base ltac:(lia)).
    split.
    - intros H0. assert (x / block (S r) / base = owner / block (S r) / base) as Q by nia. nia.
    - intros [H1 H2]. rewrite H1 in Eo. lia. }
  split.
  - intros [<- H]. split; auto.
  - intros [A H]. split; auto. apply S3 in A; [|lia].
    destruct (Nat.eq_dec (shared owner x) r) as [|N]; [auto|exfalso].
    assert (agree (S r) owner x = true) as A' by (apply S3; lia).
    apply agree_next in A' as [_ A']; auto. congruence.
Qed.

Lemma constrained_point_range : forall owner r column, 0 <= owner < M -> (r < n)%nat ->
  0 <= column < block r / block (S r) -> 0 <= constrained_point owner r column < M.
Proof.
  intros owner r column Ho L Hc.
  destruct (block_next M n block D r L) as (base & Hb & E).
  pose proof (block_positive M n block D (S r)) as P.
  assert (agree r (constrained_point owner r column) owner = true) as A.
  { unfold agree, constrained_point, digit. apply Z.eqb_eq.
    rewrite E in *. rewrite Z.div_mul in * by lia.
    rewrite (Z.mul_comm base), <- !Z.div_div, Z.div_add by lia.
    pose proof (Z.div_mod (owner / block (S r)) base ltac:(lia)) as Eo.
    replace (owner / block (S r) + (column - (owner / block (S r)) mod base))
      with (column + owner / block (S r) / base * base) by lia.
    rewrite Z.div_add, Z.div_small by lia. lia. }
  apply (agree_shorter r 0) in A; [|lia].
  unfold agree in A. apply Z.eqb_eq in A. rewrite (block_first M n block D) in A.
  rewrite (Z.div_small owner M) in A by lia.
  pose proof (Z.div_mod (constrained_point owner r column) M ltac:(lia)) as E2.
  rewrite A in E2. pose proof (Z.mod_pos_bound (constrained_point owner r column) M ltac:(lia)).
  lia.
Qed.

End Digits.
