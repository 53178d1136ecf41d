/*
 * Issuance of certificates with crash and recovery.
 *
 * Models ca/CertificateAuthority (OverlayAuthority.enroll, Ledger.admit, Ledger.record) and the
 * enrollment queue, as decisions 10 and 19 state them: a group of applicants is served by two
 * transactions on one ledger. The first sets ids and serial numbers aside; then certificates are
 * signed; the second records them together with their place in the log; only then are they handed
 * out. Two processes (the server, a command) work on the same ledger. Either may be killed between
 * any two steps, and the power may fail, which kills both and keeps what was flushed.
 * README.md says what is left out.
 */

#ifndef APPLICANTS
#define APPLICANTS 2
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#define WORKERS 2
/* Each crash burns at most one number for each applicant. */
#define NUMBERS (APPLICANTS * (CRASHES + 1))
#define NOBODY 255

/* Steps of a worker, IssuanceStep in the code: what is between two of them is one transaction. */
mtype = { down, idle, gathered, reserving, reserved, signed, recording, placing, recorded };
/* An applicant: has no request open; waits in a queue or for a worker; has its certificate. */
mtype = { asks, waits, served };

mtype pc[WORKERS] = down;
mtype applicant[APPLICANTS] = asks;
/* Which worker serves an applicant, and with which number; gone when the worker crashes. */
byte server[APPLICANTS] = NOBODY;
byte idOf[APPLICANTS] = NOBODY;
byte serialOf[APPLICANTS] = NOBODY;
byte answerTurn[WORKERS];

/* The ledger as processes see it: numbers set aside, certificates, the size of the log. */
bool idTaken[NUMBERS];
bool serialTaken[NUMBERS];
bool certified[NUMBERS];
byte place[NUMBERS] = NOBODY;
byte logSize;
byte lock = NOBODY;
/* What of it survives a power failure. The flush is part of the commit. */
bool idTakenFlushed[NUMBERS];
bool serialTakenFlushed[NUMBERS];
bool certifiedFlushed[NUMBERS];
byte placeFlushed[NUMBERS] = NOBODY;
byte logSizeFlushed;
/* The static files of the log. */
byte published;

byte crashes;
/* Where a worker that reads the log outside of its transaction would append. */
byte staleSize[WORKERS];

/* What must never happen, noted when it does; signatures cannot be unmade. */
bool idSigned[NUMBERS];
bool serialSigned[NUMBERS];
bool idTwice, serialTwice, signedUnknown, answeredUnrecorded, recordedUnlogged, placeTwice;

#define isQueued(a) (applicant[a] == waits && server[a] == NOBODY)
#if APPLICANTS == 1
#define somebodyWaits isQueued(0)
#define allServed (applicant[0] == served)
#elif APPLICANTS == 2
#define somebodyWaits (isQueued(0) || isQueued(1))
#define allServed (applicant[0] == served && applicant[1] == served)
#else
#define somebodyWaits (isQueued(0) || isQueued(1) || isQueued(2))
#define allServed (applicant[0] == served && applicant[1] == served && applicant[2] == served)
#endif

inline flush() {
  k = 0;
  do
  :: k < NUMBERS ->
     idTakenFlushed[k] = idTaken[k]; serialTakenFlushed[k] = serialTaken[k];
     certifiedFlushed[k] = certified[k]; placeFlushed[k] = place[k];
     k++
  :: else -> break
  od;
  logSizeFlushed = logSize;
  k = 0
}

inline commit() {
#ifndef MUTANT_NO_FLUSH
  flush();
#endif
  lock = NOBODY
}

/*
 * The lowest free number stands for the worst draw: a number comes again as soon as the ledger does
 * not hold it. Random numbers make that rare, and nothing else about them differs.
 */
inline lowestFreeId(result) {
  result = 0;
  do
  :: result < NUMBERS && idTaken[result] -> result++
  :: else -> break
  od
}

inline lowestFreeSerial(result) {
  result = 0;
  do
  :: result < NUMBERS && serialTaken[result] -> result++
  :: else -> break
  od
}

/* Whether something is signed with number n that a power failure would make the ledger forget. */
#define isUnknown(n) \
  ((idSigned[n] && !idTakenFlushed[n]) || (serialSigned[n] && !serialTakenFlushed[n]))

inline sign(a) {
  if :: idSigned[idOf[a]] -> idTwice = true :: else -> idSigned[idOf[a]] = true fi;
  if :: serialSigned[serialOf[a]] -> serialTwice = true
     :: else -> serialSigned[serialOf[a]] = true fi;
  if :: isUnknown(idOf[a]) || isUnknown(serialOf[a]) -> signedUnknown = true :: else fi
}

inline notePlace(a) {
  k = 0;
  do
  :: k < NUMBERS ->
     if
     :: k != idOf[a] && certified[k] && place[k] == place[idOf[a]] &&
        place[k] != NOBODY -> placeTwice = true
     :: else
     fi;
     k++
  :: else -> break
  od;
  k = 0
}

proctype Worker(byte w) {
  byte a, k;
end_work:
  do
  /* Whoever watches over the processes starts it again. */
  :: d_step { pc[w] == down -> pc[w] = idle }
  /* The queue gives all that wait as one group. */
  :: d_step { pc[w] == idle && somebodyWaits ->
       a = 0;
       do
       :: a < APPLICANTS ->
          if :: isQueued(a) -> server[a] = w :: else fi;
          a++
       :: else -> break
       od;
       a = 0; pc[w] = gathered }
#ifdef MUTANT_NO_INTENT
  /* Numbers are drawn in memory, unknown to the ledger until the certificate is. */
  :: d_step { pc[w] == gathered ->
       a = 0;
       do
       :: a < APPLICANTS ->
          if :: server[a] == w -> lowestFreeId(idOf[a]); lowestFreeSerial(serialOf[a])
             :: else fi;
          a++
       :: else -> break
       od;
       a = 0; pc[w] = reserved }
#else
  :: d_step { pc[w] == gathered && lock == NOBODY -> lock = w; pc[w] = reserving }
  :: d_step { pc[w] == reserving ->
       a = 0;
       do
       :: a < APPLICANTS ->
          if
          :: server[a] == w ->
             lowestFreeId(idOf[a]); idTaken[idOf[a]] = true;
             lowestFreeSerial(serialOf[a]); serialTaken[serialOf[a]] = true
          :: else
          fi;
          a++
       :: else -> break
       od;
       a = 0; commit(); pc[w] = reserved }
#endif
  :: d_step { pc[w] == reserved ->
       a = 0;
       do
       :: a < APPLICANTS -> if :: server[a] == w -> sign(a) :: else fi; a++
       :: else -> break
       od;
       a = 0; staleSize[w] = 0;
#ifdef MUTANT_STALE_PLACE
       staleSize[w] = logSize;
#endif
       pc[w] = signed }
  :: d_step { pc[w] == signed && lock == NOBODY -> lock = w; pc[w] = recording }
  :: d_step { pc[w] == recording ->
       a = 0;
#ifdef MUTANT_STALE_PLACE
       logSize = staleSize[w];
#endif
       do
       :: a < APPLICANTS ->
          if
          :: server[a] == w ->
             certified[idOf[a]] = true; idTaken[idOf[a]] = true; serialTaken[serialOf[a]] = true;
#ifndef MUTANT_LOG_APART
             place[idOf[a]] = logSize; logSize++; notePlace(a)
#endif
          :: else
          fi;
          a++
       :: else -> break
       od;
       a = 0; commit(); answerTurn[w] = 0;
#ifdef MUTANT_LOG_APART
       pc[w] = placing }
  /* The log in a transaction of its own. */
  :: d_step { pc[w] == placing && lock == NOBODY ->
       a = 0;
       do
       :: a < APPLICANTS ->
          if
          :: server[a] == w -> place[idOf[a]] = logSize; logSize++; notePlace(a)
          :: else
          fi;
          a++
       :: else -> break
       od;
       a = 0; commit();
#endif
       pc[w] = recorded }
  /* Answers go out one by one. */
  :: d_step {
       answerTurn[w] < APPLICANTS &&
#ifdef MUTANT_ANSWER_FIRST
       (pc[w] == recorded || pc[w] == signed) ->
#else
       pc[w] == recorded ->
#endif
       a = answerTurn[w];
       if
       :: server[a] == w ->
          if
          :: !certifiedFlushed[idOf[a]] || placeFlushed[idOf[a]] >= logSizeFlushed ->
             answeredUnrecorded = true
          :: else
          fi;
          applicant[a] = served; server[a] = NOBODY
       :: else
       fi;
       a = 0; answerTurn[w]++ }
  :: d_step { pc[w] == recorded && answerTurn[w] == APPLICANTS ->
       answerTurn[w] = 0; pc[w] = idle }
  od
}

/* An applicant whose connection breaks asks again. */
proctype Applicant(byte a) {
end_apply:
  do
  :: d_step { applicant[a] == asks -> applicant[a] = waits }
  od
}

/* Brings the log's static files up to the ledger; checks them against the signed root first. */
proctype Publisher() {
end_publish:
  do
  :: d_step { published < logSize -> published = logSize }
  od
}

#ifdef MUTANT_NO_FLUSH
/* The operating system writes its cache back when it likes. */
proctype Writeback() {
  byte k;
end_writeback:
  do
  :: d_step { logSizeFlushed != logSize || idTakenFlushed[0] != idTaken[0] -> flush() }
  od
}
#endif

/* All that a worker knows is lost; its clients' connections break. */
inline kill(w) {
  a = 0;
  do
  :: a < APPLICANTS ->
     if
     :: server[a] == w ->
        server[a] = NOBODY; idOf[a] = NOBODY; serialOf[a] = NOBODY; applicant[a] = asks
     :: else
     fi;
     a++
  :: else -> break
  od;
  a = 0;
  /* A transaction that was not committed is no more; the kernel gives its lock back. */
#ifndef MUTANT_LOCK_STAYS
  if :: lock == w -> lock = NOBODY :: else fi;
#endif
  answerTurn[w] = 0; staleSize[w] = 0; pc[w] = down
}

inline recover() {
#ifdef MUTANT_RELEASE
  /* Gives numbers back that nothing was recorded for. */
  k = 0;
  do
  :: k < NUMBERS ->
     if
     :: !certified[k] -> idTaken[k] = false; serialTaken[k] = false;
        idTakenFlushed[k] = false; serialTakenFlushed[k] = false
     :: else
     fi;
     k++
  :: else -> break
  od;
  k = 0
#else
  skip
#endif
}

/* What a crash leaves behind shows while both workers are down or the other one works on. */
inline audit() {
  k = 0;
  do
  :: k < NUMBERS ->
     if
     :: certified[k] && place[k] >= logSize -> recordedUnlogged = true
     :: else
     fi;
     if :: isUnknown(k) -> signedUnknown = true :: else fi;
     k++
  :: else -> break
  od;
  k = 0
}

proctype Crash() {
  byte a, k, w;
  do
  :: crashes == CRASHES -> break
  :: d_step { crashes < CRASHES && pc[0] != down -> kill(0); crashes++; recover(); audit() }
  :: d_step { crashes < CRASHES && pc[1] != down -> kill(1); crashes++; recover(); audit() }
  :: d_step { crashes < CRASHES ->
       kill(0); kill(1); lock = (lock == NOBODY -> NOBODY : lock);
       k = 0;
       do
       :: k < NUMBERS ->
          idTaken[k] = idTakenFlushed[k]; serialTaken[k] = serialTakenFlushed[k];
          certified[k] = certifiedFlushed[k]; place[k] = placeFlushed[k];
          k++
       :: else -> break
       od;
       k = 0; logSize = logSizeFlushed; crashes++; recover(); audit() }
  :: break
  od
}

init {
  atomic {
    run Worker(0); run Worker(1); run Applicant(0);
#if APPLICANTS > 1
    run Applicant(1);
#endif
#if APPLICANTS > 2
    run Applicant(2);
#endif
    run Publisher(); run Crash();
#ifdef MUTANT_NO_FLUSH
    run Writeback()
#endif
  }
}

/* No nodeId, no serial number is signed twice, even if a number that is free is drawn at once. */
ltl id_once { [] !idTwice }
ltl serial_once { [] !serialTwice }
/* Whatever was signed is set aside on disk: a crash leaves no certificate that nobody knows of. */
ltl signed_is_known { [] !signedUnknown }
/* What is handed out is in the ledger and in the log, on disk. */
ltl answered_is_recorded { [] !answeredUnrecorded }
/* What is in the ledger is in the log, each in a place of its own, whatever has crashed. */
ltl recorded_is_logged { [] !recordedUnlogged }
ltl places_differ { [] !placeTwice }
/* The published log never says more than the ledger still knows. */
ltl published_is_kept { [] (published <= logSizeFlushed) }
/* Crashes are bounded, so they cease: everybody is served, and all of it is published. */
ltl all_are_served { <> allServed }
ltl all_is_published { <> [] (published == logSize) }
/* Reached, so these must be violated: the model is not empty. */
ltl never_burns { [] !(allServed && crashes == CRASHES && idTaken[NUMBERS - 1]) }
ltl never_keeps_unseen { [] !(pc[0] == down && certified[0] && applicant[0] != served
  && crashes > 0) }
