(** How many fault sets contain a given sample.

    Among all sets of F faulty nodes out of N, the share of those that contain W given nodes is
    C(N-W, F-W) / C(N, F), at most (F/N)^W: drawing without replacement is no worse than f^W. *)

From Coq Require Import ZArith Lia List Bool Arith Permutation.
From Redoubt Require Ring Order Cluster.
Import ListNotations.

(** C(n, k) by Pascal's rule. *)
Fixpoint binomial (n k : nat) : nat :=
  match k, n with
  | O, _ => 1
  | S _, O => 0
  | S j, S m => binomial m j + binomial m k
  end.

(** All sublists with k members: all sets of k nodes. *)
Fixpoint choose (k : nat) (l : list Z) : list (list Z) :=
  match l, k with
  | _, O => [[]]
  | [], S _ => []
  | x :: rest, S k => map (cons x) (choose k rest) ++ choose (S k) rest
  end.

Definition contains (given s : list Z) : bool :=
  forallb (fun x => existsb (Z.eqb x) s) given.

Lemma choose_zero : forall l, choose 0 l = [[]].
Proof. intros []; reflexivity. Qed.

Lemma choose_length : forall l k, length (choose k l) = binomial (length l) k.
Proof.
  induction l as [|x l IH]; intros [|k]; simpl; try reflexivity.
  rewrite app_length, map_length, !IH. reflexivity.
Qed.

(** What [choose] lists are the selections without repetition, in the order of the list. *)
Lemma choose_incl : forall l k s, In s (choose k l) -> incl s l /\ length s = k.
Proof.
  induction l as [|x l IH]; intros [|k] s; simpl; try tauto.
  1, 2: intros [<-|[]]; split; [intros y []|reflexivity].
  intros H. apply in_app_or in H as [H|H].
  - apply in_map_iff in H as (t & <- & H). destruct (IH _ _ H) as [H1 H2].
    split; [|simpl; lia]. intros y [->|Hy]; simpl; auto.
  - destruct (IH _ _ H) as [H1 H2]. split; auto. intros y Hy. simpl. auto.
Qed.

Lemma existsb_in : forall x s, existsb (Z.eqb x) s = true <-> In x s.
Proof.
  intros x s. rewrite existsb_exists. split.
  - intros (y & Hy & E). apply Z.eqb_eq in E. subst. exact Hy.
  - intros H. exists x. split; [exact H | apply Z.eqb_refl].
Qed.

Lemma contains_in : forall given s, contains given s = true <-> incl given s.
Proof.
  intros given s. unfold contains. rewrite forallb_forall. split; intros H x Hx.
  - apply existsb_in, H, Hx.
  - apply existsb_in, H, Hx.
Qed.

Lemma filter_map : forall (f : list Z -> bool) (g : list Z -> list Z) l,
  filter f (map g l) = map g (filter (fun s => f (g s)) l).
Proof.
  intros f g. induction l as [|x l IH]; simpl; auto. destruct (f (g x)); simpl; congruence.
Qed.

Lemma filter_none : forall (f : list Z -> bool) l, (forall s, In s l -> f s = false) ->
  filter f l = [].
Proof.
  intros f. induction l as [|x l IH]; intros H; simpl; auto.
  rewrite (H x) by (simpl; auto). apply IH. intros. apply H. simpl. auto.
Qed.

Lemma binomial_one : forall n, binomial n 0 = 1.
Proof. intros []; reflexivity. Qed.

Lemma binomial_zero : forall n k, n < k -> binomial n k = 0.
Proof.
  induction n as [|n IH]; intros [|k] H; cbn [binomial]; try lia. rewrite !IH; lia.
Qed.

(** *** subset_count

    Of all sets of F nodes out of N, those that contain W given nodes are as many as there are sets
    of F - W nodes out of the N - W others: C(N-W, F-W) of C(N, F), exactly.
    Source: [Castro02], model (faulty nodes without replacement).
    Swift: the closed forms of Bounds; BinomialDistribution for the limit of large N. *)
Theorem subset_count : forall nodes given F,
  NoDup nodes -> NoDup given -> incl given nodes -> length given <= F ->
  length (filter (contains given) (choose F nodes))
    = binomial (length nodes - length given) (F - length given)
  /\ length (choose F nodes) = binomial (length nodes) F.
Proof.
  intros nodes given F ND NG Sub WF. split; [|apply choose_length].
  revert given F ND NG Sub WF.
  induction nodes as [|x nodes IH]; intros given F ND NG Sub WF.
  - assert (given = []) as -> by (destruct given as [|g]; auto; destruct (Sub g); simpl; auto).
    destruct F; reflexivity.
  - inversion ND as [|y l Nx ND']; subst.
    assert (forall l, NoDup l -> incl l nodes -> length l <= length nodes) as Small
      by (intros; apply NoDup_incl_length; auto).
    destruct F as [|F].
    { assert (given = []) as -> by (destruct given; [auto | simpl in WF; lia]). reflexivity. }
    cbn [choose]. rewrite filter_app, app_length, filter_map, map_length.
    destruct (in_dec Z.eq_dec x given) as [G|G].
    + (* x is given: every set that counts has it *)
      set (less := remove Z.eq_dec x given).
      assert (length given = S (length less) /\ NoDup less /\ incl less nodes) as (L & NL & SL).
      { unfold less. split; [|split].
        - clear -NG G. induction given as [|g given IHg]; [destruct G|].
          inversion NG as [|y l Ng NG']; subst. simpl. destruct (Z.eq_dec x g) as [->|D].
          + f_equal. rewrite notin_remove; auto.
          + simpl. f_equal. apply IHg; auto. destruct G; [congruence|auto].
        - clear -NG. induction NG as [|g l Ng NG IHg]; simpl; [constructor|].
          destruct (Z.eq_dec x g); auto. constructor; auto.
          intros I. apply in_remove in I. tauto.
        - intros z Hz. apply in_remove in Hz as [Hz D].
          destruct (Sub z Hz); [congruence|assumption]. }
      rewrite (filter_none (contains given) (choose (S F) nodes)).
      2: { intros s Hs. apply choose_incl in Hs as [Hs _].
           destruct (contains given s) eqn:E; [|reflexivity]. exfalso.
           rewrite contains_in in E. apply Nx, Hs, E, G. }
      rewrite (filter_ext_in _ (contains less)).
      2: { intros s Hs. apply eq_true_iff_eq. rewrite !contains_in. unfold less. split.
           - intros H z Hz. apply in_remove in Hz as [Hz D].
             destruct (H z Hz); [congruence|assumption].
           - intros H z Hz. destruct (Z.eq_dec z x) as [->|D]; [simpl; auto|].
             right. apply H, in_in_remove; auto. }
      simpl length. rewrite IH, L by (auto; lia). simpl. lia.
    + (* x is not given: sets with it and sets without it *)
      assert (incl given nodes) as SG by (intros z Hz; destruct (Sub z Hz); [congruence|auto]).
      rewrite (filter_ext_in _ (contains given)).
      2: { intros s Hs. apply eq_true_iff_eq. rewrite !contains_in. split; intros H z Hz.
           - destruct (H z Hz); [congruence|auto].
           - simpl. auto. }
      specialize (Small given NG SG). simpl length.
      rewrite (IH given (S F)) by (auto; lia).
      destruct (Nat.eq_dec (length given) (S F)) as [E|E].
      * rewrite (filter_none (contains given) (choose F nodes)).
        2: { intros s Hs. apply choose_incl in Hs as [_ Hs].
             destruct (contains given s) eqn:C; [|reflexivity]. exfalso.
             rewrite contains_in in C. apply NoDup_incl_length in C; auto. lia. }
        rewrite E, Nat.sub_diag, !binomial_one. reflexivity.
      * rewrite (IH given F) by (auto; lia).
        replace (S (length nodes) - length given) with (S (length nodes - length given)) by lia.
        replace (S F - length given) with (S (F - length given)) by lia. reflexivity.
Qed.

(** N C(N-1, F-1) = F C(N, F). *)
Lemma absorption : forall n k, S n * binomial n k = S k * binomial (S n) (S k).
Proof.
  induction n as [|n IH]; intros k.
  - destruct k as [|k]; simpl; [reflexivity|]. rewrite !Nat.mul_0_r. reflexivity.
  - destruct k as [|k].
    + pose proof (IH 0) as H. cbn [binomial] in *. rewrite !binomial_one in *. lia.
    + pose proof (IH k) as H1. pose proof (IH (S k)) as H2.
      change (binomial (S (S n)) (S (S k)))
        with (binomial (S n) (S k) + binomial (S n) (S (S k))).
      change (binomial (S n) (S k)) with (binomial n k + binomial n (S k)) in *.
      change (binomial (S n) (S (S k))) with (binomial n (S k) + binomial n (S (S k))) in *.
      lia.
Qed.

(** *** subset_bound

    The share of the F-sets of N nodes that contain W given ones is at most (F/N)^W.
    Source: [Castro02] (f^W for a sample that is entirely faulty).
    Swift: ClusterParameters.fortified (f^13). *)
Theorem subset_bound : forall W N F, F <= N -> W <= F ->
  binomial (N - W) (F - W) * N ^ W <= binomial N F * F ^ W.
Proof.
  induction W as [|W IH]; intros N F FN WF.
  - rewrite !Nat.sub_0_r. simpl. lia.
  - specialize (IH N F FN ltac:(lia)).
    pose proof (absorption (N - S W) (F - S W)) as A.
    replace (S (N - S W)) with (N - W) in A by lia.
    replace (S (F - S W)) with (F - W) in A by lia.
    rewrite !Nat.pow_succ_r'.
    set (x := binomial (N - S W) (F - S W)) in *. set (y := binomial (N - W) (F - W)) in *.
    set (P := N ^ W) in *. set (R := F ^ W) in *. set (Z := binomial N F) in *.
    assert ((F - W) * N <= F * (N - W)) as Thin by nia.
    apply (Nat.mul_le_mono_pos_l _ _ (N - W)); [lia|].
    replace ((N - W) * (x * (N * P))) with ((N - W) * x * N * P) by ring.
    rewrite A.
    apply Nat.le_trans with (F * (N - W) * (y * P)).
    + replace ((F - W) * y * N * P) with ((F - W) * N * (y * P)) by ring.
      apply Nat.mul_le_mono_r. exact Thin.
    + replace ((N - W) * (Z * (F * R))) with (F * (N - W) * (Z * R)) by ring.
      apply Nat.mul_le_mono_l. exact IH.
Qed.

Lemma filter_union : forall (l : list (list Z)) h fails (bad : nat -> list Z -> bool),
  (forall s, In s l -> fails s = true -> exists i, i < h /\ bad i s = true) ->
  forall most, (forall i, i < h -> length (filter (bad i) l) <= most) ->
  length (filter fails l) <= h * most.
Proof.
  intros l h. revert l. induction h as [|h IH]; intros l fails bad H most Few.
  - rewrite filter_none; [simpl; lia|]. intros s Hs. destruct (fails s) eqn:E; auto.
    destruct (H s Hs E) as (i & L & _). lia.
  - set (rest := fun s => fails s && negb (bad h s)).
    assert (length (filter fails l) <= length (filter (bad h) l) + length (filter rest l)) as Split.
    { unfold rest. clear. induction l as [|s l IH]; simpl; auto.
      destruct (fails s), (bad h s); simpl; lia. }
    assert (length (filter rest l) <= h * most) as B.
    { apply (IH l rest bad).
      - intros s Hs R. unfold rest in R. apply andb_prop in R as [R1 R2].
        destruct (H s Hs R1) as (i & L & Bi). exists i. split; auto.
        destruct (Nat.eq_dec i h) as [->|N]; [|lia]. rewrite Bi in R2. discriminate.
      - intros i L. apply Few. lia. }
    specialize (Few h ltac:(lia)). simpl. lia.
Qed.

(** *** cluster_uniform

    If F of N nodes are faulty, each such set equally likely, a walk of h levels whose samples have
    W nodes each fails in at most h C(N-W, F-W) of the C(N, F) cases, and so with probability at
    most h (F/N)^W, if it fails only where some level's whole sample is faulty (cluster_iterative).
    Source: this toolkit's own design. Swift: ClusterParameters (why W is 13 or 32). *)
Theorem cluster_uniform : forall nodes F W h (sample : nat -> list Z) (fails : list Z -> bool),
  NoDup nodes -> W <= F -> F <= length nodes ->
  (forall i, i < h -> NoDup (sample i) /\ incl (sample i) nodes /\ length (sample i) = W) ->
  (forall faulty, In faulty (choose F nodes) -> fails faulty = true ->
    exists i, i < h /\ contains (sample i) faulty = true) ->
  let failing := length (filter fails (choose F nodes)) in
  failing <= h * binomial (length nodes - W) (F - W)
  /\ failing * length nodes ^ W <= h * (length (choose F nodes) * F ^ W).
Proof.
  intros nodes F W h sample fails ND WF FN Samples H failing.
  assert (failing <= h * binomial (length nodes - W) (F - W)) as B.
  { apply (filter_union _ h fails (fun i => contains (sample i))); auto.
    intros i L. destruct (Samples i L) as (NS & SS & <-).
    destruct (subset_count nodes (sample i) F) as [E _]; auto. lia. }
  split; [exact B|].
  rewrite choose_length. pose proof (subset_bound W (length nodes) F FN WF) as P.
  apply Nat.le_trans with (h * binomial (length nodes - W) (F - W) * length nodes ^ W).
  - apply Nat.mul_le_mono_r, B.
  - rewrite <- Nat.mul_assoc. apply Nat.mul_le_mono_l. exact P.
Qed.

(** A level's sample: W different nodes of the overlay. *)
Lemma sample_nodes : forall M nodes W p, (forall x, In x nodes -> Ring.point M x) ->
  (forall i, Ring.point M (p i)) -> NoDup nodes -> W <= length nodes ->
  forall i, let sample := Cluster.sample M nodes W p i in
  NoDup sample /\ incl sample nodes /\ length sample = W.
Proof.
  intros M nodes W p Points Hp ND WN i sample.
  destruct (Cluster.sorted_ids M nodes Points (p i) nodes (Hp i) (incl_refl nodes)) as [A I].
  unfold sample, Cluster.sample, Cluster.cluster. repeat split.
  - apply (Order.ascending_nodup (Ring.rank M (p i))), Order.firstn_ascending, A.
  - intros x Hx. apply I. apply Order.firstn_in in Hx. exact Hx.
  - rewrite firstn_length. apply Nat.min_l.
    rewrite (Permutation_length (l' := nodes)); [exact WN|].
    apply NoDup_Permutation; auto. apply (Order.ascending_nodup (Ring.rank M (p i))), A.
Qed.

(** *** cluster_walk_uniform

    cluster_iterative and cluster_uniform together: if F of N nodes are faulty, each such set
    equally likely, a walk of h levels ends elsewhere than at the W nodes closest to the key in at
    most h C(N-W, F-W) of the C(N, F) cases, and so with probability at most h (F/N)^W. Answers of
    faulty nodes may depend on the whole fault set. The walk begins at the true first sample, nobody
    can name a node that is none, and an honest node of a level's sample knows the next one.
    Source: this toolkit's own design. Swift: ClusterParameters (why W is 13 or 32). *)
Theorem cluster_walk_uniform : forall M nodes F W h p (answer : list Z -> nat -> Z -> list Z),
  (forall x, In x nodes -> Ring.point M x) -> (forall i, Ring.point M (p i)) ->
  NoDup nodes -> W <= F -> F <= length nodes ->
  let sample := Cluster.sample M nodes W p in
  (forall faulty i a, incl (answer faulty i a) nodes) ->
  (forall faulty i a, In a (sample i) -> ~ In a faulty ->
    incl (sample (S i)) (answer faulty i a)) ->
  let ends faulty := Cluster.asked M nodes W p (answer faulty) h in
  let fails faulty := if list_eq_dec Z.eq_dec (ends faulty) (sample h) then false else true in
  let failing := length (filter fails (choose F nodes)) in
  failing <= h * binomial (length nodes - W) (F - W)
  /\ failing * length nodes ^ W <= h * (length (choose F nodes) * F ^ W).
Proof.
  intros M nodes F W h p answer Points Hp ND WF FN sample Certified Knows ends fails.
  apply (cluster_uniform nodes F W h sample fails); auto.
  - intros i _. apply sample_nodes; auto. lia.
  - intros faulty _ Fails. unfold fails in Fails.
    destruct (list_eq_dec Z.eq_dec (ends faulty) (sample h)) as [E|E]; [discriminate|].
    apply (Cluster.cluster_iterative M nodes Points W p Hp (fun x => existsb (Z.eqb x) faulty)
      (answer faulty)); auto.
    intros i a Ia Honest. apply Knows; auto.
    intros In'. apply existsb_in in In'. congruence.
Qed.

Print Assumptions subset_count.
Print Assumptions subset_bound.
Print Assumptions cluster_uniform.
Print Assumptions cluster_walk_uniform.
