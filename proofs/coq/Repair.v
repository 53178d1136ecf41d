(** Leaf-set repair: asking the farthest live member restores a side.

    One side of one leaf set. [d] is the distance from the owner in the side's direction, and the
    live nodes of the half of the ring on that side are the ascending list [live]. A node from the
    other half never extends a side: LeafSet.insert with wraps: false. (In an overlay so small that
    mayWrap holds, a side may take such nodes; repair then ends by declareWhole, which is not
    modelled here.) All nodes that an answer names are probed before they get in, so that only live
    ones do: a false answer can leave nodes out, but cannot add any. *)

From Coq Require Import ZArith Lia List Bool.
From Redoubt Require Import Order LeafSet.
Import ListNotations.
Open Scope Z_scope.

Section Repair.

Variable d : Z -> Z.
(** Half of the ring. *)
Variable half : Z.
(** l/2, the members that a side can have. *)
Variable n : nat.

(** [LeafSet.place], wraps: false: in its place, no second copy, at most n; nobody of the other half
    extends the side. Sides hold near nodes only, so that every far node lies beyond all. *)
Definition place (side : list Z) (p : Z) : list Z :=
  if half <=? d p then side else firstn n (insert d p side).

Definition merge (side answer : list Z) : list Z := fold_left place answer side.

(** All that is named in the round in which a node is asked, by it and by the member of the other
    side that is asked at the same time, after the nodes that they name were probed. *)
Variable ask : Z -> list Z.

(** [PastryNode.settle]: while the side has room, its farthest member is asked. *)
Definition round (side : list Z) : list Z :=
  if (length side <? n)%nat then
    match rev side with
    | [] => side
    | farthest :: _ => merge side (ask farthest)
    end
  else side.

Fixpoint rounds (k : nat) (side : list Z) : list Z :=
  match k with O => side | S k => rounds k (round side) end.

(** The live nodes of the near half. *)
Variable live : list Z.
Hypothesis live_sorted : ascending d live.
Hypothesis live_near : forall x, In x live -> d x < half.

(** What has to be named in a round, if the asked member is the m-th nearest: the next j live nodes
    behind it and nobody beyond them, at least one if there is one. Whom it names before itself or
    in the other half does not matter. *)
Definition knows_next (m : nat) (answer : list Z) : Prop :=
  (forall x, In x answer -> d x < half -> In x live)
  /\ exists j, (1 <= j)%nat
     /\ (forall x, In x (firstn (m + j) live) -> In x (firstn m live) \/ In x answer)
     /\ (forall x, In x answer -> d x < half -> In x (firstn (m + j) live)).

Lemma merge_firstn : forall answer l,
  merge (firstn n l) answer
  = firstn n (fold_left (fun acc p => insert d p acc)
                (filter (fun p => negb (half <=? d p)) answer) l).
Proof.
  unfold merge. induction answer as [|p answer IH]; intros l; simpl; auto.
  unfold place at 2. destruct (half <=? d p); simpl; auto. rewrite insert_firstn. apply IH.
Qed.

(** One answer: the side grows by what the asked member knows, up to n. *)
Lemma merge_spec : forall m answer, (m <= n)%nat -> knows_next m answer ->
  exists j, (1 <= j)%nat /\ merge (firstn m live) answer = firstn (Nat.min n (m + j)) live.
Proof.
  intros m answer L (Sound & j & J & Has & Only). exists j. split; auto.
  replace (firstn m live) with (firstn n (firstn m live)) at 1
    by (rewrite firstn_firstn; f_equal; lia).
  rewrite merge_firstn, <- firstn_firstn. f_equal.
  set (near := filter (fun p => negb (half <=? d p)) answer).
  assert (forall x, In x near <-> In x answer /\ d x < half) as Near.
  { intros x. unfold near. rewrite filter_In, negb_true_iff, Z.leb_gt. reflexivity. }
  destruct (fold_insert d near (firstn m live)) as [F1 F2].
  - apply firstn_ascending, live_sorted.
  - assert (forall x, In x (near ++ firstn m live) -> In x live) as InL.
    { intros x Hx. apply in_app_or in Hx as [Hx|Hx].
      - apply Near in Hx as [H1 H2]. auto.
      - apply firstn_in in Hx. exact Hx. }
    intros x y Hx Hy E. apply (ascending_injective d live); auto.
  - apply (ascending_unique d); [exact F1 | apply firstn_ascending, live_sorted |].
    intros x. rewrite F2. split.
    + intros [H|H]; [apply Near in H as [H1 H2]; auto|].
      apply (firstn_more m (m + j)); [lia|exact H].
    + intros H. destruct (Has x H) as [H'|H']; auto. left. apply Near. split; auto.
      apply live_near. apply firstn_in in H. exact H.
Qed.

(** What every node that may be asked has to know, by its place. *)
Hypothesis ask_right : forall before a after, live = before ++ a :: after ->
  (length before + 1 < n)%nat -> knows_next (length before + 1) (ask a).

Lemma round_spec : forall m, (1 <= m)%nat -> (m <= length live)%nat -> (m < n)%nat ->
  exists j, (1 <= j)%nat /\ round (firstn m live) = firstn (Nat.min n (m + j)) live.
Proof.
  intros m M1 ML MN. unfold round. rewrite firstn_length_le by lia.
  rewrite (proj2 (Nat.ltb_lt m n) MN).
  destruct (rev (firstn m live)) as [|a before] eqn:E.
  - apply (f_equal (@length Z)) in E. rewrite rev_length, firstn_length_le in E by lia.
    simpl in E. lia.
  - assert (firstn m live = rev before ++ [a]) as F.
    { rewrite <- (rev_involutive (firstn m live)), E. reflexivity. }
    assert (length (rev before) + 1 = m)%nat as Lb.
    { apply (f_equal (@length Z)) in F. rewrite firstn_length_le, app_length in F by lia.
      simpl in F. lia. }
    assert (live = rev before ++ a :: skipn m live) as Split.
    { rewrite <- (firstn_skipn m live) at 1. rewrite F, <- app_assoc. reflexivity. }
    pose proof (ask_right _ _ _ Split ltac:(lia)) as K. rewrite Lb in K.
    apply merge_spec; [lia|exact K].
Qed.

(** *** leafset_repair

    If a side holds at least one live member and no live node nearer than its members is missing,
    then asking the farthest member, merging its answer and keeping the l/2 nearest, at most l/2
    less one times, makes the side hold exactly the l/2 nearest live nodes, and it stays so;
    provided that each member asked names the live nodes next behind it, at least one if there is
    one, and skips nobody between those that it names.
    Source: [Rowstron01], node departure; [Castro04].
    Swift: PastryNode.settle, takeReply, absorb; LeafSet.insert, place. *)
Theorem leafset_repair : forall m k, (m <= n)%nat -> firstn m live <> [] -> (n <= m + k)%nat ->
  rounds k (firstn m live) = firstn n live.
Proof.
  intros m k. revert m. induction k as [|k IH]; intros m MN Some MK; simpl.
  - f_equal. lia.
  - assert (1 <= m /\ 1 <= length live)%nat as [M1 L1].
    { destruct m; [contradiction Some; reflexivity|]. destruct live; [contradiction Some;
      reflexivity|]. simpl. lia. }
    destruct (Nat.ltb_spec (length (firstn m live)) n) as [Room|Full].
    + rewrite firstn_length in Room.
      destruct (round_spec (Nat.min m (length live))) as (j & J & E); try lia.
      replace (firstn m live) with (firstn (Nat.min m (length live)) live).
      2: { destruct (Nat.le_gt_cases m (length live)); [f_equal; lia|].
           rewrite !firstn_all2; auto; lia. }
      rewrite E. destruct (Nat.le_gt_cases m (length live)) as [ML|ML].
      * apply IH; try lia. destruct live; [simpl in L1; lia|].
        destruct (Nat.min n _) eqn:Z0; [lia | discriminate].
      * replace (firstn (Nat.min n (Nat.min m (length live) + j)) live) with (firstn n live)
          by (rewrite !firstn_all2; auto; lia).
        apply IH; try lia. destruct live; [simpl in L1; lia|]. destruct n; [lia | discriminate].
    + rewrite firstn_length in Full. replace m with n in * by lia.
      replace (round (firstn n live)) with (firstn n live).
      * apply IH; auto. lia.
      * unfold round. rewrite firstn_length, Nat.min_l, Nat.ltb_irrefl by lia. reflexivity.
Qed.

End Repair.

Lemma filter_firstn : forall (f : Z -> bool) k l,
  filter f (firstn k l) = firstn (length (filter f (firstn k l))) (filter f l).
Proof.
  intros f. induction k as [|k IH]; intros [|a l]; simpl; auto.
  destruct (f a); simpl; [f_equal|]; apply IH.
Qed.

(** *** leafset_repair_failures

    A side that held exactly the l/2 nearest nodes, lost those that failed and kept at least one
    live member is restored to exactly the l/2 nearest of the nodes that still live.
    Source: [Rowstron01], node departure; [Castro04].
    Swift: PastryNode.lose, LeafSet.remove, PastryNode.settle. *)
Theorem leafset_repair_failures : forall d half n ask nodes alive,
  ascending d nodes -> (forall x, In x nodes -> d x < half) ->
  let live := filter alive nodes in
  let left := filter alive (firstn n nodes) in
  (forall before a after, live = before ++ a :: after -> (length before + 1 < n)%nat ->
    knows_next d half live (length before + 1) (ask a)) ->
  left <> [] ->
  forall k, (n <= length left + k)%nat -> rounds d half n ask k left = firstn n live.
Proof.
  intros d half n ask nodes alive A Near live left Ask Some k K.
  assert (forall l, ascending d l -> ascending d (filter alive l)) as Keep.
  { induction l as [|a l IH]; simpl; auto. intros [H1 H2]. destruct (alive a); simpl; auto.
    split; auto. intros x Hx. apply filter_In in Hx as [Hx _]. auto. }
  unfold left in *. rewrite filter_firstn in Some |- *. fold live in Some |- *.
  apply leafset_repair; auto.
  - apply Keep, A.
  - intros x Hx. apply filter_In in Hx as [Hx _]. auto.
  - pose proof (firstn_le_length n nodes) as L.
    assert (forall l, length (filter alive l) <= length l)%nat as F.
    { induction l as [|a l IH]; simpl; auto. destruct (alive a); simpl; lia. }
    specialize (F (firstn n nodes)). lia.
Qed.

(** *** leafset_repair_right

    A side that holds exactly the nearest live nodes is right in the sense of closest_leafset, so
    that a repaired leaf set names the root of every key that it covers.
    Source: [Rowstron01], routing. Swift: LeafSet.covers(_:). *)
Theorem leafset_repair_right : forall (o : Z) d half n live S,
  ascending d live -> (forall x, In x live <-> In x S /\ x <> o /\ d x < half) ->
  right_side o d S (firstn n live).
Proof.
  intros o d half n live S A Same. repeat split.
  - apply firstn_ascending, A.
  - intros x Hx. apply firstn_in in Hx. apply Same, Hx.
  - intros H. apply firstn_in in H. apply Same in H. tauto.
  - intros x Sx Nx Out p Ip. destruct (Z.lt_ge_cases (d x) half) as [L|L].
    + assert (In x live) as Il by (apply Same; auto).
      rewrite <- (firstn_skipn n live) in Il. apply in_app_or in Il as [Il|Il]; [contradiction|].
      revert A Ip Il. generalize n. clear. intros n. revert live.
      induction n as [|n IH]; intros [|a l]; simpl; try tauto.
      intros [A1 A2] [<-|Ip] Il; [|eapply IH; eauto].
      apply A1. rewrite <- (firstn_skipn n l). apply in_or_app. auto.
    + apply firstn_in in Ip. apply Same in Ip. lia.
Qed.

Print Assumptions leafset_repair.
Print Assumptions leafset_repair_failures.
Print Assumptions leafset_repair_right.
