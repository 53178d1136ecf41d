/*
 * Joining, settling and repair of leaf sets, with losses, a crash and a liar.
 *
 * Models Sources/Pastry (PastryNode+Join, PastryNode+LeafSet, RequestTable) as decision 24 states
 * it, with joins by secure routing (decision 26): a joining node is told a list of nodes, probes
 * all of them, and is active once all that are left in its leaf set have answered since the set
 * changed last. Nodes 0 to NODES - 1 stand in ring order. The overlay is so small that a leaf set
 * has room for all. README.md says what is left out.
 */

/* Scopes: nothing goes wrong; a liar and nothing else. */
#ifdef LIAR_ALONE
#define LIAR
#define QUIET
#define LIES 0
#endif
#ifdef QUIET
#define CRASHES 0
#define LOSSES 0
#endif
/* Which nodes are in the overlay at first, which join, which one lies; sets of nodes. */
#define NODES 4
#if defined(ONE_JOINS)
#define MEMBERS 7
#define JOINERS 8
#define LIARS 0
#elif defined(LIAR)
#define MEMBERS 3
#define JOINERS 12
#define LIARS 2
#elif defined(LIAR_ONE_JOINS)
#define MEMBERS 3
#define JOINERS 4
#define LIARS 2
#else
#define MEMBERS 3
#define JOINERS 12
#define LIARS 0
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
/* Messages that may be lost: fewer than the three times that a probe is sent. */
#ifndef LOSSES
#define LOSSES 1
#endif
/* Messages that the liar sends unasked. */
#ifndef LIES
#define LIES 1
#endif
#define ALL ((1 << NODES) - 1)
#define bit(node) (1 << (node))
#define has(set, node) (((set) >> (node)) & 1)
/* A message that is under way carries a list of nodes; zero is none. */
#define SENT 32
#define at(from, to) ((from) * NODES + (to))

mtype = { idle, joining, settling, activated, stopped };

mtype phase[NODES] = idle;
/* The leaf set; who has said what its own is since the set changed; whom a probe is open to; whom
   the node has found to have failed. */
byte view[NODES], confirmed[NODES], open[NODES], failed[NODES];
/* Whose probe has ended without a confirmation while the node settles. */
byte doubted[NODES];
/* Whom the node has lost once, and whom twice, while it settles. */
byte lost[NODES], barred[NODES];
bool changed[NODES];
/* Under way: probes and replies by sender and receiver, what a joining node is told. */
byte probe[NODES * NODES], reply[NODES * NODES], told[NODES];
byte crashes, losses, lies;
/* Some key would be delivered at an active node while another one is closer. */
bool misplaced;
#ifdef BRIDGE
/* What trace.pml sees of a joining node: how many it was told, who has said what its leaf set is or
   was lost since then; whether a node has become active where trace.pml does not allow it. */
byte named[NODES], answers[NODES];
bool leavesTrace;
#define SEE(me, peer) answers[me] = answers[me] | bit(peer)
#define TELL(me) named[me] = COUNT(view[me]); answers[me] = 0
#define COUNT(set) (has(set, 0) + has(set, 1) + has(set, 2) + has(set, 3))
#define WATCH(me) \
  if :: named[me] == 0 || COUNT(answers[me]) < named[me] - 1 -> leavesTrace = true :: else fi; \
  named[me] = 0; answers[me] = 0
#else
#define SEE(me, peer) skip
#define TELL(me) skip
#define WATCH(me) skip
#endif
/* Of a step; zero between steps. */
byte x, y, d, list, todo;

#define isHonest(node) (!has(LIARS, node))
#define isMember(node) (phase[node] == settling || phase[node] == activated)
#define takesPart(node) (isHonest(node) && phase[node] == activated)

/* Whether some active node knows nobody up to another active one: then keys between the two that
   are closer to the other are delivered at it. */
inline judge() {
  x = 0;
  do
  :: x < NODES ->
     if
     :: takesPart(x) ->
        d = 1;
        do
        :: d < NODES && !has(view[x], (x + d) % NODES) ->
           if :: takesPart((x + d) % NODES) -> misplaced = true :: else fi;
           d++
        :: else -> break
        od;
        d = 1;
        do
        :: d < NODES && !has(view[x], (x + NODES - d) % NODES) ->
           if :: takesPart((x + NODES - d) % NODES) -> misplaced = true :: else fi;
           d++
        :: else -> break
        od
     :: else
     fi;
     x++
  :: else -> break
  od;
  x = 0; d = 0
}

inline ask(me, set) {
  y = 0; todo = (set) & ~open[me] & ~bit(me);
  do
  :: y < NODES ->
     if
     :: has(todo, y) -> open[me] = open[me] | bit(y); probe[at(me, y)] = SENT + view[me]
     :: else
     fi;
     y++
  :: else -> break
  od;
  y = 0; todo = 0
}

/* No probe is open: the node is active, or probes those who have not answered. */
inline settle(me) {
  if
  :: open[me] != 0
  :: open[me] == 0 && phase[me] == settling ->
     if
     :: view[me] == 0 ->
        phase[me] = joining; confirmed[me] = 0; doubted[me] = 0; lost[me] = 0; barred[me] = 0;
        changed[me] = false
     :: else ->
#ifndef MUTANT_ONE_ROUND
        if :: changed[me] -> confirmed[me] = 0 :: else fi;
#endif
        changed[me] = false;
#ifndef MUTANT_ACTIVE_AT_ONCE
        ask(me, view[me] & ~confirmed[me]);
#endif
        if
        :: open[me] == 0 ->
           phase[me] = activated; confirmed[me] = 0; failed[me] = 0; doubted[me] = 0;
           lost[me] = 0; barred[me] = 0; WATCH(me)
        :: else
        fi
     fi
  :: open[me] == 0 && phase[me] == activated -> failed[me] = 0; changed[me] = false
  fi
}

/* A node of the overlay has said what its leaf set is: it lives, enters, and those it lists are
   probed. It confirms if it knows this node: it was asked, or names this node. */
inline absorb(me, sender, confirms) {
  if :: phase[me] == settling -> SEE(me, sender) :: else fi;
  if
  :: phase[me] == settling && !(confirms) ->
#ifdef MUTANT_ALWAYS_ENDS
     open[me] = open[me] & ~bit(sender);
#else
     if :: !has(doubted[me], sender) -> open[me] = open[me] & ~bit(sender) :: else fi;
#endif
     doubted[me] = doubted[me] | bit(sender)
  :: else ->
     open[me] = open[me] & ~bit(sender);
     if :: phase[me] == settling -> confirmed[me] = confirmed[me] | bit(sender) :: else fi
  fi;
  failed[me] = failed[me] & ~bit(sender);
  if
  :: !has(view[me], sender) -> view[me] = view[me] | bit(sender); changed[me] = true
  :: else
  fi;
#ifdef MUTANT_NO_CANDIDATES
  skip
#else
  ask(me, list & ~view[me] & ~failed[me])
#endif
}

#ifdef MUTANT_PROBE_CONFIRMS
#define confirmsToo(me) true
#else
#define confirmsToo(me) has(list, me)
#endif

inline takeProbe(me, sender) {
  list = probe[at(sender, me)] - SENT; probe[at(sender, me)] = 0;
  if
  :: isMember(me) ->
#ifdef MUTANT_LATE_ANSWER
     absorb(me, sender, confirmsToo(me));
     /* The answer is the set that the sender has entered. */
     if :: isHonest(sender) -> reply[at(me, sender)] = SENT + bit(sender) :: else fi;
#else
     if
     :: isHonest(sender) -> reply[at(me, sender)] = SENT + (view[me] & ~bit(sender))
     :: else
     fi;
     /* Whom a settling node has given up comes back by confirming it alone, and once. */
     if
     :: phase[me] == settling && has(failed[me], sender) &&
          (!(confirmsToo(me)) || has(barred[me], sender))
     :: else -> absorb(me, sender, confirmsToo(me))
     fi;
#endif
     settle(me)
  :: else
  fi;
  list = 0
}

inline takeReply(me, sender) {
  list = reply[at(sender, me)] - SENT; reply[at(sender, me)] = 0;
  if
  :: isMember(me) && has(open[me], sender) -> absorb(me, sender, true); settle(me)
  :: else
  fi;
  list = 0
}

/* The peer has not answered three times. */
inline lose(me, peer) {
#ifndef MUTANT_COMES_BACK
  if
  :: phase[me] == settling ->
     barred[me] = barred[me] | (lost[me] & bit(peer)); lost[me] = lost[me] | bit(peer)
  :: else
  fi;
#endif
  if :: phase[me] == settling -> SEE(me, peer) :: else fi;
  open[me] = open[me] & ~bit(peer);
  if :: has(view[me], peer) -> view[me] = view[me] & ~bit(peer); changed[me] = true :: else fi;
  failed[me] = failed[me] | bit(peer);
  settle(me)
}

/* What is under way to a node that has stopped comes to nobody. */
#define isUnderWay(me, peer) (reply[at(peer, me)] != 0 || \
  probe[at(me, peer)] != 0 && phase[peer] != stopped)
/* Time-outs are longer than messages take: when one runs out, all that the node has sent to nodes
   that run has come to an end. Needed with a liar; see README.md. */
#if LIARS != 0
#define IS_SENT(peer) (phase[peer] != stopped && \
  (probe[at(me, peer)] != 0 || reply[at(peer, me)] != 0))
#define isTimely (!(IS_SENT(0) || IS_SENT(1) || IS_SENT(2) || IS_SENT(3)))
#else
#define isTimely true
#endif
/* The peer does not answer for good: it has stopped, is not in the overlay, or lies. */
#define isSilent(peer) (!isHonest(peer) || !isMember(peer))

#ifdef MUTANT_NO_RETRY
#define RESEND(peer) skip
#else
#define RESEND(peer) probe[at(me, peer)] = SENT + view[me]
#endif
#ifdef MUTANT_NO_BEAT
#define BEAT(peer) skip
#else
#define BEAT(peer) ask(me, bit(peer))
#endif

/* What a node does about one peer. */
#define WITH(peer) \
  :: d_step { probe[at(peer, me)] != 0 && phase[me] != stopped -> \
       takeProbe(me, peer); judge() } \
  :: d_step { reply[at(peer, me)] != 0 && phase[me] != stopped -> \
       takeReply(me, peer); judge() } \
  :: d_step { has(open[me], peer) && !isUnderWay(me, peer) && isMember(me) && \
       isTimely -> \
       if \
       :: isSilent(peer) -> probe[at(me, peer)] = 0; lose(me, peer) \
       :: else -> RESEND(peer) \
       fi; judge() } \
  :: d_step { phase[me] == activated && phase[peer] == stopped && \
       has(view[me] & ~open[me], peer) -> BEAT(peer) } \
  /* The network loses a message. */ \
  :: d_step { losses < LOSSES && probe[at(peer, me)] != 0 && \
       phase[me] != stopped -> losses++; probe[at(peer, me)] = 0 } \
  :: d_step { losses < LOSSES && reply[at(peer, me)] != 0 && \
       phase[me] != stopped -> losses++; reply[at(peer, me)] = 0 } \
  /* Any active node may be whom secure routing finds; the liar adds what it likes. */ \
  :: atomic { phase[me] == joining && told[me] == 0 && \
       takesPart(peer) && isHonest(peer) && peer != me -> \
       list = view[peer] | bit(peer); \
       if :: LIARS != 0 -> list = ALL :: list = list | LIARS fi; \
       told[me] = SENT + (list & ~bit(me)); list = 0 }

proctype Node(byte me) {
end_node:
  do
  :: d_step { phase[me] == idle && has(JOINERS, me) -> phase[me] = joining }
  :: d_step { phase[me] == joining && told[me] != 0 ->
       view[me] = told[me] - SENT; told[me] = 0; phase[me] = settling; confirmed[me] = 0;
       changed[me] = false; TELL(me);
#ifdef MUTANT_ACTIVE_AT_ONCE
       settle(me);
#endif
       ask(me, view[me]); judge() }
  /* It crashes. What it has sent is still under way. */
  :: d_step { crashes < CRASHES && phase[me] != idle && phase[me] != stopped ->
       phase[me] = stopped; view[me] = 0; confirmed[me] = 0; open[me] = 0; failed[me] = 0;
       doubted[me] = 0; lost[me] = 0; barred[me] = 0;
       changed[me] = false; told[me] = 0; crashes++; judge() }
#ifdef MUTANT_TRUST_ANYBODY
  /* The route to join came to the liar, which names nobody else. */
  :: d_step { phase[me] == joining && told[me] == 0 && LIARS != 0 -> told[me] = SENT + LIARS }
#endif
  WITH(0)
  WITH(1)
  WITH(2)
  WITH(3)
  od
}

/* The liar is in the overlay as long as it likes: it answers a probe naming all nodes, none, or
   either part of the joining ones, or with a probe that names them, or not at all, and sends such
   lists unasked. */
inline chooseList() {
  if
  :: list = ALL & ~bit(me)
  :: list = 0
  :: list = JOINERS & 3
  :: list = JOINERS & ~3
  fi
}

proctype Liar(byte me) {
  byte peer;
end_liar:
  do
  :: atomic { peer < NODES && probe[at(peer, me)] != 0 ->
       probe[at(peer, me)] = 0;
       if
       :: chooseList(); reply[at(me, peer)] = SENT + list; list = 0
#ifdef LIAR_ONE_JOINS
       /* It answers with a probe of its own. */
       :: probe[at(me, peer)] == 0 ->
          chooseList(); probe[at(me, peer)] = SENT + list; list = 0
#endif
       :: skip
       fi }
  :: atomic { lies < LIES && probe[at(me, peer)] == 0 && peer != me ->
       lies++; chooseList(); probe[at(me, peer)] = SENT + list; list = 0 }
  :: d_step { probe[at(peer, me)] == 0 -> peer = (peer + 1) % NODES }
  od
}

init {
  atomic {
    do
    :: x < NODES ->
       if :: has(MEMBERS, x) -> phase[x] = activated; view[x] = MEMBERS & ~bit(x) :: else fi;
       if :: isHonest(x) -> run Node(x) :: else -> run Liar(x) fi;
       x++
    :: else -> x = 0; break
    od
  }
}

#define hasJoined(node) (!has((MEMBERS | JOINERS) & ~LIARS, node) || \
  phase[node] == activated || phase[node] == stopped)
#define allHaveJoined (hasJoined(0) && hasJoined(1) && hasJoined(2) && hasJoined(3))
#define takingPart \
  (takesPart(0) | takesPart(1) << 1 | takesPart(2) << 2 | takesPart(3) << 3)
#define isRight(node) \
  (!takesPart(node) || (view[node] & ~LIARS) == (takingPart & ~bit(node)))

/* Two active nodes never both deliver one key: who is active knows its active neighbours. */
ltl consistent { [] !misplaced }
/* Whoever becomes active here may do so in a trace. */
#ifdef BRIDGE
ltl in_trace { [] !leavesTrace }
#endif
/* Everybody who starts to join becomes active or crashes. */
ltl joins { <> allHaveJoined }
/* Faults cease; then leaf sets are exactly the active nodes, the liar apart, and stay so. */
ltl settles { <> [] (isRight(0) && isRight(1) && isRight(2) && isRight(3)) }
/* Reached, so these must be violated. */
ltl never_all_active { [] !(allHaveJoined && crashes == CRASHES && losses == LOSSES) }
ltl never_together { [] !(phase[2] == settling && phase[3] == settling && has(view[2], 3) &&
  has(view[3], 2)) }
