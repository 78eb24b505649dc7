//--- What the hub asks: snapshots, symbols, history, keys, prices.
#ifndef LOCKSTEP_REQUESTS_MQH
#define LOCKSTEP_REQUESTS_MQH

#include <Lockstep\Instructions.mqh>
#include <Lockstep\Watch.mqh>

#define LS_WATCHED_MAX 200
#define LS_QUOTE_MS 100
#define LS_ACCOUNT_MS 250
#define LS_STATUS_MS 15000

string g_lsWatched[];
double g_lsWatchedBid[];
double g_lsWatchedAsk[];
string g_lsWatchedFacts[];

void LsAnswerEnd(const long id, const long count, const bool ok, const string why)
  {
   string line = LsStart("end");
   LsAddInteger(line, "id", id);
   LsAddInteger(line, "count", count);
   LsAddInteger(line, "ok", ok ? 1 : 0);
   LsAddText(line, "why", why);
   LsQueue(line);
  }

// A snapshot after what has happened so far was told, so that `seq` is true of it.
void LsAnswerLook(const long id)
  {
   g_lsHint = true;
   LsLook(false);
   LsPosition positions[];
   LsOrder orders[];
   LsFigures figures;
   LsReadFigures(figures);
   if(TerminalInfoInteger(TERMINAL_CONNECTED)==0 || g_lsUnexplainedSince>0 || !LsReadPositions(positions) || !LsReadOrders(orders))
     {
      bool apart = TerminalInfoInteger(TERMINAL_CONNECTED)==0;
      LsAnswerEnd(id, 0, false, apart ? "The terminal has no connection to its trade server" : "The account is changing");
      return;
     }
   string line = LsStart("snapshot");
   LsAddInteger(line, "id", id);
   LsAddInteger(line, "seq", g_lsSeq);
   LsAddFigures(line, figures);
   LsAddInteger(line, "positions", ArraySize(positions));
   LsAddInteger(line, "orders", ArraySize(orders));
   LsQueue(line);
   for(int i=0; i<ArraySize(positions); i++)
     {
      line = LsStart("holding");
      LsAddInteger(line, "id", id);
      LsAddPosition(line, positions[i], positions[i].volume);
      LsQueue(line);
     }
   for(int i=0; i<ArraySize(orders); i++)
     {
      line = LsStart("pending");
      LsAddInteger(line, "id", id);
      LsAddOrder(line, orders[i]);
      LsQueue(line);
     }
   LsAnswerEnd(id, ArraySize(positions)+ArraySize(orders), true, "");
  }

void LsAnswerSymbol(const long id, const string symbol)
  {
   string line = LsStart("symbol");
   LsAddInteger(line, "id", id);
   LsAddSymbol(line, symbol);
   LsQueue(line);
  }

void LsAnswerSymbols(const long id, const string asked)
  {
   if(asked!="")
     {
      bool there = LsHasSymbol(asked);
      if(there)
         LsAnswerSymbol(id, asked);
      LsAnswerEnd(id, there ? 1 : 0, true, "");
      return;
     }
   int count = 0;
   for(int i=0; i<SymbolsTotal(true); i++)
     {
      string symbol = SymbolName(i, true);
      if(!LsHasSymbol(symbol))
         continue;
      LsAnswerSymbol(id, symbol);
      count++;
     }
   LsAnswerEnd(id, count, true, "");
  }

void LsAnswerHistory(const long id, const long fromMs, const long toMs)
  {
   LsDeal deals[];
   if(!LsReadDeals(fromMs, toMs, deals))
     {
      LsAnswerEnd(id, 0, false, "The history cannot be read now");
      return;
     }
   int count = 0;
   for(int i=0; i<ArraySize(deals); i++)
     {
      if(deals[i].cash)
         continue;
      string line = LsStart("past");
      LsAddInteger(line, "id", id);
      LsAddDeal(line, deals[i]);
      LsQueue(line);
      count++;
     }
   LsAnswerEnd(id, count, true, "");
  }

// What was paid in and out, oldest first.
void LsAnswerPayments(const long id, const long fromMs, const long toMs)
  {
   LsDeal deals[];
   if(!LsReadDeals(fromMs, toMs, deals))
     {
      LsAnswerEnd(id, 0, false, "The history cannot be read now");
      return;
     }
   int count = 0;
   for(int i=0; i<ArraySize(deals); i++)
     {
      if(!deals[i].cash)
         continue;
      string line = LsStart("paid");
      LsAddInteger(line, "id", id);
      LsAddText(line, "pid", IntegerToString(deals[i].id));
      LsAddText(line, "kind", deals[i].kind);
      LsAddText(line, "amount", LsDecimal(deals[i].profit, 8));
      LsAddText(line, "cmt", deals[i].comment);
      LsAddInteger(line, "at", deals[i].atMs);
      LsQueue(line);
      count++;
     }
   LsAnswerEnd(id, count, true, "");
  }

// A newer owner of the account asks: what an older one sends from now on is refused, so that what is
// not found now is not executed afterwards.
void LsAnswerFind(const long id, const string key, const long fence)
  {
   if(fence>0 && fence<g_lsFence)
     {
      LsAnswerEnd(id, 0, false, "FENCED: a newer owner of the account has asked");
      return;
     }
   LsKeepFence(fence);
   LsOutcome outcome;
   LsEntry unknown;
   LsClearOutcome(outcome);
   int at = LsEntryOf(key);
   bool found = at>=0;
   if(found)
      LsAnswerAgain(at, outcome);
   else
     {
      LsUnjournaled(key, LsMagicOf(key), unknown);
      found = LsFindAtBroker(unknown, outcome);
     }
   // A key that was begun, and that neither the broker nor its history knows, was not executed.
   if(!found || outcome.status=="unknown")
     {
      LsClearOutcome(outcome);
      outcome.status = "not-found";
      outcome.code = "";
     }
   string line = LsStart("found");
   LsAddInteger(line, "id", id);
   LsAddOutcome(line, key, found && at>=0 ? g_lsEntries[at].fence : 0, outcome);
   LsQueue(line);
  }

void LsAnswerQuote(const long id, const string symbol)
  {
   bool there = LsHasSymbol(symbol);
   string line = LsStart("price");
   LsAddInteger(line, "id", id);
   LsAddText(line, "sym", symbol);
   LsAddText(line, "bid", there ? LsOptional(LsBid(symbol), 8) : "");
   LsAddText(line, "ask", there ? LsOptional(LsAsk(symbol), 8) : "");
   LsAddInteger(line, "at", there ? SymbolInfoInteger(symbol, SYMBOL_TIME)*1000 : 0);
   LsQueue(line);
  }

void LsAnswerPing(const long id, const long hubMs)
  {
   LsHearHubClock(hubMs);
   string line = LsStart("pong");
   LsAddInteger(line, "id", id);
   LsAddInteger(line, "hub", hubMs);
   LsAddInteger(line, "seq", g_lsSeq);
   LsQueue(line);
  }

string LsFactsOf(const string symbol)
  {
   string facts = "";
   LsAddSymbol(facts, symbol);
   int from = StringFind(facts, "\"tickvalue\""), to = StringFind(facts, "\"contract\"");
   return StringSubstr(facts, 0, from)+StringSubstr(facts, to);      // a tick's value moves with the price
  }

// Tells a watched symbol's price, where there is one and it is another than was told last.
void LsTellQuote(const int at)
  {
   string symbol = g_lsWatched[at];
   double bid = LsBid(symbol), ask = LsAsk(symbol);
   if(bid<=0.0 || (LsSame(bid, g_lsWatchedBid[at]) && LsSame(ask, g_lsWatchedAsk[at])))
      return;
   g_lsWatchedBid[at] = bid;
   g_lsWatchedAsk[at] = ask;
   string line = LsStart("quote");
   LsAddText(line, "sym", symbol);
   LsAddText(line, "bid", LsDecimal(bid, 8));
   LsAddText(line, "ask", LsDecimal(ask, 8));
   LsAddInteger(line, "at", SymbolInfoInteger(symbol, SYMBOL_TIME)*1000);
   LsQueue(line);
  }

// The standing price is told at once: the snapshot that the hub asks for next finds it priced.
void LsWatchSymbol(const string symbol, const bool on)
  {
   int size = ArraySize(g_lsWatched), at = -1;
   for(int i=0; i<size; i++)
      if(g_lsWatched[i]==symbol)
         at = i;
   if(on && at<0 && size<LS_WATCHED_MAX && LsHasSymbol(symbol))
     {
      ArrayResize(g_lsWatched, size+1);
      ArrayResize(g_lsWatchedBid, size+1);
      ArrayResize(g_lsWatchedAsk, size+1);
      ArrayResize(g_lsWatchedFacts, size+1);
      g_lsWatched[size] = symbol;
      g_lsWatchedBid[size] = 0.0;
      g_lsWatchedAsk[size] = 0.0;
      g_lsWatchedFacts[size] = LsFactsOf(symbol);
      LsTellQuote(size);
     }
   if(!on && at>=0)
     {
      g_lsWatched[at] = g_lsWatched[size-1];
      g_lsWatchedFacts[at] = g_lsWatchedFacts[size-1];
      g_lsWatchedBid[at] = 0.0;
      ArrayResize(g_lsWatched, size-1);
      ArrayResize(g_lsWatchedBid, size-1);
      ArrayResize(g_lsWatchedAsk, size-1);
      ArrayResize(g_lsWatchedFacts, size-1);
     }
  }

void LsTellQuotes()
  {
   static long next = 0;
   if(LsCounterMs()<next)
      return;
   next = LsCounterMs()+LS_QUOTE_MS;
   for(int i=0; i<ArraySize(g_lsWatched); i++)
      LsTellQuote(i);
  }

void LsTellFacts()
  {
   static long next = 0;
   if(LsCounterMs()<next)
      return;
   next = LsCounterMs()+1000;
   for(int i=0; i<ArraySize(g_lsWatched); i++)
     {
      string facts = LsFactsOf(g_lsWatched[i]);
      if(facts==g_lsWatchedFacts[i])
         continue;
      g_lsWatchedFacts[i] = facts;
      LsAnswerSymbol(0, g_lsWatched[i]);
     }
  }

bool LsFiguresDiffer(const LsFigures &a, const LsFigures &b)
  {
   return !LsSame(a.balance, b.balance) || !LsSame(a.credit, b.credit) || !LsSame(a.equity, b.equity)
          || !LsSame(a.margin, b.margin);
  }

void LsTellAccount(const bool anyway)
  {
   static long next = 0;
   static LsFigures told;
   LsFigures now;
   LsReadFigures(now);
   if(!anyway && (LsCounterMs()<next || !LsFiguresDiffer(now, told)))
      return;
   next = LsCounterMs()+LS_ACCOUNT_MS;
   told = now;
   string line = LsStart("account");
   LsAddFigures(line, now);
   LsQueue(line);
  }

void LsTellStatus(const bool anyway)
  {
   static long next = 0;
   static string told = "?";
   static long linked = -1;
   string why = LsWhyNoTrade();
   long link = TerminalInfoInteger(TERMINAL_CONNECTED)!=0 ? 1 : 0;
   if(!anyway && LsCounterMs()<next && why==told && link==linked)
      return;
   next = LsCounterMs()+LS_STATUS_MS-1000;
   told = why;
   linked = link;
   string line = LsStart("status");
   LsAddInteger(line, "trade", why=="" ? 1 : 0);
   LsAddText(line, "why", why);
   LsAddInteger(line, "link", link);
#ifdef __MQL5__
   LsAddInteger(line, "hedge", AccountInfoInteger(ACCOUNT_HEDGE_ALLOWED)!=0 ? 1 : 0);
#else
   LsAddInteger(line, "hedge", 1);   // MetaTrader 4 tells neither
#endif
#ifdef __MQL5__
   LsAddInteger(line, "fifo", AccountInfoInteger(ACCOUNT_FIFO_CLOSE)!=0 ? 1 : 0);
#else
   LsAddInteger(line, "fifo", 0);
#endif
   LsQueue(line);
  }

// One message of a session that stands.
void LsAnswer(const string type, const LsFields &f)
  {
   long id = LsInteger(f, "id");
   if(type=="do")
      LsDo(f);
   else if(type=="look")
      LsAnswerLook(id);
   else if(type=="symbols")
      LsAnswerSymbols(id, LsText(f, "sym"));
   else if(type=="history")
      LsAnswerHistory(id, LsInteger(f, "from"), LsInteger(f, "to"));
   else if(type=="payments")
      LsAnswerPayments(id, LsInteger(f, "from"), LsInteger(f, "to"));
   else if(type=="find")
      LsAnswerFind(id, LsText(f, "key"), LsInteger(f, "fence"));
   else if(type=="quote?")
      LsAnswerQuote(id, LsText(f, "sym"));
   else if(type=="watch")
      LsWatchSymbol(LsText(f, "sym"), LsInteger(f, "on")==1);
   else if(type=="ping")
      LsAnswerPing(id, LsInteger(f, "hub"));
  }
#endif
