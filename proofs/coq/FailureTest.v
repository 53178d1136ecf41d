(** The limit of the routing failure test: for which coalitions a threshold exists at all.

    With many samples the ratio of mean gaps of an honest root set is 1, or 1/(1-c) where the
    coalition hides around the key; that of a forged one is 1/c, or (1-c)/c where it hides around
    the sender. A threshold gamma tells them apart iff it lies strictly between the two.
    Everything is rational, so that no axiom of the reals is needed. *)

From Coq Require Import QArith Lqa.
Open Scope Q_scope.

(** Some threshold lies strictly between the two ratios. *)
Definition separable (honest forged : Q) : Prop := exists gamma, honest < gamma /\ gamma < forged.

(** Between two rationals there is one iff the first is smaller. *)
Lemma separable_iff : forall a b, separable a b <-> a < b.
Proof.
  intros a b. split.
  - intros (g & H1 & H2). apply (Qlt_trans a g b); auto.
  - intros H. exists ((a + b) / 2). split.
    + apply Qlt_shift_div_l; [reflexivity|]. lra.
    + apply Qlt_shift_div_r; [reflexivity|]. lra.
Qed.

(** Fractions with positive denominators are compared by cross multiplication. *)
Lemma cross : forall a b x y, 0 < b -> 0 < y -> a / b < x / y <-> a * y < x * b.
Proof.
  intros a b x y Hb Hy.
  assert (~ b == 0) as Nb by (intros E; rewrite E in Hb; apply (Qlt_irrefl 0 Hb)).
  assert (~ y == 0) as Ny by (intros E; rewrite E in Hy; apply (Qlt_irrefl 0 Hy)).
  assert (0 < b * y) as P by (apply Qmult_lt_0_compat; auto).
  assert (a * y == a / b * (b * y)) as -> by (field; auto).
  assert (x * b == x / y * (b * y)) as -> by (field; auto).
  symmetry. apply Qmult_lt_r. exact P.
Qed.

Section Limit.

(** The coalition's share of all nodes. *)
Variable c : Q.
Hypothesis c_positive : 0 < c.
Hypothesis c_below_one : c < 1.

(** *** failure_test_limit

    With hiding on both sides a threshold exists iff c < (1-c)^2, which is the same as
    c^2 - 3c + 1 > 0, and the same as 2c < 3 - sqrt 5, said without reals: 3 - 2c is positive and
    its square is above 5.
    Source: [Castro02], routing failure test.
    Swift: RoutingFailureTest.largestSeparableCoalition(hiding: .both). *)
Theorem failure_test_limit :
  (separable (1 / (1 - c)) ((1 - c) / c) <-> c < (1 - c) * (1 - c))
  /\ (c < (1 - c) * (1 - c) <-> 0 < c * c - 3 * c + 1)
  /\ (c < (1 - c) * (1 - c) <-> 0 < 3 - 2 * c /\ 5 < (3 - 2 * c) * (3 - 2 * c)).
Proof.
  split; [|split].
  - rewrite separable_iff, cross by lra. split; nra.
  - split; nra.
  - split; [intros H; split; nra | intros [H1 H2]; nra].
Qed.

(** *** failure_test_open

    Without hiding a threshold exists for every coalition that is not everybody, and only then.
    Source: [Castro02], routing failure test.
    Swift: RoutingFailureTest.largestSeparableCoalition(hiding: []). *)
Theorem failure_test_open : separable (1 / 1) (1 / c) <-> c < 1.
Proof. rewrite separable_iff, cross by lra. split; lra. Qed.

(** *** failure_test_one_side

    With hiding on one side only, at the root or at the sender, a threshold exists iff c < 1/2.
    Source: [Castro02], routing failure test.
    Swift: RoutingFailureTest.largestSeparableCoalition(hiding: .root) and (hiding: .sender). *)
Theorem failure_test_one_side :
  (separable (1 / (1 - c)) (1 / c) <-> c < 1 / 2)
  /\ (separable (1 / 1) ((1 - c) / c) <-> c < 1 / 2).
Proof.
  assert (1 / 2 == 1 # 2) as -> by reflexivity.
  split; rewrite separable_iff, cross by lra; split; lra.
Qed.

End Limit.

Print Assumptions failure_test_limit.
Print Assumptions failure_test_open.
Print Assumptions failure_test_one_side.
