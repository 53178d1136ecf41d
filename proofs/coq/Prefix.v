(** Prefix routing with correct tables: every hop makes progress and the route ends at the root.

    [next] follows PastryNode.routeOn and nextHop: the leaf set if it covers the key, else the slot
    of the key's next digit, else (the rare case of [Rowstron01]) the closest known node that shares
    as many digits with the key as this node and is closer to it. *)

From Coq Require Import ZArith Lia List Bool.
From Redoubt Require Import Ring Order LeafSet Digits.
Import ListNotations.
Open Scope Z_scope.

Section Prefix.

Variable M : Z.
Hypothesis M_positive : 0 < M.
Variable n : nat.
Variable block : nat -> Z.
Hypothesis D : digits M n block.

(** The live nodes and the key of a message. *)
Variable S : list Z.
Hypothesis S_points : forall x, In x S -> point M x.
Variable key : Z.
Hypothesis key_point : point M key.

(** What each node has: a leaf set, the entry of its slot for the key, and the nodes of its leaf set
    and its table. *)
Variable leaf : Z -> leaf_set.
Variable entry : Z -> option Z.
Variable known : Z -> list Z.

Let row (o : Z) : nat := shared n block o key.

Inductive verdict := Deliver | Forward (x : Z) | Hold.

Definition candidates (o : Z) : list Z :=
  filter (fun x => agree block (row o) x key && closer M key x o) (known o).

Definition next (o : Z) : verdict :=
  if covers M o (leaf o) key
  then let c := leaf_closest M o (leaf o) key in if c =? o then Deliver else Forward c
  else match entry o with
       | Some x => Forward x
       | None => match closest M key (candidates o) with
                 | Some x => Forward x
                 | None => Hold
                 end
       end.

(** A message at [o] is delivered at [c] after [h] hops. *)
Inductive route : Z -> Z -> nat -> Prop :=
| arrived : forall o, next o = Deliver -> route o o 0
| hop : forall o x c h, next o = Forward x -> route x c h -> route o c (h + 1).

(** Correct state of all live nodes. *)
Record correct := {
  (** Sides miss no live node nearer than their members (see LeafSet.v). *)
  leaf_right : forall o, In o S -> right_set M o S (leaf o);
  (** [isComplete]: the whole overlay, or two sides with members that do not meet. *)
  leaf_complete : forall o, In o S ->
    whole (leaf o) = true
    \/ (trims (leaf o) = false /\ up_side (leaf o) <> [] /\ down_side (leaf o) <> []
        /\ reach_up M o (leaf o) + reach_down M o (leaf o) < M);
  (** The slot holds a live node of its domain. *)
  entry_live : forall o x, In o S -> entry o = Some x ->
    In x S /\ agree block (Datatypes.S (row o)) x key = true;
  (** The slot is empty only if no live node is in its domain. *)
  entry_full : forall o, In o S -> entry o = None ->
    forall x, In x S -> agree block (Datatypes.S (row o)) x key = false;
  (** All known nodes are live, and the leaf set is known. *)
  known_live : forall o, In o S -> incl (known o) S;
  known_leaf : forall o, In o S ->
    incl (up_side (leaf o)) (known o) /\ incl (down_side (leaf o)) (known o)
}.

Hypothesis C : correct.

Lemma row_spec : forall o, In o S ->
  (row o <= n)%nat /\ agree block (row o) o key = true
  /\ forall q, (q <= n)%nat -> agree block q o key = true <-> (q <= row o)%nat.
Proof.
  intros o Ho. apply (shared_spec M n block D); [apply S_points, Ho | exact key_point].
Qed.

(** Blocks of one digit and more are at most half of the ring. *)
Lemma block_half : forall r, (1 <= r <= n)%nat -> 2 * block r <= M.
Proof.
  induction r as [|r IH]; intros H; [lia|].
  destruct (block_next M n block D r) as (base & Hb & E); [lia|].
  pose proof (block_positive M n block D (Datatypes.S r)).
  destruct (Nat.eq_dec r 0) as [->|N].
  - rewrite (block_first M n block D) in E. nia.
  - specialize (IH ltac:(lia)). nia.
Qed.

Lemma extent_full : forall d side, side <> [] ->
  forall f, exists p, In p side /\ extent M false d side f = d p.
Proof.
  intros d side. induction side as [|p rest IH]; intros N f; [contradiction|]. simpl.
  destruct rest as [|q rest]; [exists p; simpl; auto|].
  destruct (IH ltac:(discriminate) (d p)) as (x & Hx & E). exists x. split; [right|]; auto.
Qed.

(** Points between two points of one block are in it. *)
Lemma between : forall w a x b, 0 < w -> a <= x <= b -> a / w = b / w -> x / w = b / w.
Proof.
  intros w a x b Hw H E.
  pose proof (Z.div_le_mono a x w Hw ltac:(lia)). pose proof (Z.div_le_mono x b w Hw ltac:(lia)).
  lia.
Qed.

(** A node whose leaf set does not cover the key has a member on the key's side that shares as many
    digits with the key and is nearer to it. *)
Lemma nearer_member : forall o, In o S -> covers M o (leaf o) key = false ->
  exists x, In x (known o) /\ agree block (row o) x key = true
    /\ distance M x key < distance M o key.
Proof.
  intros o Ho NC. pose proof (S_points o Ho) as Po.
  destruct (leaf_right C o Ho) as ((_ & IU & NU & _) & (_ & ID & ND & _) & _).
  destruct (known_leaf C o Ho) as [KU KD].
  unfold covers in NC. apply orb_false_elim in NC as [NC C3].
  apply orb_false_elim in NC as [C1 C2].
  rewrite (down_is_back M o) in C3. apply Z.leb_gt in C2, C3.
  destruct (leaf_complete C o Ho) as [W|(T & FU & FD & _)]; [congruence|].
  unfold reach_up, reach_down in C2, C3. rewrite T in C2, C3.
  destruct (extent_full (fun x => clockwise M o x) _ FU 0) as (u & Iu & Eu).
  destruct (extent_full (fun x => clockwise M x o) _ FD 0) as (v & Iv & Ev).
  rewrite Eu in C2. rewrite Ev in C3. cbv beta in C2, C3.
  assert (point M u) as Pu by (apply S_points, IU, Iu).
  assert (point M v) as Pv by (apply S_points, ID, Iv).
  assert (u <> o) as Nu by (intros ->; contradiction).
  assert (v <> o) as Nv by (intros ->; contradiction).
  destruct (row_spec o Ho) as (R1 & R2 & _). unfold agree in R2. apply Z.eqb_eq in R2.
  pose proof (block_positive M n block D (row o)) as Pb.
  assert ((1 <= row o)%nat -> 2 * block (row o) <= M) as Half by (intros; apply block_half; lia).
  assert (Z.abs (key - o) < block (row o)) as Near.
  { pose proof (Z.div_mod o (block (row o)) ltac:(lia)).
    pose proof (Z.div_mod key (block (row o)) ltac:(lia)).
    pose proof (Z.mod_pos_bound o (block (row o)) Pb).
    pose proof (Z.mod_pos_bound key (block (row o)) Pb). nia. }
  unfold point in *. destruct (Z_le_gt_dec (clockwise M o key) (clockwise M key o)) as [Up|Down].
  - exists u. split; [auto|]. split.
    + destruct (Nat.eq_dec (row o) 0) as [Z0|N0].
      * rewrite Z0. apply (agree_first M n block D); auto.
      * specialize (Half ltac:(lia)). unfold agree. apply Z.eqb_eq.
        apply (between (block (row o)) o); auto.
        destruct (clockwise_cases M o key), (clockwise_cases M key o),
          (clockwise_cases M o u); auto; lia.
    + unfold distance.
      destruct (clockwise_cases M o key), (clockwise_cases M key o), (clockwise_cases M o u),
        (clockwise_cases M u key), (clockwise_cases M key u); auto; lia.
  - exists v. split; [auto|]. split.
    + destruct (Nat.eq_dec (row o) 0) as [Z0|N0].
      * rewrite Z0. apply (agree_first M n block D); auto.
      * specialize (Half ltac:(lia)). unfold agree. apply Z.eqb_eq.
        rewrite <- R2. apply (between (block (row o)) key); auto.
        destruct (clockwise_cases M o key), (clockwise_cases M key o),
          (clockwise_cases M v o); auto; lia.
    + unfold distance.
      destruct (clockwise_cases M o key), (clockwise_cases M key o), (clockwise_cases M v o),
        (clockwise_cases M v key), (clockwise_cases M key v); auto; lia.
Qed.

Lemma nearer_rank : forall a b, distance M a key < distance M b key ->
  rank M key a < rank M key b.
Proof. intros a b H. unfold rank. destruct (_ =? _), (_ =? _); lia. Qed.

Lemma rank_nearer : forall a b, rank M key a <= rank M key b ->
  distance M a key <= distance M b key.
Proof. intros a b. unfold rank. destruct (_ =? _), (_ =? _); lia. Qed.

(** *** prefix_hop

    With correct state a node never holds a message back, delivers only as the root, and every hop
    goes to a live node: to the root itself, or to one that shares more digits with the key, or,
    where no live node shares more, to one that shares as many and is at a strictly smaller ring
    distance.
    Source: [Rowstron01], routing.
    Swift: PastryNode.routeOn, nextHop, rankedCandidates; PrefixWalk.nearestKnown. *)
Theorem prefix_hop : forall o, In o S ->
  match next o with
  | Deliver => is_root M key S o
  | Hold => False
  | Forward x => In x S
    /\ (is_root M key S x
        \/ (row o < row x)%nat
        \/ (entry o = None /\ (row o <= row x)%nat /\ distance M x key < distance M o key))
  end.
Proof.
  intros o Ho. unfold next. pose proof (S_points o Ho) as Po.
  destruct (covers M o (leaf o) key) eqn:E.
  - pose proof (closest_leafset M M_positive o Po S (leaf o) key key_point S_points Ho
      (leaf_right C o Ho) E) as R.
    destruct (Z.eqb_spec (leaf_closest M o (leaf o) key) o) as [<-|N]; [exact R|].
    split; [apply R|left; exact R].
  - destruct (nearer_member o Ho E) as (m & Km & Am & Dm).
    destruct (row_spec o Ho) as (R1 & R2 & R3).
    destruct (entry o) as [x|] eqn:Ee.
    + destruct (entry_live C o x Ho Ee) as [Ix Ax]. split; auto. right; left.
      destruct (Nat.eq_dec (row o) n) as [F|F].
      * rewrite F in R2. apply (agree_last M n block D) in R2. exfalso. subst.
        pose proof (distance_range M M_positive m key). unfold distance in Dm at 2.
        rewrite clockwise_self in Dm; auto. lia.
      * destruct (row_spec x Ix) as (_ & _ & X3). apply X3 in Ax; lia.
    + assert (In m (candidates o)) as Cm.
      { unfold candidates. apply filter_In. split; auto. rewrite Am. simpl.
        rewrite closer_rank by
          (auto; apply S_points, (known_live C o Ho), Km).
        apply Z.ltb_lt, nearer_rank, Dm. }
      assert (forall x, In x (candidates o) -> In x S /\ agree block (row o) x key = true) as Cs.
      { intros x Hx. apply filter_In in Hx as [Hx A]. apply andb_prop in A as [A _].
        split; [apply (known_live C o Ho), Hx | exact A]. }
      assert (forall x, In x (candidates o) -> point M x) as Cp by (intros; apply S_points, Cs, H).
      destruct (closest M key (candidates o)) as [x|] eqn:Ec.
      * apply closest_is_root in Ec; auto.
        rewrite is_root_rank in Ec by auto. destruct Ec as [Ix Mx].
        destruct (Cs x Ix) as [Sx Ax]. split; auto. right; right. split; auto. split.
        -- destruct (row_spec x Sx) as (_ & _ & X3). apply X3; auto.
        -- specialize (Mx m Cm). apply rank_nearer in Mx. lia.
      * apply closest_none in Ec. rewrite Ec in Cm. destruct Cm.
Qed.

Lemma root_delivers : forall c, is_root M key S c -> next c = Deliver.
Proof.
  intros c R. pose proof R as R'. destruct R as [Ic _].
  destruct (covers M c (leaf c) key) eqn:E.
  - unfold next. rewrite E.
    pose proof (closest_leafset M M_positive c (S_points c Ic) S (leaf c) key key_point S_points
      Ic (leaf_right C c Ic) E) as R.
    rewrite (root_unique M key S _ _ key_point S_points R R'), Z.eqb_refl. reflexivity.
  - destruct (nearer_member c Ic E) as (m & Km & _ & Dm). exfalso.
    rewrite is_root_rank in R' by auto. destruct R' as [_ H].
    specialize (H m (known_live C c Ic m Km)). apply rank_nearer in H. lia.
Qed.

(** One induction for both bounds: some number falls with every hop that does not reach the root. *)
Lemma route_ends : forall (potential : Z -> nat),
  (forall o x, In o S -> In x S -> next o = Forward x ->
    is_root M key S x \/ (potential x < potential o)%nat) ->
  forall k o, In o S -> (potential o <= k)%nat ->
  exists c h, route o c h /\ is_root M key S c /\ (h <= k + 1)%nat.
Proof.
  intros potential Falls k. induction k as [|k IH]; intros o Ho Hk;
    pose proof (prefix_hop o Ho) as P; destruct (next o) as [|x|] eqn:E; try contradiction.
  1, 3: exists o, 0%nat; repeat split; [constructor; exact E | apply P | apply P | lia].
  all: destruct P as [Ix _]; destruct (Falls o x Ho Ix E) as [R|L].
  1, 3: exists x, 1%nat; repeat split; try apply R; [|lia];
    apply (hop o x x 0 E); constructor; apply root_delivers, R.
  - lia.
  - destruct (IH x Ix) as (c & h & Rt & R & B); [lia|].
    exists c, (h + 1)%nat. repeat split; try apply R; [|lia]. apply (hop o x c h E Rt).
Qed.

(** *** prefix_progress

    With correct state, and leaf sets that cover the key wherever the slot for the key is empty,
    every route ends at the root of the key after at most one hop more than there are digits; more
    exactly, one more than the longest prefix that any live node shares with the key is longer than
    the sender's. The condition is needed: where a slot is empty and the leaf set does not cover the
    key, the rare case makes a hop that adds no digit (see prefix_progress_rare).
    Source: [Rowstron01], routing performance; [Castro02].
    Swift: PastryNode.routeOn, nextHop. *)
Theorem prefix_progress : forall o m, In o S ->
  (forall x, In x S -> entry x = None -> covers M x (leaf x) key = true) ->
  (forall x, In x S -> (row x <= m)%nat) ->
  exists c h, route o c h /\ is_root M key S c /\ (h <= m - row o + 1)%nat /\ (h <= n + 1)%nat.
Proof.
  intros o m Ho Covered Max.
  assert (forall k, (forall x, In x S -> (row x <= k)%nat) ->
    exists c h, route o c h /\ is_root M key S c /\ (h <= k - row o + 1)%nat) as Bound.
  { intros k Maxk.
    apply (route_ends (fun x => k - row x)%nat); [|exact Ho|lia].
    intros a x Ha Hx E. pose proof (prefix_hop a Ha) as P. rewrite E in P.
    destruct P as [_ [R|[L|(En & _)]]]; [left; exact R | right |].
    - specialize (Maxk x Hx). lia.
    - left. specialize (Covered a Ha En). unfold next in E. rewrite Covered in E.
      destruct (_ =? a) in E; [discriminate|]. injection E as <-.
      apply (closest_leafset M M_positive); auto. apply (leaf_right C a Ha). }
  destruct (Nat.le_gt_cases m n) as [L|L].
  - destruct (Bound m Max) as (c & h & Rt & R & B). exists c, h. repeat split; try apply R; auto.
    lia.
  - destruct (Bound n) as (c & h & Rt & R & B).
    + intros x Hx. apply row_spec, Hx.
    + exists c, h. repeat split; try apply R; auto; lia.
Qed.

Lemma filter_fewer : forall (f g : Z -> bool) l, (forall x, In x l -> f x = true -> g x = true) ->
  (length (filter f l) <= length (filter g l))%nat
  /\ forall y, In y l -> f y = false -> g y = true ->
     (length (filter f l) < length (filter g l))%nat.
Proof.
  intros f g l. induction l as [|a l IH]; intros H; simpl; [split; [lia|intros y []]|].
  destruct IH as [I1 I2]; [intros; apply H; simpl; auto|].
  pose proof (H a (or_introl eq_refl)) as Ha.
  split; [|intros y [<-|Hy] Fy Gy; [rewrite Fy, Gy; simpl; lia | specialize (I2 y Hy Fy Gy)]];
    destruct (f a), (g a); simpl; try lia; specialize (Ha eq_refl); discriminate.
Qed.

(** *** prefix_progress_rare

    With correct state alone, every route ends at the root after at most as many hops as the sender
    lacks digits of the longest prefix that any live node shares with the key, plus the number of
    live nodes that share it: the rare case occurs only among those, and each of its hops is
    strictly nearer. Leaf sets need not cover empty slots here.
    Source: [Rowstron01], routing ("the rare case").
    Swift: PastryNode.rankedCandidates; PrefixWalk.nearestKnown. *)
Theorem prefix_progress_rare : forall o m, In o S ->
  (exists y, In y S /\ row y = m) -> (forall x, In x S -> (row x <= m)%nat) ->
  exists c h, route o c h /\ is_root M key S c
    /\ (h <= m - row o + length (filter (fun x => agree block m x key) S))%nat.
Proof.
  intros o m Ho (y & Iy & Ey) Max.
  set (K := length (filter (fun x => agree block m x key) S)).
  set (ahead := fun a => length (filter (fun x => agree block m x key && closer M key x a) S)).
  assert (m <= n)%nat as Mn by (destruct (row_spec y Iy); lia).
  assert (forall x, In x S -> row x = m -> (ahead x < K)%nat) as Few.
  { intros x Hx Ex. unfold ahead, K. destruct (row_spec x Hx) as (_ & Ax & _). rewrite Ex in Ax.
    apply (proj2 (filter_fewer _ (fun x => agree block m x key) S
      (fun z _ H => proj1 (andb_prop _ _ H))) x Hx); auto.
    rewrite Ax. simpl. apply (closest_total M key x x x); auto. }
  set (potential := fun a => if (row a <? m)%nat then (m - row a - 1 + K)%nat else ahead a).
  assert (potential o <= m - row o + K - 1 /\ 1 <= K)%nat as [Start K1].
  { specialize (Few y Iy Ey) as Fy. split; [|lia]. unfold potential.
    destruct (Nat.ltb_spec (row o) m) as [L|L]; [lia|].
    specialize (Max o Ho). specialize (Few o Ho ltac:(lia)). lia. }
  destruct (route_ends potential) with (k := (m - row o + K - 1)%nat) (o := o)
    as (c & h & Rt & R & B); auto; [|exists c, h; repeat split; try apply R; auto; lia].
  intros a x Ha Hx E. pose proof (prefix_hop a Ha) as P. rewrite E in P.
  pose proof (Max a Ha) as Ma. pose proof (Max x Hx) as Mx.
  destruct P as [_ [R|[L|(En & Le & Near)]]]; [left; exact R | right | right]; unfold potential.
  - destruct (Nat.ltb_spec (row a) m) as [La|La]; [|lia].
    destruct (Nat.ltb_spec (row x) m) as [Lx|Lx]; [lia|].
    specialize (Few x Hx ltac:(lia)). lia.
  - assert (row a = m) as Ra.
    { destruct (Nat.eq_dec (row a) m) as [|N]; auto. exfalso.
      pose proof (entry_full C a Ha En y Iy) as F. destruct (row_spec y Iy) as (_ & _ & Y3).
      rewrite (proj2 (Y3 (Datatypes.S (row a)) ltac:(lia)) ltac:(lia)) in F. discriminate. }
    replace (row x) with m by lia. rewrite Ra, Nat.ltb_irrefl. unfold ahead.
    apply nearer_rank in Near. pose proof (S_points a Ha). pose proof (S_points x Hx).
    apply (proj2 (filter_fewer (fun z => agree block m z key && closer M key z x)
      (fun z => agree block m z key && closer M key z a) S ltac:(
        intros z Hz Hf; apply andb_prop in Hf as [H1 H2]; rewrite H1; simpl;
        rewrite closer_rank in * by auto;
        apply Z.ltb_lt; apply Z.ltb_lt in H2; lia)) x Hx).
    + rewrite (proj1 (closest_total M key x x x key_point ltac:(auto) ltac:(auto)
        ltac:(auto))), andb_false_r. reflexivity.
    + destruct (row_spec x Hx) as (_ & Ax & _). replace (row x) with m in Ax by lia.
      rewrite Ax. simpl. rewrite closer_rank by auto. apply Z.ltb_lt. exact Near.
Qed.

End Prefix.

(** The record [correct] is no empty promise: for every set of live nodes and every key there is
    such a state. *)
Lemma correct_exists : forall M n block S key, 0 < M -> (forall x, In x S -> point M x) ->
  exists leaf entry known, correct M n block S key leaf entry known.
Proof.
  intros M n block S key Mp P.
  exists (fun o => {|
    up_side := sort (fun x => clockwise M o x) (remove Z.eq_dec o S);
    down_side := sort (fun x => clockwise M x o) (remove Z.eq_dec o S);
    trims := true; whole := true |}).
  exists (fun o => find (fun x => agree block (Datatypes.S (shared n block o key)) x key) S).
  exists (fun _ => S).
  assert (forall o d, In o S ->
    (forall x y, point M x -> point M y -> d x = d y -> x = y) ->
    right_side o d S (sort d (remove Z.eq_dec o S))
    /\ forall x, In x S -> x = o \/ In x (sort d (remove Z.eq_dec o S))) as Right.
  { intros o d Ho Inj. destruct (sort_spec d (remove Z.eq_dec o S)) as [A B].
    - intros x y Hx Hy. apply in_remove in Hx as [Hx _], Hy as [Hy _]. auto.
    - assert (forall x, In x S -> x <> o -> In x (sort d (remove Z.eq_dec o S))) as In'.
      { intros x Hx N. apply B, in_in_remove; auto. }
      split; [|intros x Hx; destruct (Z.eq_dec x o); auto]. repeat split; auto.
      + intros x Hx. apply B, in_remove in Hx. tauto.
      + intros H. apply B, in_remove in H. tauto.
      + intros x Hx N Out. contradiction Out. auto. }
  constructor; simpl.
  - intros o Ho.
    destruct (Right o (fun x => clockwise M o x) Ho) as [R1 R2].
    { intros x y. apply clockwise_injective, P, Ho. }
    destruct (Right o (fun x => clockwise M x o) Ho) as [R3 R4].
    { intros x y. apply clockwise_injective_l, P, Ho. }
    repeat split; try apply R1; try apply R3. intros _ x Hx. destruct (R2 x Hx); auto.
  - auto.
  - intros o x _ E. apply find_some in E. exact E.
  - intros o _ E x Hx. apply (find_none _ _ E x Hx).
  - intros o _. apply incl_refl.
  - intros o Ho. split; intros x Hx; apply sort_spec in Hx.
    all: try (apply in_remove in Hx; tauto).
    all: intros a b Ha Hb; apply in_remove in Ha as [Ha _], Hb as [Hb _];
      first [apply clockwise_injective | apply clockwise_injective_l]; auto.
Qed.

Print Assumptions prefix_hop.
Print Assumptions prefix_progress.
Print Assumptions prefix_progress_rare.
