//--- MetaTrader 4: does one instruction. A definite refusal is told; all else stays unknown.
#ifndef LOCKSTEP_EXECUTE_MQH
#define LOCKSTEP_EXECUTE_MQH

#include <Lockstep\Retcodes4.mqh>
#include <Lockstep\Read4.mqh>
#include <Lockstep\Symbols.mqh>

#define LS_TRIES_MAX 4
#define LS_RETRY_MS 50

// Waits before a further try; false where there is none: too late, or an error that is no requote.
bool LsMayRetry(const int error, const int tries, const long untilMs)
  {
   if(!LsIsRequote(error) && !LsIsBusy(error))
      return false;
   if(tries+1>=LS_TRIES_MAX || (untilMs>0 && LsHubNowMs()>untilMs))
      return false;
   Sleep(LS_RETRY_MS*(tries+1));
   RefreshRates();
   return true;
  }

void LsSettle(const int error, LsOutcome &outcome)
  {
   LsClearOutcome(outcome);
   outcome.ret = error;
   string code = LsRefusalOf(error);
   if(code!="")
      LsReject(outcome, code, error);
  }

void LsDone(LsOutcome &outcome, const string status)
  {
   LsClearOutcome(outcome);
   outcome.status = status;
   outcome.code = "";
  }

int LsTypeOf(const LsInstruction &what)
  {
   if(what.type=="limit")
      return what.buy ? OP_BUYLIMIT : OP_SELLLIMIT;
   if(what.type=="stop")
      return what.buy ? OP_BUYSTOP : OP_SELLSTOP;
   return what.buy ? OP_BUY : OP_SELL;
  }

// After 147 the same is sent without an expiry.
void LsOpen(const LsInstruction &what, const int deviation, LsOutcome &outcome)
  {
   int type = LsTypeOf(what), error = 0;
   datetime expiry = type>OP_SELL ? (datetime)(what.expiryMs/1000) : 0;
   double sl = LsPrice(what.symbol, what.stopLoss), tp = LsPrice(what.symbol, what.takeProfit);
   for(int i=0; i<LS_TRIES_MAX; i++)
     {
      double price = type>OP_SELL ? LsPrice(what.symbol, what.price) : what.buy ? LsAsk(what.symbol) : LsBid(what.symbol);
      ResetLastError();
      int ticket = OrderSend(what.symbol, type, what.volume, price, deviation, sl, tp, what.comment, (int)what.magic, expiry);
      if(ticket>0)
        {
         LsDone(outcome, "done");
         outcome.order = ticket;
         if(type>OP_SELL || !OrderSelect(ticket, SELECT_BY_TICKET))
            return;
         outcome.position = ticket;
         outcome.filled = OrderLots();
         outcome.price = OrderOpenPrice();
         if(outcome.filled<what.volume-0.000000001)
            outcome.status = "partial";
         return;
        }
      error = GetLastError();
      if(error==147 && expiry>0)
        {
         expiry = 0;
         continue;
        }
      if(!LsMayRetry(error, i, what.untilMs))
         break;
     }
   LsSettle(error, outcome);
  }

bool LsPositionById(const long id, LsPosition &found)
  {
   LsPosition rows[];
   if(!LsReadPositions(rows))
      return false;
   for(int i=0; i<ArraySize(rows); i++)
      if(rows[i].id==id)
        {
         found = rows[i];
         return true;
        }
   return false;
  }

// What a ticket's closing gave; the lots that are gone from the chain are what was filled.
void LsSettleClose(const LsPosition &held, const double asked, LsOutcome &outcome)
  {
   LsPosition rest;
   LsDone(outcome, "done");
   outcome.order = held.ticket;
   outcome.position = held.id;
   outcome.filled = asked;
   if(LsPositionById(held.id, rest))
      outcome.filled = NormalizeDouble(held.volume-rest.volume, 8);
   if(outcome.filled<asked-0.000000001)
      outcome.status = "partial";
   if(OrderSelect((int)held.ticket, SELECT_BY_TICKET))
      outcome.price = OrderClosePrice();
  }

void LsClose(const LsInstruction &what, const int deviation, LsOutcome &outcome)
  {
   LsPosition held;
   if(!LsPositionById(what.position, held) || held.buy!=what.buy)
     {
      LsReject(outcome, "POSITION_GONE", 0);
      return;
     }
   if(what.volume>held.volume+0.000000001)
     {
      LsReject(outcome, "INVALID_VOLUME", 131);
      return;
     }
   int error = 0;
   for(int i=0; i<LS_TRIES_MAX; i++)
     {
      double price = held.buy ? LsBid(held.symbol) : LsAsk(held.symbol);
      ResetLastError();
      if(OrderClose((int)held.ticket, what.volume, price, deviation))
        {
         LsSettleClose(held, what.volume, outcome);
         return;
        }
      error = GetLastError();
      if(!LsMayRetry(error, i, 0))
         break;
     }
   LsSettle(error, outcome);
   outcome.position = held.id;
  }

// Two opposite positions of one symbol end each other; the larger keeps what is left of it.
bool LsPairOf(const LsInstruction &what, LsPosition &held, LsPosition &other, LsOutcome &outcome)
  {
   if(LsIsNetting())
     {
      LsReject(outcome, "INVALID_REQUEST", 0);
      return false;
     }
   if(!LsPositionById(what.position, held) || held.buy!=what.buy || !LsPositionById(what.by, other))
     {
      LsReject(outcome, "POSITION_GONE", 0);
      return false;
     }
   if(held.symbol==other.symbol && held.buy!=other.buy)
      return true;
   LsReject(outcome, "INVALID_REQUEST", 0);
   return false;
  }

void LsCloseBy(const LsInstruction &what, LsOutcome &outcome)
  {
   LsPosition held, other;
   if(!LsPairOf(what, held, other, outcome))
      return;
   int error = 0;
   for(int i=0; i<LS_TRIES_MAX; i++)
     {
      ResetLastError();
      if(OrderCloseBy((int)held.ticket, (int)other.ticket))
        {
         LsSettleClose(held, MathMin(held.volume, other.volume), outcome);
         return;
        }
      error = GetLastError();
      if(!LsMayRetry(error, i, 0))
         break;
     }
   LsSettle(error, outcome);
   outcome.position = held.id;
  }

// Error 1 says that nothing would change, which is done for a stop change.
void LsModify(const int ticket, const double price, const double sl, const double tp, const datetime expiry,
              LsOutcome &outcome)
  {
   int error = 0;
   for(int i=0; i<LS_TRIES_MAX; i++)
     {
      ResetLastError();
      bool changed = OrderModify(ticket, price, sl, tp, expiry);
      error = changed ? 0 : GetLastError();
      if(changed || error==1)
        {
         LsDone(outcome, "done");
         outcome.ret = error;
         return;
        }
      if(!LsMayRetry(error, i, 0))
         break;
     }
   LsSettle(error, outcome);
  }

void LsProtect(const LsInstruction &what, LsOutcome &outcome)
  {
   LsPosition held;
   if(!LsPositionById(what.position, held))
     {
      LsReject(outcome, "POSITION_GONE", 0);
      return;
     }
   LsModify((int)held.ticket, held.open, LsPrice(held.symbol, what.stopLoss), LsPrice(held.symbol, what.takeProfit), 0, outcome);
   outcome.position = held.id;
  }

bool LsPendingById(const long ticket, LsOrder &found)
  {
   LsOrder rows[];
   if(!LsReadOrders(rows))
      return false;
   for(int i=0; i<ArraySize(rows); i++)
      if(rows[i].ticket==ticket)
        {
         found = rows[i];
         return true;
        }
   return false;
  }

void LsChange(const LsInstruction &what, LsOutcome &outcome)
  {
   LsOrder order;
   if(!LsPendingById(what.order, order))
     {
      LsReject(outcome, "ORDER_GONE", 0);
      return;
     }
   double price = LsPrice(order.symbol, what.price>0.0 ? what.price : order.price);
   LsModify((int)order.ticket, price, LsPrice(order.symbol, what.stopLoss), LsPrice(order.symbol, what.takeProfit),
            (datetime)(what.expiryMs/1000), outcome);
   if(outcome.status!="rejected")
      outcome.order = order.ticket;
  }

void LsCancel(const LsInstruction &what, LsOutcome &outcome)
  {
   LsOrder order;
   if(!LsPendingById(what.order, order))
     {
      LsReject(outcome, "ORDER_GONE", 0);
      return;
     }
   int error = 0;
   for(int i=0; i<LS_TRIES_MAX; i++)
     {
      ResetLastError();
      if(OrderDelete((int)order.ticket))
        {
         LsDone(outcome, "done");
         outcome.order = order.ticket;
         return;
        }
      error = GetLastError();
      if(!LsMayRetry(error, i, 0))
         break;
     }
   LsSettle(error, outcome);
   if(outcome.status!="rejected")
      outcome.order = order.ticket;
  }
#endif
