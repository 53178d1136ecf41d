(** Cluster-iterative routing: when it can fail, and how often.

    The caller goes through points p 0, p 1, ... to the key. At each level it asks the W certified
    nodes that it knows closest to the level's point; the union of the answers gives the next
    cluster. Certified ids cannot be invented, so an answer is a list of live ids, of whatever
    choice where the node is faulty.
    Swift: ClusterWalk (take, closest(to:count:)); ClusterIterativeRouter.ask. *)

From Coq Require Import ZArith Lia List Bool QArith.
From Redoubt Require Import Ring Order.
Import ListNotations.
Open Scope Z_scope.

Section Cluster.

Variable M : Z.
Hypothesis M_positive : 0 < M.
(** The live nodes: those with a certificate. *)
Variable S : list Z.
Hypothesis S_points : forall x, In x S -> point M x.

(** The W of a list that are closest to a point, closest first. *)
Definition cluster (W : nat) (p : Z) (ids : list Z) : list Z :=
  firstn W (sort (rank M p) ids).

Lemma sorted_ids : forall p ids, point M p -> incl ids S ->
  ascending (rank M p) (sort (rank M p) ids) /\ forall x, In x (sort (rank M p) ids) <-> In x ids.
Proof.
  intros p ids Hp Sub. apply sort_spec. intros x y Hx Hy. apply rank_injective; auto.
Qed.

(** *** cluster_union

    If all answers name certified live nodes only and one of them names the live node that is
    closest to a point, then it is the closest of the union of the answers; and if one of them names
    the W closest, then these are the W closest of the union.
    Source: [Castro02] (certified nodeIds); the design is this toolkit's own.
    Swift: ClusterWalk.take, ClusterWalk.closest(to:count:). *)
Theorem cluster_union : forall p answers honest,
  point M p -> (forall a, In a answers -> incl a S) -> In honest answers ->
  (forall c, is_root M p S c -> In c honest -> closest M p (concat answers) = Some c)
  /\ (forall W, incl (cluster W p S) honest -> cluster W p (concat answers) = cluster W p S).
Proof.
  intros p answers honest Hp Sound Hh.
  assert (incl (concat answers) S) as Sub.
  { intros x Hx. apply in_concat in Hx as (a & Ia & Ix). apply (Sound a Ia), Ix. }
  assert (incl honest (concat answers)) as Has.
  { intros x Hx. apply in_concat. exists honest. auto. }
  split.
  - intros c [Ic Hc] Hin. apply closest_some; auto. split; auto.
  - intros W Knows. unfold cluster in *.
    destruct (sorted_ids p S Hp (incl_refl S)) as [A1 A2].
    destruct (sorted_ids p (concat answers) Hp Sub) as [B1 B2].
    apply (firstn_selection (rank M p)); auto.
    + intros x Hx. apply A2, Sub, B2, Hx.
    + intros x Hx. apply B2, Has, Knows, Hx.
Qed.

(** The walk. [p i] is the point of level i; [W] the nodes that are asked at a level. *)
Variable W : nat.
Variable p : nat -> Z.
Hypothesis p_points : forall i, point M (p i).

(** The sample of level i: the nodes that a caller with true knowledge asks. It depends on the live
    ids and the points alone. *)
Definition sample (i : nat) : list Z := cluster W (p i) S.

Section Walk.

(** One fault set, and what nodes answer at each level. *)
Variable faulty : Z -> bool.
Variable answer : nat -> Z -> list Z.
(** Nobody can name a node without a certificate. *)
Hypothesis certified : forall i a, incl (answer i a) S.
(** An honest node of a level's sample knows the next level's sample. *)
Hypothesis honest_knows : forall i a, In a (sample i) -> faulty a = false ->
  incl (sample (Datatypes.S i)) (answer i a).

(** Whom the walk asks at level i, and, behind the last level, whom it sends the message to. *)
Fixpoint asked (i : nat) : list Z :=
  match i with
  | O => sample 0
  | Datatypes.S i => cluster W (p (Datatypes.S i)) (concat (map (answer i) (asked i)))
  end.

Definition all_faulty (i : nat) : bool := forallb faulty (sample i).

Lemma asked_sample : forall h, (forall i, (i < h)%nat -> all_faulty i = false) ->
  asked h = sample h.
Proof.
  induction h as [|h IH]; intros H; [reflexivity|]. simpl.
  rewrite IH by (intros; apply H; lia).
  assert (exists a, In a (sample h) /\ faulty a = false) as (a & Ia & Fa).
  { specialize (H h ltac:(lia)). unfold all_faulty in H.
    clear IH. induction (sample h) as [|x l IHl]; [discriminate|]. simpl in H.
    destruct (faulty x) eqn:F; [|exists x; simpl; auto].
    destruct (IHl H) as (a & Ia & Fa). exists a. simpl. auto. }
  apply (cluster_union (p (Datatypes.S h)) (map (answer h) (sample h)) (answer h a)).
  - apply p_points.
  - intros l Hl. apply in_map_iff in Hl as (b & <- & _). apply certified.
  - apply in_map. exact Ia.
  - apply honest_knows; auto.
Qed.

(** *** cluster_iterative

    A cluster-iterative walk of h levels that does not end with exactly the W nodes closest to the
    key met a level whose whole sample is faulty, given that an honest node of a level's sample
    knows the next level's sample.
    Source: this toolkit's own design, on the certified nodeIds of [Castro02].
    Swift: ClusterWalk, ClusterIterativeRouter. *)
Theorem cluster_iterative : forall h,
  asked h <> sample h -> exists i, (i < h)%nat /\ all_faulty i = true.
Proof.
  intros h N.
  assert ((exists i, (i < h)%nat /\ all_faulty i = true)
    \/ forall i, (i < h)%nat -> all_faulty i = false) as [E|E]; [|exact E|].
  - clear N. induction h as [|h [(i & L & A)|IH]]; [right; lia | left; exists i; split; auto |].
    destruct (all_faulty h) eqn:F; [left; exists h; auto|right].
    intros i L. destruct (Nat.eq_dec i h) as [->|N]; [exact F | apply IH; lia].
  - contradiction N. apply asked_sample, E.
Qed.

End Walk.

End Cluster.

(** Weights of families of fault sets. *)
Section Weight.

Variable Fault : Type.
Variable weight : Fault -> Q.
Variable family : list Fault.
Hypothesis weight_positive : forall f, In f family -> (0 <= weight f)%Q.

(** The weight of those fault sets of the family for which something holds. *)
Fixpoint weigh (l : list Fault) (event : Fault -> bool) : Q :=
  match l with
  | [] => 0
  | f :: rest => (if event f then weight f else 0) + weigh rest event
  end%Q.

Fixpoint sum (k : nat) (q : nat -> Q) : Q :=
  match k with O => 0 | S k => sum k q + q k end%Q.

Lemma sum_plus : forall k a b, (sum k (fun i => a i + b i) == sum k a + sum k b)%Q.
Proof. induction k as [|k IH]; intros a b; simpl; [ring|]. rewrite IH. ring. Qed.

Lemma sum_positive : forall k a, (forall i, 0 <= a i)%Q -> (0 <= sum k a)%Q.
Proof.
  induction k as [|k IH]; intros a H; simpl; [apply Qle_refl|].
  rewrite <- (Qplus_0_l 0). apply Qplus_le_compat; auto.
Qed.

Lemma sum_one : forall k a i, (forall j, 0 <= a j)%Q -> (i < k)%nat -> (a i <= sum k a)%Q.
Proof.
  induction k as [|k IH]; intros a i H L; [lia|]. simpl.
  destruct (Nat.eq_dec i k) as [->|N].
  - rewrite <- (Qplus_0_l (a k)) at 1. apply Qplus_le_compat; [|apply Qle_refl].
    apply sum_positive, H.
  - rewrite <- (Qplus_0_r (a i)). apply Qplus_le_compat; [apply IH; auto; lia | apply H].
Qed.

(** *** cluster_bound

    Over any finite family of fault sets with non-negative rational weights, the weight of those for
    which a walk of h levels fails is at most the sum over the levels of the weight of those in
    which the level's sample is entirely faulty, if it fails only where some sample is (which
    cluster_iterative says).
    Source: this toolkit's own design. Swift: ClusterParameters (why W is 13 or 32). *)
Theorem cluster_bound : forall h (fails : Fault -> bool) (all_faulty : nat -> Fault -> bool),
  (forall f, In f family -> fails f = true -> exists i, (i < h)%nat /\ all_faulty i f = true) ->
  (weigh family fails <= sum h (fun i => weigh family (all_faulty i)))%Q.
Proof.
  intros h fails all_faulty. revert weight_positive.
  induction family as [|f rest IH]; intros Pos H; simpl.
  - apply sum_positive. intros. apply Qle_refl.
  - rewrite sum_plus. apply Qplus_le_compat.
    2: { apply IH; intros; [apply Pos | apply H]; simpl; auto. }
    assert (forall i, 0 <= (if all_faulty i f then weight f else 0))%Q as P.
    { intros i. destruct (all_faulty i f); [apply Pos; simpl; auto | apply Qle_refl]. }
    destruct (fails f) eqn:E; [|apply sum_positive, P].
    destruct (H f (or_introl eq_refl) E) as (i & L & A).
    pose proof (sum_one h _ i P L) as B. simpl in B. rewrite A in B. exact B.
Qed.

End Weight.

Print Assumptions cluster_union.
Print Assumptions cluster_iterative.
Print Assumptions cluster_bound.
