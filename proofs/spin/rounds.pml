/*
 * The list-and-confirm rounds of redundant routing.
 *
 * Models steps 3 to 6 of redundant routing [Castro02] as Sources/SecureRouting/Protocol has them
 * (RootList, SecureRouter+Redundancy, SecureRouter+Answers; decision 26). Copies of a message reach
 * some nodes that have the key's root in their leaf set. The caller collects who answers in a list,
 * sends the list to those who are new in it, and they hand the message on to members of their leaf
 * sets that are missing there. Which nodes are correct, faulty or gone, and which of them a copy
 * reaches, is chosen at the start: every choice is checked.
 *
 * Nodes stand in ring order. On each side of the key are SIDE holders, whose leaf sets (SIDE on
 * each side) reach over the key; then one that a list has room for, and below one more, for which
 * it has none. README.md says what is left out and which steps are drawn together.
 */

#ifndef SIDE
#define SIDE 2
#endif
#if defined(MUTANT_ONE_ROUND)
#define ROUNDS 1
#elif defined(MUTANT_NO_BOUND)
#define ROUNDS 9
#else
#define ROUNDS 3
#endif
/* Faulty and gone nodes at most. */
#ifndef FAULTY
#define FAULTY 3
#endif
#ifndef GONE
#define GONE 1
#endif
/* Nodes 0 and 1 lie below the holders, the last one above them. The key lies below ABOVE. */
#define NODES (2 * SIDE + 3)
#define FIRST 2
#define LAST (FIRST + 2 * SIDE - 1)
#define ABOVE (FIRST + SIDE)
/* A caller's list has one more on each side than a node looks at. */
#define CAPACITY (SIDE + 1)
#define has(set, node) (((set) >> (node)) & 1)
#define bit(node) (1 << (node))
#define HOLDERS ((bit(2 * SIDE) - 1) << FIRST)
#define ALL (bit(NODES) - 1)

mtype = { copying, listing, done };

mtype stage = copying;
byte rounds;
byte arrivals;
/* Kinds. Gone is who is neither: its neighbours have not noticed. */
short correct, faulty;
/* Under way to correct holders: copies and messages handed on, and the list of this round. */
short handed, listed;
short sentList;
/* The caller's list, by standing. */
short isFound, isListed, isAnswered, isConfirmed;
/* Who has got the message. */
short got;
/* Holders that a copy reaches, and those that a chain of correct holders links to them. */
short reached, expected;
bool timerIsArmed = true;
/* Of a step; always zero between steps. */
short missing;
byte node, j, count;
bool isBeyond;

#define list (isFound | isListed | isAnswered | isConfirmed)
/* What is under way is answered before the caller's timer runs out. */
#ifdef MUTANT_SHORT_TIMER
#define isQuiet true
#else
#define isQuiet (handed == 0 && listed == 0)
#endif

/* The leaf set of a node, as far as the model has nodes. */
#define leafSet(node) ((((bit(2 * SIDE + 1) - 1) << (node)) >> SIDE) & ALL & ~bit(node))

inline drop(node_) {
  isFound = isFound & ~bit(node_); isListed = isListed & ~bit(node_);
  isAnswered = isAnswered & ~bit(node_); isConfirmed = isConfirmed & ~bit(node_)
}

/* Puts a node in, and drops the farthest below the key when there are too many; above the key are
   never too many. */
inline insert(newcomer) {
  isFound = isFound | bit(newcomer);
  count = 0; j = ABOVE;
  do
  :: j > 0 ->
     j--; count = count + has(list, j);
     if
     :: count > CAPACITY ->
#ifdef MUTANT_KEEP_FIRST
        drop(newcomer);
#else
        drop(j);
#endif
        count = 0; j = 0
     :: else
     fi
  :: else -> break
  od;
  j = 0; count = 0
}

/* The caller hears that a node has got the message. */
inline takeFound(sender) {
  if
  :: stage == copying ->
     arrivals = (arrivals < 2 -> arrivals + 1 : 2);
     if :: !has(list, sender) -> insert(sender) :: else fi
  :: stage == listing && has(isListed, sender) ->
     isListed = isListed & ~bit(sender); isAnswered = isAnswered | bit(sender)
  :: stage == listing && !has(list, sender) -> insert(sender)
  :: else
  fi
}

inline takeConfirmation(sender) {
  if
  :: stage == listing && has(list, sender) ->
     drop(sender); isConfirmed = isConfirmed | bit(sender);
     if :: (list) == isConfirmed -> stage = done; timerIsArmed = false :: else fi
  :: else
  fi
}

/* What a node misses in a list: members of its leaf set, and itself, that are not in it and closer
   to the key than the SIDE-th node on their side; whether somebody is beyond the model's nodes. */
inline miss(set, me) {
  missing = (leafSet(me) | bit(me)) & ~(set);
  count = 0; j = ABOVE;
  do
  :: j > 0 ->
     j--;
     if :: count >= SIDE -> missing = missing & ~bit(j) :: else -> count = count + has(set, j) fi
  :: else -> break
  od;
  isBeyond = count < SIDE && me - SIDE < 0;
  count = 0; j = ABOVE;
  do
  :: j < NODES ->
     if :: count >= SIDE -> missing = missing & ~bit(j) :: else -> count = count + has(set, j) fi;
     j++
  :: else -> break
  od;
  isBeyond = isBeyond || count < SIDE && me + SIDE >= NODES;
  count = 0; j = 0
}

/* Step 4: the list goes to those that are new in it. */
inline sendList() {
  stage = listing;
  if
#ifdef MUTANT_WAIT_FOR_ALL
  :: isFound == 0 -> timerIsArmed = false
#else
  :: isFound == 0 || rounds == ROUNDS -> stage = done; timerIsArmed = false
#endif
  :: else ->
     rounds++; sentList = list; listed = listed | (isFound & correct & HOLDERS);
     isListed = isListed | isFound; isFound = 0; timerIsArmed = true
  fi
}

/* Adds the correct holders in the leaf sets of those that are expected. */
inline link() {
  j = FIRST; missing = 0;
  do
  :: j <= LAST ->
     if :: has(expected, j) -> missing = missing | leafSet(j) :: else fi;
     j++
  :: else -> break
  od;
  expected = expected | (missing & correct & HOLDERS); j = 0; missing = 0
}

proctype Caller() {
end_caller:
  do
  /* The list is believed to be dense, so it holds a correct node; or the timer has run out. */
  :: d_step { stage == copying && arrivals == 2 &&
#ifndef MUTANT_EARLY_LIST
       ((list) & correct) != 0 ->
#else
       (list) != 0 ->
#endif
       /* It may end before other copies arrive: what is promised then starts from this list. */
       if
       :: ((list) & correct) != 0 ->
          expected = (list) & correct & HOLDERS; link(); link(); link(); missing = 0
       :: else
       fi;
       sendList() }
  od
}

proctype Timer() {
end_timer:
  do
  :: d_step { timerIsArmed && isQuiet -> sendList() }
  od
}

/* A correct holder. Its answer to the caller is part of the step. */
proctype Holder(byte me) {
end_holder:
  do
  :: d_step { has(handed, me) ->
       handed = handed & ~bit(me); got = got | bit(me); takeFound(me) }
  :: d_step { has(listed, me) ->
       listed = listed & ~bit(me); got = got | bit(me);
       miss(sentList, me);
#ifdef MUTANT_CONFIRM_BLINDLY
       missing = 0; isBeyond = false;
#endif
       if
       :: missing == 0 && !isBeyond -> takeConfirmation(me)
       :: else ->
          /* Faulty ones act as they like, and those that are gone not at all. */
#ifndef MUTANT_KEEP_TO_ITSELF
          handed = handed | (missing & correct & HOLDERS & ~bit(me));
#endif
          takeFound(me)
       fi;
       missing = 0; isBeyond = false }
  od
}

/* A faulty node answers and confirms when it likes, as often as it likes, or says nothing. */
proctype Faulty(byte me) {
end_faulty:
  do
  :: d_step { stage != done && (stage == copying && arrivals < 2 || !has(list, me) ||
       has(isListed, me)) ->
       takeFound(me);
#ifdef MUTANT_TAKE_NAMED
       /* It names others, which are taken for found. */
       node = 0;
       do
       :: node < NODES && !has(list, node) -> insert(node); node++
       :: node < NODES && has(list, node) -> node++
       :: else -> break
       od;
       node = 0;
#endif
       }
  :: d_step { stage == listing && has(list & ~isConfirmed, me) -> takeConfirmation(me) }
  od
}

init {
  byte faults, gone;
  atomic {
    do
    :: j < NODES ->
       if
       :: correct = correct | bit(j)
       :: faults < FAULTY -> faulty = faulty | bit(j); faults++
       :: gone < GONE && j >= FIRST && j <= LAST -> gone++
       fi;
       j++
    :: else -> break
    od;
    /* Copies reach some correct holders; where they reach none, nothing is to be shown. */
    j = FIRST;
    do
    :: j <= LAST ->
       if
       :: has(correct, j) -> reached = reached | bit(j)
       :: true
       fi;
       j++
    :: else -> break
    od;
    if :: reached == 0 -> stage = done; timerIsArmed = false :: else fi;
    handed = reached; expected = reached;
    link(); link(); link();
    j = 0; missing = 0; faults = 0; gone = 0;
    run Caller(); run Timer();
    do
    :: node < NODES ->
       if
       :: has(correct & HOLDERS, node) -> run Holder(node)
       :: has(faulty, node) -> run Faulty(node)
       :: else
       fi;
       node++
    :: else -> node = 0; break
    od
  }
}

/* Every correct holder that a chain of three leads to is in the list when the call ends. */
ltl complete { [] (stage == done -> (expected & ~(list)) == 0) }
/* And it has the message. */
ltl delivered { [] (stage == done -> (expected & ~got) == 0) }
/* Nobody gets in by being named. */
ltl only_who_answered { [] (((list) & ~(correct | faulty)) == 0) }
/* The list is sent three times at most. */
ltl three_rounds { [] (rounds <= 3) }
/* The three that need the whole search, in one. */
ltl safe { [] (rounds <= 3 && (stage == done ->
  (expected & ~(list)) == 0 && (expected & ~got) == 0)) }
/* Every call ends. */
ltl ends { <> (stage == done) }
/* Reached, so these must be violated. */
ltl never_found_last { [] !(stage == done && rounds == ROUNDS &&
  (isFound & correct & HOLDERS) != 0) }
ltl never_with_gone { [] !(stage == done && (HOLDERS & ~(correct | faulty)) != 0 &&
  faulty != 0 && expected != reached) }
