(** The constrained routing table: what an entry depends on.

    [offer] and [entry] follow ConstrainedRoutingTable.offer: a node competes for the one slot that
    its id belongs to, and takes it if the slot is empty or if it is closer to the slot's point. *)

From Coq Require Import ZArith Lia List Bool.
From Redoubt Require Import Ring Digits.
Import ListNotations.
Open Scope Z_scope.

Section Constrained.

Variable M : Z.
Hypothesis M_positive : 0 < M.
Variable n : nat.
Variable block : nat -> Z.
Hypothesis D : digits M n block.

Section Slot.

(** A slot of somebody's table. *)
Variable owner : Z.
Variable r : nat.
Variable column : Z.
Hypothesis owner_point : point M owner.
Hypothesis row_exists : (r < n)%nat.
Hypothesis column_exists : 0 <= column < block r / block (S r).
Hypothesis column_foreign : column <> digit block r owner.

Let p : Z := constrained_point block owner r column.

(** [slots.slot(of:)] names this slot. *)
Definition belongs (x : Z) : bool :=
  Nat.eqb (shared n block owner x) r && (digit block r x =? column).

Definition offer (current : option Z) (x : Z) : option Z :=
  if belongs x
  then match current with
       | None => Some x
       | Some c => if closer M p x c then Some x else current
       end
  else current.

(** The slot after all ids were offered, in the order of the list. *)
Definition entry (ids : list Z) : option Z := fold_left offer ids None.

Lemma p_point : point M p.
Proof. unfold p. apply (constrained_point_range M n block D); auto. Qed.

Lemma belongs_domain : forall x, point M x -> belongs x = agree block (S r) x p.
Proof.
  intros x Hx. unfold belongs, p. apply eq_true_iff_eq.
  rewrite andb_true_iff, Nat.eqb_eq, Z.eqb_eq. apply (slot_domain M n block D); auto.
Qed.

Lemma offer_some : forall ids c,
  fold_left offer ids (Some c) = Some (fold_left (better M p) (filter belongs ids) c).
Proof.
  induction ids as [|x ids IH]; intros c; simpl; auto.
  replace (offer (Some c) x) with (if belongs x then Some (better M p c x) else Some c)
    by (unfold offer, better; destruct (belongs x), (closer M p x c); reflexivity).
  destruct (belongs x); apply IH.
Qed.

Lemma entry_filter : forall ids, entry ids = closest M p (filter belongs ids).
Proof.
  unfold entry. induction ids as [|x ids IH]; simpl; auto.
  replace (offer None x) with (if belongs x then Some x else None) by reflexivity.
  destruct (belongs x); [apply offer_some | exact IH].
Qed.

Lemma entry_domain : forall ids, (forall x, In x ids -> point M x) ->
  entry ids = closest M p (filter (fun x => agree block (S r) x p) ids).
Proof.
  intros ids Hp. rewrite entry_filter. f_equal. apply filter_ext_in.
  intros x Hx. apply belongs_domain, Hp, Hx.
Qed.

Lemma entry_root : forall ids c, (forall x, In x ids -> point M x) ->
  entry ids = Some c <-> is_root M p (filter (fun x => agree block (S r) x p) ids) c.
Proof.
  intros ids c Hp. rewrite entry_domain by auto.
  assert (forall x, In x (filter (fun x => agree block (S r) x p) ids) -> point M x) as Hf.
  { intros x Hx. apply filter_In in Hx as [Hx _]. auto. }
  pose proof p_point. split; intros H0.
  - apply closest_is_root; auto.
  - apply closest_some; auto.
Qed.

Lemma entry_none : forall ids, (forall x, In x ids -> point M x) ->
  entry ids = None <-> forall x, In x ids -> agree block (S r) x p = false.
Proof.
  intros ids Hp. rewrite entry_domain, closest_none by auto. split.
  - intros E x Hx. destruct (agree block (S r) x p) eqn:A; auto. exfalso.
    assert (In x []) as []. rewrite <- E. apply filter_In. auto.
  - intros H. induction ids as [|x ids IH]; simpl; auto.
    rewrite (H x) by (simpl; auto). apply IH; intros; [apply Hp|apply H]; simpl; auto.
Qed.

(** The former entry, against which an added id has to win. *)
Definition beats (a : Z) (former : option Z) : Prop :=
  match former with None => True | Some c => closer M p a c = true end.

End Slot.

(** *** constrained_determined

    A slot of the constrained table holds the id that is closest to the slot's point among the ids
    in the slot's prefix domain, or nothing if there is none: in whatever order and how often the
    ids were offered, and whoever the owner is, as long as row and point are the same.
    Source: [Castro02], routing table maintenance, via [Urdaneta11].
    Swift: ConstrainedRoutingTable.offer, SlotTable.slot(of:), RingInteger.slotRange. *)
Theorem constrained_determined : forall owner owner' r column column' ids ids',
  point M owner -> point M owner' -> (r < n)%nat ->
  0 <= column < block r / block (S r) -> 0 <= column' < block r / block (S r) ->
  column <> digit block r owner -> column' <> digit block r owner' ->
  (forall x, In x ids -> point M x) -> (forall x, In x ids' <-> In x ids) ->
  let p := constrained_point block owner r column in
  p = constrained_point block owner' r column' ->
  entry owner r column ids = entry owner' r column' ids'
  /\ (forall c, entry owner r column ids = Some c <->
        is_root M p (filter (fun x => agree block (S r) x p) ids) c)
  /\ (entry owner r column ids = None <->
        forall x, In x ids -> agree block (S r) x p = false).
Proof.
  intros owner owner' r column column' ids ids' Ho Ho' L Hc Hc' Nc Nc' Hp Same p Ep.
  assert (forall x, In x ids' -> point M x) as Hp' by (intros x Hx; apply Hp, Same, Hx).
  split; [|split; [intros c; apply entry_root; auto | apply entry_none; auto]].
  destruct (entry owner r column ids) as [c|] eqn:E; symmetry.
  - apply entry_root; auto. apply entry_root in E as [I H]; auto. fold p in I, H.
    rewrite <- Ep. apply filter_In in I as [I1 I2]. split.
    + apply filter_In. split; [apply Same|]; auto.
    + intros x Hx. apply filter_In in Hx as [Hx Ax]. apply H. apply filter_In.
      split; [apply Same|]; auto.
  - apply entry_none; auto. rewrite <- Ep. rewrite entry_none in E by auto.
    intros x Hx. apply E, Same, Hx.
Qed.

(** *** constrained_added

    If ids are added and an entry changes, then it changes to one of the added ids, which lies in
    the slot's domain and is closer to the point than every id that was there before: an adversary
    changes an entry only by owning the closest id.
    Source: [Castro02], routing table maintenance.
    Swift: ConstrainedRoutingTable.offer, ConstrainedRoutingTable.wants. *)
Theorem constrained_added : forall owner r column ids added,
  point M owner -> (r < n)%nat -> 0 <= column < block r / block (S r) ->
  column <> digit block r owner ->
  (forall x, In x (ids ++ added) -> point M x) ->
  let p := constrained_point block owner r column in
  entry owner r column (ids ++ added) <> entry owner r column ids ->
  exists a, In a added /\ ~ In a ids /\ entry owner r column (ids ++ added) = Some a
    /\ agree block (S r) a p = true
    /\ beats owner r column a (entry owner r column ids)
    /\ forall x, In x ids -> agree block (S r) x p = true -> closer M p a x = true.
Proof.
  intros owner r column ids added Ho L Hc Nc Hp p N.
  assert (forall x, In x ids -> point M x) as Hi by (intros; apply Hp, in_or_app; auto).
  destruct (entry owner r column (ids ++ added)) as [a|] eqn:E.
  - apply entry_root in E as [I H]; auto. fold p in I, H. apply filter_In in I as [I A].
    assert (~ In a ids) as Na.
    { intros Ia. apply N. symmetry. apply entry_root; auto. fold p. split.
      - apply filter_In; auto.
      - intros x Hx. apply filter_In in Hx as [Hx Ax]. apply H. apply filter_In.
        split; [apply in_or_app|]; auto. }
    assert (forall x, In x ids -> agree block (S r) x p = true -> closer M p a x = true) as W.
    { intros x Hx Ax. apply H; [|congruence].
      apply filter_In. split; [apply in_or_app; auto | exact Ax]. }
    exists a. apply in_app_or in I as [I|I]; [contradiction|]. repeat split; auto.
    destruct (entry owner r column ids) as [c|] eqn:F; simpl; auto.
    apply entry_root in F as [Ic _]; auto. fold p in Ic. apply filter_In in Ic as [Ic Ac].
    apply W; auto.
  - exfalso. apply N. symmetry. apply entry_none; auto. rewrite entry_none in E by auto.
    intros x Hx. apply E. apply in_or_app. auto.
Qed.

(** *** constrained_removed

    Removing ids other than the entry itself does not change the entry.
    Source: [Castro02], routing table maintenance.
    Swift: ConstrainedRoutingTable.remove. *)
Theorem constrained_removed : forall owner r column ids rest,
  point M owner -> (r < n)%nat -> 0 <= column < block r / block (S r) ->
  column <> digit block r owner ->
  (forall x, In x ids -> point M x) -> incl rest ids ->
  (forall c, entry owner r column ids = Some c -> In c rest) ->
  entry owner r column rest = entry owner r column ids.
Proof.
  intros owner r column ids rest Ho L Hc Nc Hp Sub Keep.
  assert (forall x, In x rest -> point M x) as Hr by auto.
  destruct (entry owner r column ids) as [c|] eqn:E.
  - specialize (Keep c eq_refl). apply entry_root; auto. apply entry_root in E as [I H]; auto.
    apply filter_In in I as [I A]. split.
    + apply filter_In; auto.
    + intros x Hx. apply filter_In in Hx as [Hx Ax]. apply H. apply filter_In. auto.
  - apply entry_none; auto. rewrite entry_none in E by auto. auto.
Qed.

End Constrained.

Print Assumptions constrained_determined.
Print Assumptions constrained_added.
Print Assumptions constrained_removed.
