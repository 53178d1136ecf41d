/*
 * What a trace shows of joining and routing: the transition relation that traces of the event
 * simulation are checked against.
 *
 * The same relation in Swift is ProtocolRelation in proofs/ProtocolModel, with the same phases and
 * steps. Both are explored in full in two small scopes, and the numbers of their states must be the
 * ones in states.txt: whoever changes one side alone finds out here or in the tests of that side.
 * HANDSHAKE has joining, probes and answers; with LOOKUPS two nodes look up one key. Nothing is
 * forgotten here; the Swift side forgets what is beyond its memory, which is larger than these
 * scopes. README.md says more.
 */

#define NODES 2
#define bit(node) (1 << (node))
#define has(set, node) (((set) >> (node)) & 1)
/* Nodes that the answer to a request to join names in this scope; the most that may be asked. */
#define NAMED 2
#define LEAF_SET 2
/* How often the same thing may be owed or held in this scope. */
#ifdef HANDSHAKE
#define MOST 1
#else
#define MOST 2
#endif

mtype = { idle, joining, activated, stopped };

#ifdef HANDSHAKE
#define FIRST_PHASE idle
#define WAS false
#else
/* Both are present. */
#define FIRST_PHASE activated
#define WAS true
#endif
mtype phase[NODES] = FIRST_PHASE;
/* How many nodes a joining node was told, at least; 0 for not told. */
byte named[NODES];
/* Who has said what its leaf set is, or was lost, since then. */
byte answers[NODES];
/* Whether it was ever told, ever in the overlay. */
bool wasTold[NODES] = WAS;
bool wasActive[NODES] = WAS;
/* Answers that a node owes the other one: its leaf set, an acknowledgement, the one to a join. */
byte owesSet[NODES], owesAcknowledgement[NODES], owesJoin[NODES];
/* The one lookup: whether it is open, who has carried it, how often it may be delivered there. */
bool isOpen;
bool carried[NODES];
byte holds[NODES];

#define isRunning(node) (phase[node] == joining || phase[node] == activated)
#define isSettling(node) (phase[node] == joining && named[node] > 0)
#define isMember(node) (phase[node] == activated || isSettling(node))
#define needed(node) (named[node] - 1 < LEAF_SET -> named[node] - 1 : LEAF_SET)
#define count(set) (has(set, 0) + has(set, 1))

/* The steps of one node and the other one, named as in ProtocolStep. */
#define start(node) \
  :: d_step { phase[node] == idle || phase[node] == stopped -> phase[node] = joining }
#define stop(node) \
  :: d_step { isRunning(node) -> \
       phase[node] = stopped; named[node] = 0; answers[node] = 0; holds[node] = 0 }
#define activate(node, other) \
  :: d_step { phase[node] == joining && (phase[other] != activated || \
       named[node] > 0 && count(answers[node]) >= needed(node)) -> \
       phase[node] = activated; named[node] = 0; answers[node] = 0; \
       wasTold[node] = true; wasActive[node] = true }
#define joinArrives(node, other) \
  :: d_step { phase[other] != idle && owesJoin[node] < MOST && owesAcknowledgement[node] < MOST -> \
       if \
       :: isRunning(node) -> owesJoin[node]++; owesAcknowledgement[node]++ \
       :: else \
       fi }
#define joinReplyArrives(node, other) \
  :: d_step { owesJoin[other] > 0 -> \
       owesJoin[other]--; \
       if \
       :: phase[node] == joining -> named[node] = NAMED; wasTold[node] = true \
       :: else \
       fi }
#define acknowledgeArrives(node, other) \
  :: d_step { owesAcknowledgement[other] > 0 -> owesAcknowledgement[other]-- }
#define hear(node, other) \
  if :: isSettling(node) -> answers[node] = answers[node] | bit(other) :: else fi
#define leafSetProbeArrives(node, other) \
  :: d_step { wasTold[other] && owesSet[node] < MOST -> \
       hear(node, other); \
       if :: isMember(node) -> owesSet[node]++ :: else fi }
#define leafSetReplyArrives(node, other) \
  :: d_step { owesSet[other] > 0 -> owesSet[other]--; hear(node, other) }
#define heartbeatArrives(node, other) :: d_step { wasActive[other] -> skip }
#define findFailed(node, other) \
  :: d_step { isRunning(node) -> hear(node, other) }
#define lookUp(node) \
  :: d_step { phase[node] == activated && !isOpen && holds[node] < MOST -> \
       isOpen = true; carried[node] = true; holds[node]++ }
#define lookupArrives(node, other) \
  :: d_step { carried[other] && holds[node] < MOST && owesAcknowledgement[node] < MOST -> \
       if \
       :: isRunning(node) -> carried[node] = true; holds[node]++; owesAcknowledgement[node]++ \
       :: else \
       fi }
#define deliver(node) \
  :: d_step { phase[node] == activated && holds[node] > 0 -> holds[node]--; isOpen = false }
#define drop(node) \
  :: d_step { isRunning(node) && carried[node] && isOpen -> isOpen = false }
#define overdue :: d_step { isOpen -> isOpen = false }

#define HANDSHAKES(node, other) \
  start(node) stop(node) activate(node, other) joinArrives(node, other) \
  joinReplyArrives(node, other) acknowledgeArrives(node, other) \
  leafSetProbeArrives(node, other) leafSetReplyArrives(node, other) \
  heartbeatArrives(node, other) findFailed(node, other)
#define LOOKUPS(node, other) \
  stop(node) lookUp(node) lookupArrives(node, other) acknowledgeArrives(node, other) \
  deliver(node) drop(node)

active proctype Trace() {
end_trace:
  do
#ifdef HANDSHAKE
  HANDSHAKES(0, 1)
  HANDSHAKES(1, 0)
#else
  LOOKUPS(0, 1)
  LOOKUPS(1, 0)
  overdue
#endif
  od
}
