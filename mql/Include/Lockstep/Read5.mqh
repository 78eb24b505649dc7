//--- MetaTrader 5: positions, pending orders and deals as they stand.
#ifndef LOCKSTEP_READ_MQH
#define LOCKSTEP_READ_MQH

#include <Lockstep\Types.mqh>

bool LsIsNetting()
  {
   return AccountInfoInteger(ACCOUNT_MARGIN_MODE)!=ACCOUNT_MARGIN_MODE_RETAIL_HEDGING;
  }

// How often a netted position has been turned round up to a deal (0: up to now).
int LsLegOf(const long position, const long untilDeal)
  {
   int legs = 0;
   if(!LsIsNetting() || !HistorySelectByPosition(position))
      return 0;
   for(int i=0; i<HistoryDealsTotal(); i++)
     {
      ulong deal = HistoryDealGetTicket(i);
      if(untilDeal>0 && (long)deal>untilDeal)
         continue;
      if(HistoryDealGetInteger(deal, DEAL_ENTRY)==DEAL_ENTRY_INOUT)
         legs++;
     }
   return legs;
  }

// Reads one position that the terminal has selected.
void LsReadPosition(LsPosition &p)
  {
   p.id = PositionGetInteger(POSITION_IDENTIFIER);
   p.ticket = PositionGetInteger(POSITION_TICKET);
   p.leg = 0;
   p.symbol = PositionGetString(POSITION_SYMBOL);
   p.buy = PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_BUY;
   p.volume = PositionGetDouble(POSITION_VOLUME);
   p.open = PositionGetDouble(POSITION_PRICE_OPEN);
   p.stopLoss = PositionGetDouble(POSITION_SL);
   p.takeProfit = PositionGetDouble(POSITION_TP);
   p.openedMs = PositionGetInteger(POSITION_TIME_MSC);
   p.floating = PositionGetDouble(POSITION_PROFIT);
   p.magic = PositionGetInteger(POSITION_MAGIC);
   p.comment = PositionGetString(POSITION_COMMENT);
  }

// False where the list changed while it was read: then it is no snapshot.
bool LsReadPositions(LsPosition &rows[])
  {
   int total = PositionsTotal();
   ArrayResize(rows, total);
   for(int i=0; i<total; i++)
     {
      if(PositionGetTicket(i)==0)
         return false;
      LsReadPosition(rows[i]);
     }
   if(LsIsNetting())
      for(int i=0; i<total; i++)
         rows[i].leg = LsLegOf(rows[i].id, 0);
   return PositionsTotal()==total;
  }

string LsPendingType(const long type)
  {
   if(type==ORDER_TYPE_BUY_LIMIT || type==ORDER_TYPE_SELL_LIMIT)
      return "limit";
   if(type==ORDER_TYPE_BUY_STOP || type==ORDER_TYPE_SELL_STOP)
      return "stop";
   return type==ORDER_TYPE_BUY_STOP_LIMIT || type==ORDER_TYPE_SELL_STOP_LIMIT ? "stop-limit" : "";
  }

bool LsReadOrder(LsOrder &o)
  {
   long type = OrderGetInteger(ORDER_TYPE);
   o.type = LsPendingType(type);
   o.buy = type==ORDER_TYPE_BUY_LIMIT || type==ORDER_TYPE_BUY_STOP || type==ORDER_TYPE_BUY_STOP_LIMIT;
   o.ticket = OrderGetInteger(ORDER_TICKET);
   o.symbol = OrderGetString(ORDER_SYMBOL);
   o.volume = OrderGetDouble(ORDER_VOLUME_CURRENT);
   o.price = OrderGetDouble(ORDER_PRICE_OPEN);
   o.limitPrice = o.type=="stop-limit" ? OrderGetDouble(ORDER_PRICE_STOPLIMIT) : 0.0;
   o.stopLoss = OrderGetDouble(ORDER_SL);
   o.takeProfit = OrderGetDouble(ORDER_TP);
   o.expiryMs = OrderGetInteger(ORDER_TIME_EXPIRATION)*1000;
   o.atMs = OrderGetInteger(ORDER_TIME_SETUP_MSC);
   o.magic = OrderGetInteger(ORDER_MAGIC);
   o.comment = OrderGetString(ORDER_COMMENT);
   return o.type!="";
  }

// Market orders on their way are in the terminal's list too, and are passed over.
bool LsReadOrders(LsOrder &rows[])
  {
   int total = OrdersTotal(), count = 0;
   ArrayResize(rows, total);
   for(int i=0; i<total; i++)
     {
      if(OrderGetTicket(i)==0)
         return false;
      if(LsReadOrder(rows[count]))
         count++;
     }
   ArrayResize(rows, count);
   return OrdersTotal()==total;
  }

string LsReasonOf(const long reason, const long magic)
  {
   if(reason==DEAL_REASON_SL)
      return "stop-loss";
   if(reason==DEAL_REASON_TP)
      return "take-profit";
   if(reason==DEAL_REASON_SO)
      return "stop-out";
   return reason==DEAL_REASON_EXPERT || magic!=0 ? "expert" : "client";
  }

// What a deal that is no trade was for.
string LsCashKind(const long type, const double amount)
  {
   switch((int)type)
     {
      case DEAL_TYPE_BALANCE: case DEAL_TYPE_BONUS:
         return amount<0.0 ? "withdrawal" : "deposit";
      case DEAL_TYPE_CREDIT:
         return "credit";
      case DEAL_TYPE_CHARGE: case DEAL_TYPE_COMMISSION: case DEAL_TYPE_COMMISSION_DAILY:
      case DEAL_TYPE_COMMISSION_MONTHLY: case DEAL_TYPE_COMMISSION_AGENT_DAILY:
      case DEAL_TYPE_COMMISSION_AGENT_MONTHLY: case DEAL_TAX:
         return "fee";
      case DEAL_TYPE_INTEREST:
         return "interest";
      case DEAL_DIVIDEND: case DEAL_DIVIDEND_FRANKED:
         return "dividend";
     }
   return "correction";
  }

void LsReadDeal(const ulong ticket, LsDeal &d)
  {
   long type = HistoryDealGetInteger(ticket, DEAL_TYPE);
   long entry = HistoryDealGetInteger(ticket, DEAL_ENTRY);
   d.id = (long)ticket;
   d.order = HistoryDealGetInteger(ticket, DEAL_ORDER);
   d.position = HistoryDealGetInteger(ticket, DEAL_POSITION_ID);
   d.leg = 0;
   d.symbol = HistoryDealGetString(ticket, DEAL_SYMBOL);
   d.buy = type==DEAL_TYPE_BUY;
   d.entry = entry==DEAL_ENTRY_IN ? "in" : entry==DEAL_ENTRY_INOUT ? "inout" : "out";
   d.volume = HistoryDealGetDouble(ticket, DEAL_VOLUME);
   d.price = HistoryDealGetDouble(ticket, DEAL_PRICE);
   d.profit = HistoryDealGetDouble(ticket, DEAL_PROFIT);
   d.commission = HistoryDealGetDouble(ticket, DEAL_COMMISSION)+HistoryDealGetDouble(ticket, DEAL_FEE);
   d.swap = HistoryDealGetDouble(ticket, DEAL_SWAP);
   d.magic = HistoryDealGetInteger(ticket, DEAL_MAGIC);
   d.comment = HistoryDealGetString(ticket, DEAL_COMMENT);
   d.reason = LsReasonOf(HistoryDealGetInteger(ticket, DEAL_REASON), d.magic);
   d.atMs = HistoryDealGetInteger(ticket, DEAL_TIME_MSC);
   d.cash = type!=DEAL_TYPE_BUY && type!=DEAL_TYPE_SELL;
   if(d.cash)
      d.profit += d.commission+d.swap;
   d.kind = d.cash ? LsCashKind(type, d.profit) : "";
  }

// Deals from one time to another (server's clock), oldest first.
bool LsReadDeals(const long fromMs, const long toMs, LsDeal &rows[])
  {
   ArrayResize(rows, 0);
   if(!HistorySelect((datetime)(fromMs/1000), (datetime)(toMs/1000+1)))
      return false;
   int total = HistoryDealsTotal(), count = 0;
   ArrayResize(rows, total);
   for(int i=0; i<total; i++)
     {
      ulong ticket = HistoryDealGetTicket(i);
      if(ticket==0)
         continue;
      LsReadDeal(ticket, rows[count]);
      if(rows[count].atMs>=fromMs && rows[count].atMs<=toMs)
         count++;
     }
   ArrayResize(rows, count);
   if(LsIsNetting())
      for(int i=0; i<count; i++)
         if(!rows[i].cash)
            rows[i].leg = LsLegOf(rows[i].position, rows[i].id);
   return true;
  }

// What became of a pending order that is gone.
string LsGoneState(const LsOrder &order)
  {
   if(!HistoryOrderSelect((ulong)order.ticket))
      return "";
   long state = HistoryOrderGetInteger((ulong)order.ticket, ORDER_STATE);
   if(state==ORDER_STATE_FILLED)
      return "filled";
   return state==ORDER_STATE_EXPIRED ? "expired" : "cancelled";
  }
#endif
