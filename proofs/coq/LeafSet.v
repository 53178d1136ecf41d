(** The leaf set of one node: when its answer to "who is the root?" is right.

    A side is a list of nodes, nearest first. What a node does is as in
    Sources/Pastry/LeafSet.swift: [extent] is updateReach, [covers] is covers(_:), [leaf_closest] is
    closest(to:) with its early ends. *)

From Coq Require Import ZArith Lia List Bool.
From Redoubt Require Import Ring Order.
Import ListNotations.
Open Scope Z_scope.

Section LeafSet.

Variable M : Z.
Hypothesis M_positive : 0 < M.
(** The owner of the leaf set. *)
Variable o : Z.
Hypothesis o_point : point M o.

Let up_to (x : Z) : Z := clockwise M o x.
Let down_to (x : Z) : Z := clockwise M x o.

(** The distance of the farthest member that counts: while a side lacks members or the sides
    overlap ([trims]), those beyond half of the ring do not count. *)
Fixpoint extent (trims : bool) (d : Z -> Z) (side : list Z) (farthest : Z) : Z :=
  match side with
  | [] => farthest
  | p :: rest =>
    if trims && (M / 2 <? d p) then farthest else extent trims d rest (d p)
  end.

Record leaf_set := {
  up_side : list Z;      (** [clockwise], nearest first *)
  down_side : list Z;    (** [counterclockwise], nearest first *)
  trims : bool;          (** a side has room, or the sides overlap *)
  whole : bool           (** [isWhole] *)
}.

Definition reach_up (l : leaf_set) : Z := extent (trims l) up_to (up_side l) 0.
Definition reach_down (l : leaf_set) : Z := extent (trims l) down_to (down_side l) 0.

Definition covers (l : leaf_set) (key : Z) : bool :=
  whole l || (up_to key <=? reach_up l) || ((0 - up_to key) mod M <=? reach_down l).

(** One of the two loops of closest(to:): ends behind the first member at or beyond the key. *)
Fixpoint scan (key : Z) (d : Z -> Z) (bound : Z) (best : Z) (side : list Z) : Z :=
  match side with
  | [] => best
  | p :: rest =>
    let best := better M key best p in
    if bound <=? d p then best else scan key d bound best rest
  end.

Definition leaf_closest (l : leaf_set) (key : Z) : Z :=
  let up := up_to key in
  let best := scan key up_to up o (up_side l) in
  scan key down_to ((0 - up) mod M) best (down_side l).

(** A side is right for the live nodes S if it lists some of them, nearest first, and no live node
    that is nearer than one of its members is missing. A side that holds exactly the l/2 nearest
    live nodes is right, and so is one that has lost some of the farthest. *)
Definition right_side (d : Z -> Z) (S side : list Z) : Prop :=
  ascending d side /\ incl side S /\ ~ In o side
  /\ forall x, In x S -> x <> o -> ~ In x side -> forall p, In p side -> d p < d x.

Definition right_set (S : list Z) (l : leaf_set) : Prop :=
  right_side up_to S (up_side l) /\ right_side down_to S (down_side l)
  /\ (whole l = true -> forall x, In x S -> x = o \/ In x (up_side l) \/ In x (down_side l)).

Lemma down_is_back : forall key, (0 - up_to key) mod M = down_to key.
Proof.
  intros key. unfold up_to, down_to, clockwise.
  replace (0 - (key - o) mod M) with (- ((key - o) mod M)) by lia.
  rewrite <- (Z.add_0_l (- ((key - o) mod M))), Z.add_opp_r, Zminus_mod_idemp_r.
  f_equal. lia.
Qed.

(** Behind a node that is at or beyond the key comes nobody who is closer than that node and the
    owner both: the way round the other side leads past the owner. *)
Lemma beyond_up : forall key p x, point M key -> point M p -> point M x -> x <> o -> p <> o ->
  up_to key <= up_to p < up_to x ->
  rank M key p < rank M key x \/ rank M key o < rank M key x.
Proof.
  intros key p x Hk Hp Hx Nx Np [H1 H2]. unfold up_to in *.
  assert (clockwise M key x = clockwise M o x - clockwise M o key
    /\ clockwise M key p = clockwise M o p - clockwise M o key
    /\ clockwise M x key = M - (clockwise M o x - clockwise M o key)
    /\ clockwise M o x < M) as (E1 & E2 & E3 & E4).
  { unfold point in *.
    destruct (clockwise_cases M o key o_point Hk), (clockwise_cases M o p o_point Hp),
      (clockwise_cases M o x o_point Hx), (clockwise_cases M key x Hk Hx),
      (clockwise_cases M key p Hk Hp), (clockwise_cases M x key Hx Hk); lia. }
  unfold rank, distance. rewrite E1, E2, E3.
  destruct (_ =? _), (_ =? _), (_ =? _); lia.
Qed.

Lemma beyond_down : forall key p x, point M key -> point M p -> point M x -> x <> o -> p <> o ->
  down_to key <= down_to p < down_to x ->
  rank M key p < rank M key x \/ rank M key o < rank M key x.
Proof.
  intros key p x Hk Hp Hx Nx Np [H1 H2]. unfold down_to in *.
  assert (clockwise M x key = clockwise M x o - clockwise M key o
    /\ clockwise M p key = clockwise M p o - clockwise M key o
    /\ clockwise M key x = M - (clockwise M x o - clockwise M key o)
    /\ clockwise M x o < M) as (E1 & E2 & E3 & E4).
  { unfold point in *.
    destruct (clockwise_cases M key o Hk o_point), (clockwise_cases M p o Hp o_point),
      (clockwise_cases M x o Hx o_point), (clockwise_cases M x key Hx Hk),
      (clockwise_cases M p key Hp Hk), (clockwise_cases M key x Hk Hx); lia. }
  unfold rank, distance. rewrite E1, E2, E3.
  destruct (_ =? _), (_ =? _), (_ =? _); lia.
Qed.

Lemma better_rank : forall key a b, point M key -> point M a -> point M b ->
  rank M key (better M key a b) <= rank M key a /\ rank M key (better M key a b) <= rank M key b
  /\ (better M key a b = a \/ better M key a b = b).
Proof.
  intros key a b Hk Ha Hb. unfold better. rewrite closer_rank by auto.
  destruct (Z.ltb_spec (rank M key b) (rank M key a)); intuition lia.
Qed.

(** A scan with its early end finds the closest of a whole side. *)
Lemma scan_spec : forall key d bound, point M key ->
  (forall p x, point M p -> point M x -> x <> o -> p <> o -> bound <= d p < d x ->
    rank M key p < rank M key x \/ rank M key o < rank M key x) ->
  forall side best, ascending d side -> (forall x, In x side -> point M x /\ x <> o) ->
  point M best -> rank M key best <= rank M key o ->
  let c := scan key d bound best side in
  (c = best \/ In c side) /\ rank M key c <= rank M key best
  /\ forall x, In x side -> rank M key c <= rank M key x.
Proof.
  intros key d bound Hk Beyond side. induction side as [|p rest IH]; simpl; intros best A P Hb Ho.
  - intuition.
  - destruct A as [A1 A2]. destruct (P p (or_introl eq_refl)) as [Pp Np].
    destruct (better_rank key best p Hk Hb Pp) as (B1 & B2 & B3).
    assert (point M (better M key best p)) as Hb' by (destruct B3 as [-> | ->]; auto).
    destruct (Z.leb_spec bound (d p)) as [L|L].
    + repeat split; [intuition | lia |]. intros x [<-|Hx]; [lia|].
      destruct (P x (or_intror Hx)) as [Px Nx].
      destruct (Beyond p x Pp Px Nx Np (conj L (A1 x Hx))); lia.
    + assert (rank M key (better M key best p) <= rank M key o) as Ho' by lia.
      destruct (IH (better M key best p) A2 (fun x H => P x (or_intror H)) Hb' Ho')
        as (C1 & C2 & C3).
      repeat split.
      * destruct C1 as [C1|C1]; [rewrite C1; destruct B3 as [-> | ->]; auto | auto].
      * lia.
      * intros x [<-|Hx]; [lia|auto].
Qed.

(** The reach is 0 or the distance of a member. *)
Lemma extent_spec : forall t d side farthest,
  extent t d side farthest = farthest
  \/ exists p, In p side /\ extent t d side farthest = d p.
Proof.
  intros t d side. induction side as [|p rest IH]; simpl; intros farthest; auto.
  destruct (t && (M / 2 <? d p)); auto.
  destruct (IH (d p)) as [E|(q & Hq & E)]; right; [exists p | exists q]; auto.
Qed.

(** The answer of a leaf set is the closest of the owner and all members. *)
Lemma leaf_closest_min : forall S l key, point M key -> (forall x, In x S -> point M x) ->
  right_set S l ->
  let c := leaf_closest l key in
  (c = o \/ In c (up_side l) \/ In c (down_side l))
  /\ rank M key c <= rank M key o
  /\ (forall x, In x (up_side l) -> rank M key c <= rank M key x)
  /\ (forall x, In x (down_side l) -> rank M key c <= rank M key x).
Proof.
  intros S l key Hk Hp ((AU & IU & NU & _) & (AD & ID & ND & _) & _).
  unfold leaf_closest. rewrite down_is_back.
  assert (forall x, In x (up_side l) -> point M x /\ x <> o) as PU.
  { intros x Hx. split; [apply Hp, IU, Hx | intros ->; contradiction]. }
  assert (forall x, In x (down_side l) -> point M x /\ x <> o) as PD.
  { intros x Hx. split; [apply Hp, ID, Hx | intros ->; contradiction]. }
  destruct (scan_spec key up_to (up_to key) Hk) with (side := up_side l) (best := o)
    as (U1 & U2 & U3); auto; [|lia|].
  { intros p x Pp Px Nx Np H. apply beyond_up; auto. }
  set (best := scan key up_to (up_to key) o (up_side l)) in *.
  assert (point M best) as Pb by (destruct U1 as [-> | U1]; [auto | apply PU, U1]).
  destruct (scan_spec key down_to (down_to key) Hk) with (side := down_side l) (best := best)
    as (D1 & D2 & D3); auto.
  { intros p x Pp Px Nx Np H. apply beyond_down; auto. }
  set (c := scan key down_to (down_to key) best (down_side l)) in *.
  repeat split.
  - destruct D1 as [-> | D1]; auto. destruct U1 as [-> | U1]; auto.
  - lia.
  - intros x Hx. specialize (U3 x Hx). lia.
  - exact D3.
Qed.

(** *** closest_leafset

    A node whose sides miss no live node nearer than their members, and whose leaf set covers the
    key (the key is no farther than the farthest member that counts on some side, or the set is the
    whole overlay), picks exactly the root of the key among all live nodes.
    Source: [Rowstron01], routing ("if the key falls within the range of the leaf set"); [Castro02].
    Swift: LeafSet.covers(_:), LeafSet.closest(to:), LeafSet.updateReach. *)
Theorem closest_leafset : forall S l key,
  point M key -> (forall x, In x S -> point M x) -> In o S ->
  right_set S l -> covers l key = true ->
  is_root M key S (leaf_closest l key).
Proof.
  intros S l key Hk Hp Ho R C.
  destruct (leaf_closest_min S l key Hk Hp R) as (C1 & C2 & C3 & C4).
  destruct R as ((AU & IU & NU & GU) & (AD & ID & ND & GD) & W).
  rewrite is_root_rank by auto. set (c := leaf_closest l key) in *.
  split; [destruct C1 as [-> | [H|H]]; auto|].
  intros x Hx. destruct (Z.eq_dec x o) as [->|Nx]; [exact C2|].
  unfold covers in C. rewrite down_is_back in C.
  apply orb_prop in C as [C|C]; [apply orb_prop in C as [C|C]|].
  - destruct (W C x Hx) as [E|[H|H]]; [contradiction | auto | auto].
  - apply Z.leb_le in C. destruct (in_dec Z.eq_dec x (up_side l)) as [I|I]; [auto|].
    destruct (extent_spec (trims l) up_to (up_side l) 0) as [E|(p & Ip & E)];
      unfold reach_up in C; rewrite E in C.
    + (* nothing counts: the key is the owner's own point *)
      assert (key = o) as ->.
      { unfold up_to in C. pose proof (clockwise_range M M_positive o key).
        symmetry. apply (clockwise_zero M o key); auto. lia. }
      assert (rank M o o = 0) as R0.
      { unfold rank, distance. rewrite clockwise_self by auto. reflexivity. }
      assert (0 <= rank M o x) as R1.
      { unfold rank. pose proof (distance_range M M_positive x o). destruct (_ =? _); lia. }
      lia.
    + specialize (GU x Hx Nx I p Ip). specialize (C3 p Ip).
      destruct (beyond_up key p x) as [H|H]; auto; try lia.
      intros ->; contradiction.
  - apply Z.leb_le in C. destruct (in_dec Z.eq_dec x (down_side l)) as [I|I]; [auto|].
    destruct (extent_spec (trims l) down_to (down_side l) 0) as [E|(p & Ip & E)];
      unfold reach_down in C; rewrite E in C.
    + assert (key = o) as ->.
      { unfold down_to in C. pose proof (clockwise_range M M_positive key o).
        apply (clockwise_zero M key o); auto. lia. }
      assert (rank M o o = 0) as R0.
      { unfold rank, distance. rewrite clockwise_self by auto. reflexivity. }
      assert (0 <= rank M o x) as R1.
      { unfold rank. pose proof (distance_range M M_positive x o). destruct (_ =? _); lia. }
      lia.
    + specialize (GD x Hx Nx I p Ip). specialize (C4 p Ip).
      destruct (beyond_down key p x) as [H|H]; auto; try lia.
      intros ->; contradiction.
Qed.

End LeafSet.

Print Assumptions closest_leafset.
