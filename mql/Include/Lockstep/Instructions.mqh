//--- One instruction of the hub: the same key once, no older fence, no open past its time, written
//--- down before it is sent.
#ifndef LOCKSTEP_INSTRUCTIONS_MQH
#define LOCKSTEP_INSTRUCTIONS_MQH

#include <Lockstep\Find.mqh>
#include <Lockstep\Watch.mqh>

#define LS_FOLLOW_UP_MS 250

bool   g_lsTrades = true;        // false: this terminal is a master only
int    g_lsDeviation = 20;       // points
string g_lsLastDone = "";        // for the panel

void LsReadInstruction(const LsFields &f, LsInstruction &what)
  {
   what.key = LsText(f, "key");
   what.kind = LsText(f, "kind");
   what.symbol = LsText(f, "sym");
   what.buy = LsText(f, "side")=="buy";
   what.type = LsText(f, "type");
   what.volume = LsNumber(f, "vol");
   what.price = LsNumber(f, "price");
   what.limitPrice = LsNumber(f, "limit");
   what.position = LsInteger(f, "pos");
   what.by = LsInteger(f, "by");
   what.order = LsInteger(f, "order");
   what.stopLoss = LsNumber(f, "sl");
   what.takeProfit = LsNumber(f, "tp");
   what.expiryMs = LsInteger(f, "expiry");
   what.magic = LsInteger(f, "magic");
   what.comment = LsText(f, "cmt");
   what.fence = LsInteger(f, "fence");
   what.untilMs = LsInteger(f, "until");
  }

// Why trading is not allowed here now; empty where it is.
string LsWhyNoTrade()
  {
   if(!g_lsTrades)
      return "This terminal is set to be a master only";
   if(g_lsJournal==INVALID_HANDLE)
      return "The journal cannot be written: is the disk full?";
   if(TerminalInfoInteger(TERMINAL_TRADE_ALLOWED)==0)
      return "Algo Trading is off in the toolbar";
   if(MQLInfoInteger(MQL_TRADE_ALLOWED)==0)
      return "Algo Trading is off in the properties of this Expert Advisor";
   if(AccountInfoInteger(ACCOUNT_TRADE_ALLOWED)==0)
      return "The broker does not allow this account to trade (an investor password?)";
   if(AccountInfoInteger(ACCOUNT_TRADE_EXPERT)==0)
      return "The broker does not allow Expert Advisors on this account";
   return "";
  }

// What no broker would let stand: a price that is reached already, or a time that is over.
string LsBadTerms(const LsInstruction &what)
  {
   double now = what.buy ? LsAsk(what.symbol) : LsBid(what.symbol);
   bool below = (what.type=="limit")==what.buy;
   if(what.type=="stop-limit" && what.limitPrice<=0.0)
      return "INVALID_PRICE";
   if(what.price<=0.0 || (now>0.0 && (below ? what.price>=now : what.price<=now)))
      return "INVALID_PRICE";
   return what.expiryMs>0 && what.expiryMs<=LsServerMs() ? "INVALID_EXPIRATION" : "";
  }

// Refusals that need no broker and leave nothing behind but their journal entry.
string LsRefusedHere(const LsInstruction &what)
  {
   long now = LsHubNowMs();
   bool opens = what.kind=="open" || what.kind=="place";
   if(opens && what.untilMs>0 && (now==0 || now>what.untilMs))
      return "EXPIRED";
   if(LsWhyNoTrade()!="")
      return "TRADE_DISABLED";
#ifdef __MQL4__
   if(what.type=="stop-limit")
      return "INVALID_REQUEST";      // MetaTrader 4 has no such orders
#endif
   if(what.kind!="cancel" && what.kind!="change" && !LsHasSymbol(what.symbol))
      return "UNKNOWN_SYMBOL";
   if((opens || what.kind=="close") && !LsVolumeLegal(what.symbol, what.volume))
      return "INVALID_VOLUME";
   return what.kind=="place" ? LsBadTerms(what) : "";
  }

void LsPerform(const LsInstruction &what, LsOutcome &outcome)
  {
   if(what.kind=="open" || what.kind=="place")
      LsOpen(what, g_lsDeviation, outcome);
   else if(what.kind=="close")
      LsClose(what, g_lsDeviation, outcome);
   else if(what.kind=="close-by")
      LsCloseBy(what, outcome);
   else if(what.kind=="protect")
      LsProtect(what, outcome);
   else if(what.kind=="change")
      LsChange(what, outcome);
   else if(what.kind=="cancel")
      LsCancel(what, outcome);
   else
      LsReject(outcome, "INVALID_REQUEST", 0);
   if(outcome.atMs==0)
      outcome.atMs = LsServerMs();
  }

// The answer for a key that was seen before: what is written, or what the broker knows by now.
void LsAnswerAgain(const int at, LsOutcome &outcome)
  {
   bool open = !g_lsEntries[at].ended || g_lsEntries[at].outcome.status=="unknown" || g_lsEntries[at].outcome.status=="working";
   if(open && LsFindAtBroker(g_lsEntries[at], outcome))
     {
      LsJournalEnd(at, outcome);
      return;
     }
   outcome = g_lsEntries[at].outcome;
  }

// A key that the journal does not know may still be at the broker, where the journal was lost.
bool LsFoundWithoutJournal(const LsInstruction &what, LsOutcome &outcome)
  {
   if(what.kind!="open" && what.kind!="close" && what.kind!="close-by" && what.kind!="place")
      return false;
   LsEntry e;
   // A magic number that is not the key's own may be that of other orders.
   LsUnjournaled(what.key, what.magic==LsMagicOf(what.key) ? what.magic : 0, e);
#ifdef __MQL4__
   if(what.kind=="close" || what.kind=="close-by")
      return false;                  // a close leaves no marks there; the position's volume guards it
#endif
   return LsFindAtBroker(e, outcome);
  }

void LsRun(const LsInstruction &what, LsOutcome &outcome)
  {
   int at = LsEntryOf(what.key);
   if(at>=0)
     {
      LsAnswerAgain(at, outcome);
      return;
     }
   if(what.fence<g_lsFence)
     {
      LsReject(outcome, "FENCED", 0);
      return;
     }
   bool known = LsFoundWithoutJournal(what, outcome);
   if(!LsJournalBegin(what))
     {
      LsReject(outcome, "TRADE_DISABLED", 0);
      return;
     }
   string refused = known ? "" : LsRefusedHere(what);
   if(refused!="")
      LsReject(outcome, refused, 0);
   else if(!known)
      LsPerform(what, outcome);
   LsJournalEnd(ArraySize(g_lsEntries)-1, outcome);
  }

void LsDo(const LsFields &fields)
  {
   LsInstruction what;
   LsOutcome outcome;
   LsReadInstruction(fields, what);
   LsHearHubClock(LsInteger(fields, "hub"));
   LsClearOutcome(outcome);
   if(StringLen(what.key)==0)
      return;
   LsRun(what, outcome);
   g_lsHint = true;
   LsKeepFence(what.fence);
   if(outcome.atMs==0)
      outcome.atMs = LsServerMs();
   g_lsLastDone = what.kind+" "+what.symbol+" "+LsDecimal(what.volume, 8)+": "+outcome.status+" "+outcome.code;
   LsSendOutcome(what.key, what.fence, outcome);
  }

// Unknown and working keys of this run are looked up until they are settled, and told again.
void LsFollowUp()
  {
   static long next = 0;
   if(LsCounterMs()<next)
      return;
   next = LsCounterMs()+LS_FOLLOW_UP_MS;
   long since = LsServerMs()-3600000;
   for(int i=ArraySize(g_lsEntries)-1; i>=0 && g_lsEntries[i].startedMs>since; i--)
     {
      string before = g_lsEntries[i].ended ? g_lsEntries[i].outcome.status : "unknown";
      if(before!="unknown" && before!="working")
         continue;
      LsOutcome outcome;
      if(!LsFindAtBroker(g_lsEntries[i], outcome) || outcome.status==before)
         continue;
      LsJournalEnd(i, outcome);
      LsSendOutcome(g_lsEntries[i].key, g_lsEntries[i].fence, outcome);
     }
  }
#endif
