//--- MetaTrader 5: does one instruction. A definite refusal is told; all else stays unknown.
#ifndef LOCKSTEP_EXECUTE_MQH
#define LOCKSTEP_EXECUTE_MQH

#include <Lockstep\Retcodes5.mqh>
#include <Lockstep\Read5.mqh>
#include <Lockstep\Symbols.mqh>

#define LS_TRIES_MAX 4
#define LS_RETRY_MS 50

// Filling modes to try in turn: RETURN is never in the mask, and market execution forbids it.
int LsFillings(const string symbol, const bool pending, ENUM_ORDER_TYPE_FILLING &modes[])
  {
   long mask = SymbolInfoInteger(symbol, SYMBOL_FILLING_MODE);
   long execution = SymbolInfoInteger(symbol, SYMBOL_TRADE_EXEMODE);
   bool returns = pending || execution!=SYMBOL_TRADE_EXECUTION_MARKET;
   bool instant = execution==SYMBOL_TRADE_EXECUTION_INSTANT || execution==SYMBOL_TRADE_EXECUTION_REQUEST;
   int count = 0;
   ArrayResize(modes, 3);
   if(pending)
      modes[count++] = ORDER_FILLING_RETURN;
   if(instant || (mask&SYMBOL_FILLING_FOK)!=0)
      modes[count++] = ORDER_FILLING_FOK;
   if((mask&SYMBOL_FILLING_IOC)!=0)
      modes[count++] = ORDER_FILLING_IOC;
   if(returns && !pending)
      modes[count++] = ORDER_FILLING_RETURN;
   if(count==0)
      modes[count++] = ORDER_FILLING_FOK;
   ArrayResize(modes, count);
   return count;
  }

void LsFreshPrice(MqlTradeRequest &request)
  {
   if(request.action==TRADE_ACTION_DEAL)
      request.price = request.type==ORDER_TYPE_BUY ? LsAsk(request.symbol) : LsBid(request.symbol);
  }

// Sends, again at a fresh price after a requote, and once in another filling mode.
// Only what the broker has definitely refused is sent again.
int LsSendRequest(MqlTradeRequest &request, MqlTradeResult &result, const long untilMs)
  {
   ENUM_ORDER_TYPE_FILLING modes[];
   int count = LsFillings(request.symbol, request.action==TRADE_ACTION_PENDING, modes), mode = 0;
   int ret = 0;
   for(int i=0; i<LS_TRIES_MAX; i++)
     {
      request.type_filling = modes[mode];
      LsFreshPrice(request);
      ZeroMemory(result);
      if(!OrderSend(request, result) && result.retcode==0)
         return 10011;
      ret = (int)result.retcode;
      bool otherMode = ret==10030 && mode+1<count && mode==0;
      if(otherMode)
        {
         mode++;
         continue;
        }
      if(!LsIsRequote(ret) && !LsIsBusy(ret))
         break;
      if(untilMs>0 && LsHubNowMs()>untilMs)
         break;
      Sleep(LS_RETRY_MS*(i+1));
     }
   return ret;
  }

// What a result says; deals and positions complete what the terminal left out of it.
void LsSettle(const MqlTradeRequest &request, const MqlTradeResult &result, const int ret, LsOutcome &outcome)
  {
   string code = LsRefusalOf(ret);
   if(code!="")
     {
      LsReject(outcome, code, ret);
      return;
     }
   LsClearOutcome(outcome);
   outcome.ret = ret;
   outcome.order = (long)result.order;
   if(ret!=10008 && ret!=10009 && ret!=10010 && ret!=10025)
      return;
   outcome.status = ret==10008 ? "working" : ret==10010 ? "partial" : "done";
   outcome.code = "";
   if(request.action!=TRADE_ACTION_DEAL)
      return;
   outcome.filled = ret==10008 ? 0.0 : result.volume;
   outcome.price = result.price;
   if(result.deal==0 || !HistoryDealSelect(result.deal))
      return;
   outcome.position = HistoryDealGetInteger(result.deal, DEAL_POSITION_ID);
   outcome.price = HistoryDealGetDouble(result.deal, DEAL_PRICE);
   outcome.filled = HistoryDealGetDouble(result.deal, DEAL_VOLUME);
  }

// The position an open went to, where the history did not say yet.
void LsFindOpened(const LsInstruction &what, LsOutcome &outcome)
  {
   LsPosition rows[];
   if(outcome.position>0 || (outcome.status!="done" && outcome.status!="partial") || !LsReadPositions(rows))
      return;
   for(int i=0; i<ArraySize(rows); i++)
     {
      bool mine = LsIsNetting() ? rows[i].symbol==what.symbol : rows[i].id==outcome.order;
      if(!mine)
         continue;
      outcome.position = rows[i].id;
      if(outcome.price<=0.0)
         outcome.price = rows[i].open;
     }
  }

ENUM_ORDER_TYPE LsPendingTypeOf(const LsInstruction &what)
  {
   if(what.type=="limit")
      return what.buy ? ORDER_TYPE_BUY_LIMIT : ORDER_TYPE_SELL_LIMIT;
   if(what.type=="stop-limit")
      return what.buy ? ORDER_TYPE_BUY_STOP_LIMIT : ORDER_TYPE_SELL_STOP_LIMIT;
   return what.buy ? ORDER_TYPE_BUY_STOP : ORDER_TYPE_SELL_STOP;
  }

// The symbol's other side on an account that nets or does not hold both sides.
void LsOpen(const LsInstruction &what, const int deviation, LsOutcome &outcome)
  {
   MqlTradeRequest request = {};
   MqlTradeResult result = {};
   bool market = what.kind=="open";
   request.action = market ? TRADE_ACTION_DEAL : TRADE_ACTION_PENDING;
   request.symbol = what.symbol;
   request.volume = what.volume;
   request.sl = LsPrice(what.symbol, what.stopLoss);
   request.tp = LsPrice(what.symbol, what.takeProfit);
   request.magic = (ulong)what.magic;
   request.comment = what.comment;
   request.deviation = (ulong)deviation;
   request.type = what.buy ? ORDER_TYPE_BUY : ORDER_TYPE_SELL;
   if(!market)
     {
      request.type = LsPendingTypeOf(what);
      request.price = LsPrice(what.symbol, what.price);
      request.stoplimit = what.type=="stop-limit" ? LsPrice(what.symbol, what.limitPrice) : 0.0;
      request.type_time = what.expiryMs>0 ? ORDER_TIME_SPECIFIED : ORDER_TIME_GTC;
      request.expiration = (datetime)(what.expiryMs/1000);
     }
   int ret = LsSendRequest(request, result, what.untilMs);
   LsSettle(request, result, ret, outcome);
   // A pending order is done once it stands.
   if(!market && outcome.status=="working")
      outcome.status = "done";
   if(market)
      LsFindOpened(what, outcome);
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

// The position must still be there, on its side and with at least the volume: where positions net, a
// close too many would open the other side.
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
      LsReject(outcome, "INVALID_VOLUME", 10038);
      return;
     }
   MqlTradeRequest request = {};
   MqlTradeResult result = {};
   request.action = TRADE_ACTION_DEAL;
   request.symbol = held.symbol;
   request.volume = what.volume;
   request.type = held.buy ? ORDER_TYPE_SELL : ORDER_TYPE_BUY;
   request.position = (ulong)held.ticket;
   request.magic = (ulong)what.magic;
   request.comment = what.comment;
   request.deviation = (ulong)deviation;
   int ret = LsSendRequest(request, result, 0);
   LsSettle(request, result, ret, outcome);
   if(outcome.position==0 && outcome.status!="rejected")
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
   MqlTradeRequest request = {};
   MqlTradeResult result = {};
   request.action = TRADE_ACTION_CLOSE_BY;
   request.symbol = held.symbol;
   request.position = (ulong)held.ticket;
   request.position_by = (ulong)other.ticket;
   request.magic = (ulong)what.magic;
   request.comment = what.comment;
   int ret = LsSendRequest(request, result, 0);
   LsSettle(request, result, ret, outcome);
   if(outcome.status=="rejected")
      return;
   outcome.position = held.id;
   if(outcome.status!="done")
      return;
   outcome.filled = MathMin(held.volume, other.volume);
   outcome.price = other.open;
  }

void LsProtect(const LsInstruction &what, LsOutcome &outcome)
  {
   LsPosition held;
   if(!LsPositionById(what.position, held))
     {
      LsReject(outcome, "POSITION_GONE", 0);
      return;
     }
   MqlTradeRequest request = {};
   MqlTradeResult result = {};
   request.action = TRADE_ACTION_SLTP;
   request.symbol = held.symbol;
   request.position = (ulong)held.ticket;
   request.sl = LsPrice(held.symbol, what.stopLoss);
   request.tp = LsPrice(held.symbol, what.takeProfit);
   request.magic = (ulong)what.magic;
   int ret = LsSendRequest(request, result, 0);
   LsSettle(request, result, ret, outcome);
   outcome.position = held.id;
  }

bool LsPendingById(const long ticket, LsOrder &found)
  {
   return OrderSelect((ulong)ticket) && LsReadOrder(found);
  }

void LsChange(const LsInstruction &what, LsOutcome &outcome)
  {
   LsOrder order;
   if(!LsPendingById(what.order, order))
     {
      LsReject(outcome, "ORDER_GONE", 0);
      return;
     }
   MqlTradeRequest request = {};
   MqlTradeResult result = {};
   request.action = TRADE_ACTION_MODIFY;
   request.order = (ulong)order.ticket;
   request.symbol = order.symbol;
   request.price = LsPrice(order.symbol, what.price>0.0 ? what.price : order.price);
   if(order.type=="stop-limit")
      request.stoplimit = LsPrice(order.symbol, what.limitPrice>0.0 ? what.limitPrice : order.limitPrice);
   request.sl = LsPrice(order.symbol, what.stopLoss);
   request.tp = LsPrice(order.symbol, what.takeProfit);
   request.type_time = what.expiryMs>0 ? ORDER_TIME_SPECIFIED : ORDER_TIME_GTC;
   request.expiration = (datetime)(what.expiryMs/1000);
   int ret = LsSendRequest(request, result, 0);
   LsSettle(request, result, ret, outcome);
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
   MqlTradeRequest request = {};
   MqlTradeResult result = {};
   request.action = TRADE_ACTION_REMOVE;
   request.order = (ulong)order.ticket;
   int ret = LsSendRequest(request, result, 0);
   LsSettle(request, result, ret, outcome);
   if(outcome.status!="rejected")
      outcome.order = order.ticket;
  }
#endif
