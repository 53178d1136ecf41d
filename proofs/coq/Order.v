(** Lists that are kept in ascending order of a distance, and their first n members.

    This is how a side of a leaf set and a list of nodes closest to a point are kept: insertion in
    place, a second copy refused, the last one dropped when there are more than n.
    Swift: LeafSet.place, RootList.place, ClusterWalk.closest(to:count:). *)

From Coq Require Import ZArith Lia List Bool.
Import ListNotations.
Open Scope Z_scope.

Lemma firstn_in : forall n (l : list Z) x, In x (firstn n l) -> In x l.
Proof.
  induction n; intros [|y l] x; simpl; try tauto. intros [->|H]; auto.
Qed.

Lemma firstn_more : forall a b (l : list Z) x, (a <= b)%nat ->
  In x (firstn a l) -> In x (firstn b l).
Proof.
  intros a b l x L H. rewrite <- (Nat.min_l a b L), <- firstn_firstn in H.
  apply firstn_in in H. exact H.
Qed.

Section Order.

Variable d : Z -> Z.

(** Strictly ascending: every member is nearer than all that follow it. *)
Fixpoint ascending (l : list Z) : Prop :=
  match l with
  | [] => True
  | a :: rest => (forall x, In x rest -> d a < d x) /\ ascending rest
  end.

Fixpoint insert (p : Z) (l : list Z) : list Z :=
  match l with
  | [] => [p]
  | a :: rest =>
    if d p =? d a then l else if d p <? d a then p :: l else a :: insert p rest
  end.

Definition sort (l : list Z) : list Z := fold_left (fun acc p => insert p acc) l [].

Lemma insert_in : forall p l x, In x (insert p l) -> x = p \/ In x l.
Proof.
  intros p l x. induction l as [|a rest IH]; simpl.
  - intros [<-|[]]; auto.
  - destruct (d p =? d a); [auto|]. destruct (d p <? d a); simpl.
    + intros [<-|H]; auto.
    + intros [<-|H]; auto. destruct (IH H); auto.
Qed.

Lemma insert_keeps : forall p l x, In x l -> In x (insert p l).
Proof.
  intros p l x. induction l as [|a rest IH]; simpl; [contradiction|].
  intros H. destruct (d p =? d a); [exact H|]. destruct (d p <? d a); simpl; auto.
  destruct H; auto.
Qed.

Lemma insert_adds : forall p l, (forall x, In x l -> d x = d p -> x = p) -> In p (insert p l).
Proof.
  intros p l. induction l as [|a rest IH]; simpl; intros H; [auto|].
  destruct (Z.eqb_spec (d p) (d a)) as [E|_].
  - left. apply H; auto.
  - destruct (d p <? d a); simpl; auto.
Qed.

Lemma insert_ascending : forall p l, ascending l -> ascending (insert p l).
Proof.
  intros p l. induction l as [|a rest IH]; simpl; [intuition|].
  intros [H1 H2]. destruct (Z.eqb_spec (d p) (d a)) as [E|E]; [simpl; auto|].
  destruct (Z.ltb_spec (d p) (d a)) as [L|L]; simpl.
  - split; auto. intros x [<-|Hx]; auto. specialize (H1 x Hx). lia.
  - split; auto. intros x Hx. apply insert_in in Hx as [->|Hx]; auto. lia.
Qed.

(** What was dropped by one truncation is not missed by the next. *)
Lemma insert_firstn : forall p l n, firstn n (insert p (firstn n l)) = firstn n (insert p l).
Proof.
  intros p l. induction l as [|a rest IH]; intros [|n]; simpl; try reflexivity.
  destruct (d p =? d a); [exact (firstn_all2 _ (firstn_le_length (S n) (a :: rest)))|].
  destruct (d p <? d a); simpl; [|rewrite IH; reflexivity].
  f_equal. destruct n; [reflexivity|]. rewrite !firstn_cons, firstn_firstn.
  f_equal. f_equal. lia.
Qed.

(** Two ascending lists with the same members are the same list. *)
Lemma ascending_unique : forall l l', ascending l -> ascending l' ->
  (forall x, In x l <-> In x l') -> l = l'.
Proof.
  induction l as [|a l IH]; intros [|b l'] A A' H; auto.
  - exfalso. apply (proj2 (H b)). simpl. auto.
  - exfalso. apply (proj1 (H a)). simpl. auto.
  - destruct A as [A1 A2], A' as [B1 B2].
    assert (a = b) as ->.
    { destruct (proj1 (H a) (or_introl eq_refl)) as [E|I]; [auto|].
      destruct (proj2 (H b) (or_introl eq_refl)) as [E|I']; [auto|].
      specialize (B1 _ I). specialize (A1 _ I'). lia. }
    f_equal. apply IH; auto. intros x. split; intros Hx.
    + destruct (proj1 (H x) (or_intror Hx)) as [E|I]; [subst|exact I].
      specialize (A1 _ Hx). lia.
    + destruct (proj2 (H x) (or_intror Hx)) as [E|I]; [subst|exact I].
      specialize (B1 _ Hx). lia.
Qed.

(** A selection that still has the first n members of a list has the same first n members. *)
Lemma firstn_selection : forall n l l', ascending l -> ascending l' -> incl l' l ->
  incl (firstn n l) l' -> firstn n l' = firstn n l.
Proof.
  induction n as [|n IH]; intros [|a l] [|b l'] A A' Sub Has; simpl in *; auto.
  - exfalso. apply (Sub b). simpl. auto.
  - exfalso. apply (Has a). simpl. auto.
  - destruct A as [A1 A2], A' as [B1 B2].
    assert (a = b) as ->.
    { destruct (Has a (or_introl eq_refl)) as [E|I]; [auto|].
      destruct (Sub b (or_introl eq_refl)) as [E|I']; [auto|].
      specialize (B1 _ I). specialize (A1 _ I'). lia. }
    f_equal. apply IH; auto.
    + intros x Hx. destruct (Sub x (or_intror Hx)) as [E|I]; [subst|exact I].
      specialize (B1 _ Hx). lia.
    + intros x Hx. destruct (Has x (or_intror Hx)) as [E|I]; [subst|exact I].
      apply firstn_in in Hx. specialize (A1 _ Hx). lia.
Qed.

Lemma firstn_ascending : forall n l, ascending l -> ascending (firstn n l).
Proof.
  induction n as [|n IH]; intros [|a l]; simpl; auto. intros [H1 H2]. split; auto.
  intros x Hx. apply H1. apply firstn_in in Hx. exact Hx.
Qed.

Lemma ascending_nodup : forall l, ascending l -> NoDup l.
Proof.
  induction l as [|a l IH]; intros A; constructor.
  - intros H. destruct A as [A _]. specialize (A _ H). lia.
  - apply IH, A.
Qed.

(** Members of an ascending list with the same distance are the same. *)
Lemma ascending_injective : forall l a b, ascending l -> In a l -> In b l -> d a = d b -> a = b.
Proof.
  induction l as [|c l IH]; simpl; [tauto|]. intros a b [H1 H2] [->|Ha] [->|Hb] E; auto.
  - specialize (H1 _ Hb). lia.
  - specialize (H1 _ Ha). lia.
Qed.

Lemma fold_insert : forall (a : list Z) l, ascending l ->
  (forall x y, In x (a ++ l) -> In y (a ++ l) -> d x = d y -> x = y) ->
  let r := fold_left (fun acc p => insert p acc) a l in
  ascending r /\ forall x, In x r <-> In x a \/ In x l.
Proof.
  induction a as [|p a IH]; simpl; intros l A Inj; [intuition|].
  destruct (IH (insert p l)) as [R1 R2].
  - apply insert_ascending, A.
  - intros x y Hx Hy. apply Inj.
    + rewrite in_app_iff in *. destruct Hx as [Hx|Hx]; auto.
      apply insert_in in Hx as [->|Hx]; auto.
    + rewrite in_app_iff in *. destruct Hy as [Hy|Hy]; auto.
      apply insert_in in Hy as [->|Hy]; auto.
  - split; auto. intros x. rewrite R2. split.
    + intros [H|H]; auto. apply insert_in in H as [->|H]; auto.
    + intros [[<-|H]|H]; auto.
      * right. apply insert_adds. intros x Hx E. apply Inj; auto.
        rewrite in_app_iff. auto.
      * right. apply insert_keeps, H.
Qed.

Lemma sort_spec : forall l, (forall x y, In x l -> In y l -> d x = d y -> x = y) ->
  ascending (sort l) /\ forall x, In x (sort l) <-> In x l.
Proof.
  intros l Inj. destruct (fold_insert l [] I) as [R1 R2].
  - rewrite app_nil_r. exact Inj.
  - split; auto. intros x. unfold sort. rewrite R2. simpl. tauto.
Qed.

End Order.
