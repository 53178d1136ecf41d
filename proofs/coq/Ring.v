(** The ring of M points and which of two points is closer to a key.

    A point is an integer in [0, M); the implementation has M = 2^160, the theorems hold for every
    M > 0. Definitions follow Sources/RingIdentifiers/RingInteger+Distance.swift; the tie rule is
    that of docs/decisions/0005: of two points at the same distance the counterclockwise one is
    closer. *)

From Coq Require Import ZArith Lia List Bool.
Import ListNotations.
Open Scope Z_scope.

Section Ring.

Variable M : Z.
Hypothesis M_positive : 0 < M.

Definition point (x : Z) : Prop := 0 <= x < M.

(** [clockwiseDistance(to:)]: steps upwards, wrapping, from a to b. *)
Definition clockwise (a b : Z) : Z := (b - a) mod M.

(** [ringDistance(to:)]: steps along the shorter way round. *)
Definition distance (a b : Z) : Z := Z.min (clockwise a b) (clockwise b a).

(** [isCloser(than:to:)], as written there. *)
Definition closer (key a b : Z) : bool :=
  if distance a key =? distance b key
  then negb (a =? b) && (clockwise a key =? distance a key)
  else distance a key <? distance b key.

(** The same order as a number: twice the distance, plus one on the losing side of a tie. *)
Definition rank (key a : Z) : Z :=
  2 * distance a key + (if clockwise a key =? distance a key then 0 else 1).

Lemma clockwise_range : forall a b, 0 <= clockwise a b < M.
Proof. intros. apply Z.mod_pos_bound. exact M_positive. Qed.

(** A clockwise distance is the difference, or the difference once round the ring. *)
Lemma clockwise_cases : forall a b, point a -> point b ->
  (a <= b /\ clockwise a b = b - a) \/ (b < a /\ clockwise a b = b - a + M).
Proof.
  unfold point, clockwise. intros a b Ha Hb. destruct (Z_le_gt_dec a b) as [H|H].
  - left. split; [lia|]. apply Z.mod_small. lia.
  - right. split; [lia|].
    rewrite <- (Z_mod_plus_full (b - a) 1 M), Z.mod_small; lia.
Qed.

Lemma clockwise_zero : forall a b, point a -> point b -> clockwise a b = 0 <-> a = b.
Proof.
  intros a b Ha Hb. unfold point in *. destruct (clockwise_cases a b Ha Hb); lia.
Qed.

Lemma clockwise_back : forall a b, point a -> point b -> a <> b ->
  clockwise b a = M - clockwise a b.
Proof.
  intros a b Ha Hb Hn. unfold point in *.
  destruct (clockwise_cases a b Ha Hb), (clockwise_cases b a Hb Ha); lia.
Qed.

Lemma clockwise_self : forall a, clockwise a a = 0.
Proof. intros. unfold clockwise. rewrite Z.sub_diag. apply Z.mod_0_l. lia. Qed.

(** Two points that a third one sees at the same clockwise distance are one point. *)
Lemma clockwise_injective : forall o a b, point o -> point a -> point b ->
  clockwise o a = clockwise o b -> a = b.
Proof.
  intros o a b Ho Ha Hb H. unfold point in *.
  destruct (clockwise_cases o a Ho Ha), (clockwise_cases o b Ho Hb); lia.
Qed.

Lemma clockwise_injective_l : forall o a b, point o -> point a -> point b ->
  clockwise a o = clockwise b o -> a = b.
Proof.
  intros o a b Ho Ha Hb H. unfold point in *.
  destruct (clockwise_cases a o Ha Ho), (clockwise_cases b o Hb Ho); lia.
Qed.

Lemma distance_range : forall a b, 0 <= distance a b < M.
Proof.
  intros. unfold distance. pose proof (clockwise_range a b).
  pose proof (clockwise_range b a). lia.
Qed.

(** No two points have the same rank. *)
Lemma rank_injective : forall key a b, point key -> point a -> point b ->
  rank key a = rank key b -> a = b.
Proof.
  intros key a b Hk Ha Hb. unfold rank, distance. intros H.
  destruct (Z.eqb_spec (clockwise a key) (Z.min (clockwise a key) (clockwise key a))),
           (Z.eqb_spec (clockwise b key) (Z.min (clockwise b key) (clockwise key b)));
    try lia.
  - apply (clockwise_injective_l key); auto; lia.
  - apply (clockwise_injective key); auto; lia.
Qed.

(** The order of the implementation is the order of the ranks. *)
Lemma closer_rank : forall key a b, point key -> point a -> point b ->
  closer key a b = (rank key a <? rank key b).
Proof.
  intros key a b Hk Ha Hb.
  pose proof (rank_injective key a b Hk Ha Hb) as Inj.
  unfold closer. destruct (Z.eqb_spec (distance a key) (distance b key)) as [E|E].
  - destruct (Z.eqb_spec a b) as [->|N]; [simpl; symmetry; apply Z.ltb_irrefl|].
    simpl. assert (rank key a <> rank key b) as R by auto. revert R. unfold rank.
    destruct (Z.eqb_spec (clockwise a key) (distance a key)),
             (Z.eqb_spec (clockwise b key) (distance b key)); intros;
      symmetry; try (apply Z.ltb_lt; lia); try (apply Z.ltb_ge; lia).
  - unfold rank.
    destruct (clockwise a key =? distance a key), (clockwise b key =? distance b key);
      destruct (Z.ltb_spec (distance a key) (distance b key)); symmetry;
      try (apply Z.ltb_lt; lia); try (apply Z.ltb_ge; lia).
Qed.

(** c is the root of the key: a member, and closer than every other one. *)
Definition is_root (key : Z) (ids : list Z) (c : Z) : Prop :=
  In c ids /\ forall x, In x ids -> x <> c -> closer key c x = true.

(** [numericallyClosest(among:)]: keeps the first, takes each later one that is closer. *)
Definition better (key best candidate : Z) : Z :=
  if closer key candidate best then candidate else best.
Definition closest (key : Z) (ids : list Z) : option Z :=
  match ids with
  | [] => None
  | first :: rest => Some (fold_left (better key) rest first)
  end.

Lemma is_root_rank : forall key ids c, point key -> (forall x, In x ids -> point x) ->
  is_root key ids c <-> In c ids /\ forall x, In x ids -> rank key c <= rank key x.
Proof.
  intros key ids c Hk Hp. unfold is_root. split; intros [Hin H]; split; auto; intros x Hx.
  - destruct (Z.eq_dec x c) as [->|N]; [lia|]. specialize (H x Hx N).
    rewrite closer_rank in H by auto. apply Z.ltb_lt in H. lia.
  - intros N. rewrite closer_rank by auto. apply Z.ltb_lt. specialize (H x Hx).
    assert (rank key c <> rank key x); [|lia].
    intros E. apply N. symmetry. apply (rank_injective key); auto.
Qed.

Lemma fold_better : forall key rest first, point key -> point first ->
  (forall x, In x rest -> point x) ->
  let c := fold_left (better key) rest first in
  In c (first :: rest) /\ forall x, In x (first :: rest) -> rank key c <= rank key x.
Proof.
  intros key rest. induction rest as [|y rest IH]; simpl; intros first Hk Hf Hp.
  - split; [auto|]. intros x [->|[]]. lia.
  - assert (point (better key first y)) as Hb by (unfold better; destruct closer; auto).
    assert (forall x, In x rest -> point x) as Hr by auto.
    destruct (IH (better key first y) Hk Hb Hr) as [Hin H].
    assert (rank key (better key first y) <= rank key first
            /\ rank key (better key first y) <= rank key y) as [H1 H2].
    { unfold better. rewrite closer_rank by auto.
      destruct (Z.ltb_spec (rank key y) (rank key first)); lia. }
    pose proof (H (better key first y) (or_introl eq_refl)) as H0.
    split.
    + destruct Hin as [E|Hin]; auto. rewrite <- E. unfold better. destruct closer; auto.
    + intros x [<-|[<-|Hx]]; [lia|lia|]. apply H. right. exact Hx.
Qed.

Lemma closest_is_root : forall key ids c, point key -> (forall x, In x ids -> point x) ->
  closest key ids = Some c -> is_root key ids c.
Proof.
  intros key [|first rest] c Hk Hp H; simpl in H; [discriminate|]. injection H as <-.
  rewrite is_root_rank by auto. apply fold_better; auto; intros; apply Hp; simpl; auto.
Qed.

Lemma root_unique : forall key ids c c', point key -> (forall x, In x ids -> point x) ->
  is_root key ids c -> is_root key ids c' -> c = c'.
Proof.
  intros key ids c c' Hk Hp H H'.
  rewrite is_root_rank in H, H' by auto. destruct H as [I H], H' as [I' H'].
  apply (rank_injective key); auto. specialize (H c' I'). specialize (H' c I). lia.
Qed.

Lemma closest_some : forall key ids c, point key -> (forall x, In x ids -> point x) ->
  is_root key ids c -> closest key ids = Some c.
Proof.
  intros key ids c Hk Hp H. destruct (closest key ids) as [c'|] eqn:E.
  - f_equal. apply (root_unique key ids); auto. apply closest_is_root; auto.
  - destruct ids; [destruct H as [[] _] | discriminate].
Qed.

Lemma closest_none : forall key ids, closest key ids = None <-> ids = [].
Proof. intros key [|a r]; simpl; split; congruence. Qed.

(** *** closest_unique

    Every key has exactly one numerically closest node in a non-empty set of ids, however the ids
    are listed, and scanning the list finds it. Source: [Castro02], [Rowstron01] (the root of a
    key); ties as in docs/decisions/0005.
    Swift: RingInteger.isCloser(than:to:), numericallyClosest(among:), Key.root(among:). *)
Theorem closest_unique : forall key ids,
  point key -> (forall x, In x ids -> point x) -> ids <> [] ->
  exists c, is_root key ids c
    /\ (forall c', is_root key ids c' -> c' = c)
    /\ (forall ids', (forall x, In x ids' <-> In x ids) -> closest key ids' = Some c).
Proof.
  intros key ids Hk Hp Hne.
  destruct (closest key ids) as [c|] eqn:E; [|apply closest_none in E; contradiction].
  apply closest_is_root in E; auto. exists c. repeat split; try apply E.
  - intros c' H. apply (root_unique key ids); auto.
  - intros ids' Same. apply closest_some; auto.
    + intros x Hx. apply Hp, Same, Hx.
    + destruct E as [I H]. split; [apply Same, I|]. intros x Hx. apply H, Same, Hx.
Qed.

(** *** closest_total

    Of two different points exactly one is closer to the key, a point is not closer than itself,
    and "closer" is transitive. Source: docs/decisions/0005.
    Swift: RingInteger.isCloser(than:to:). *)
Theorem closest_total : forall key a b c,
  point key -> point a -> point b -> point c ->
  closer key a a = false
  /\ (a <> b -> closer key a b = negb (closer key b a))
  /\ (closer key a b = true -> closer key b c = true -> closer key a c = true).
Proof.
  intros key a b c Hk Ha Hb Hc. rewrite !closer_rank by auto. repeat split.
  - apply Z.ltb_irrefl.
  - intros N. assert (rank key a <> rank key b) as R.
    { intros E. apply N. apply (rank_injective key); auto. }
    destruct (Z.ltb_spec (rank key a) (rank key b)), (Z.ltb_spec (rank key b) (rank key a));
      simpl; try reflexivity; lia.
  - rewrite !Z.ltb_lt. lia.
Qed.

Lemma clockwise_rotate : forall s a b,
  clockwise ((a + s) mod M) ((b + s) mod M) = clockwise a b.
Proof.
  intros. unfold clockwise. rewrite <- Zminus_mod. f_equal. lia.
Qed.

(** *** closest_rotation

    Turning the whole ring, key and ids, by any number of steps turns the root with it.
    Source: docs/decisions/0005 (why not "the smaller id wins").
    Swift: RingInteger.isCloser(than:to:). *)
Theorem closest_rotation : forall s key a b,
  point a -> point b ->
  closer ((key + s) mod M) ((a + s) mod M) ((b + s) mod M) = closer key a b.
Proof.
  intros s key a b Ha Hb. unfold closer, distance. rewrite !clockwise_rotate.
  replace ((a + s) mod M =? (b + s) mod M) with (a =? b); [reflexivity|].
  destruct (Z.eqb_spec a b) as [->|N]; symmetry; [apply Z.eqb_refl|].
  apply Z.eqb_neq. intros E. apply N.
  apply (clockwise_injective a); auto. rewrite clockwise_self.
  rewrite <- (clockwise_rotate s a b), E. symmetry. apply clockwise_self.
Qed.

End Ring.

Print Assumptions closest_unique.
Print Assumptions closest_total.
Print Assumptions closest_rotation.
