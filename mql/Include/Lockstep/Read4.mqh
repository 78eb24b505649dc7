//--- MetaTrader 4: the list of tickets as positions, pending orders and deals. A partial close ends a
//--- ticket and gives the rest a new one; the position keeps the first ticket of that chain as its id.
#ifndef LOCKSTEP_READ_MQH
#define LOCKSTEP_READ_MQH

#include <Lockstep\Types.mqh>

#define LS_CHAIN_MAX 64

int g_lsChainTickets[];      // rests of partial closes whose comments the broker has rewritten
int g_lsChainParents[];

bool LsIsNetting()
  {
   return false;
  }

void LsRememberParent(const int ticket, const int parent)
  {
   int at = ArraySize(g_lsChainTickets);
   ArrayResize(g_lsChainTickets, at+1, 64);
   ArrayResize(g_lsChainParents, at+1, 64);
   g_lsChainTickets[at] = ticket;
   g_lsChainParents[at] = parent;
  }

// The ticket in a comment such as `from #123`, or 0.
int LsTicketIn(const string comment, const string word)
  {
   string lead = word+" #";
   if(StringFind(comment, lead)!=0)
      return 0;
   return (int)StringToInteger(StringSubstr(comment, StringLen(lead)));
  }

// The ticket that a ticket is the rest of, or 0. Selects another order.
int LsParentOf(const int ticket)
  {
   for(int i=ArraySize(g_lsChainTickets)-1; i>=0; i--)
      if(g_lsChainTickets[i]==ticket)
         return g_lsChainParents[i];
   if(!OrderSelect(ticket, SELECT_BY_TICKET))
      return 0;
   int parent = LsTicketIn(OrderComment(), "from");
   if(parent>0)
      return parent;
   datetime opened = OrderOpenTime();
   for(int i=OrdersHistoryTotal()-1; i>=0; i--)
     {
      if(!OrderSelect(i, SELECT_BY_POS, MODE_HISTORY) || OrderOpenTime()!=opened)
         continue;
      if(LsTicketIn(OrderComment(), "to")==ticket)
         return OrderTicket();
     }
   return 0;
  }

int LsRootOf(const int ticket)
  {
   int root = ticket;
   for(int i=0; i<LS_CHAIN_MAX; i++)
     {
      int parent = LsParentOf(root);
      if(parent<=0 || parent==root)
         break;
      root = parent;
     }
   return root;
  }

// Reads the ticket that the terminal has selected; its chain is followed later.
void LsReadTicket(LsPosition &p)
  {
   p.ticket = OrderTicket();
   p.id = p.ticket;
   p.leg = 0;
   p.symbol = OrderSymbol();
   p.buy = OrderType()==OP_BUY;
   p.volume = OrderLots();
   p.open = OrderOpenPrice();
   p.stopLoss = OrderStopLoss();
   p.takeProfit = OrderTakeProfit();
   p.openedMs = (long)OrderOpenTime()*1000;
   p.floating = OrderProfit();
   p.magic = OrderMagicNumber();
   p.comment = OrderComment();
  }

bool LsReadPositions(LsPosition &rows[])
  {
   int total = OrdersTotal(), count = 0;
   ArrayResize(rows, total);
   for(int i=0; i<total; i++)
     {
      if(!OrderSelect(i, SELECT_BY_POS, MODE_TRADES))
         return false;
      if(OrderType()>OP_SELL)
         continue;
      LsReadTicket(rows[count]);
      count++;
     }
   ArrayResize(rows, count);
   for(int i=0; i<count; i++)
      rows[i].id = LsRootOf((int)rows[i].ticket);
   return OrdersTotal()==total;
  }

void LsReadOrder(LsOrder &o)
  {
   int type = OrderType();
   o.ticket = OrderTicket();
   o.type = type==OP_BUYLIMIT || type==OP_SELLLIMIT ? "limit" : "stop";
   o.symbol = OrderSymbol();
   o.buy = type==OP_BUYLIMIT || type==OP_BUYSTOP;
   o.volume = OrderLots();
   o.price = OrderOpenPrice();
   o.limitPrice = 0.0;
   o.stopLoss = OrderStopLoss();
   o.takeProfit = OrderTakeProfit();
   o.expiryMs = (long)OrderExpiration()*1000;
   o.atMs = (long)OrderOpenTime()*1000;
   o.magic = OrderMagicNumber();
   o.comment = OrderComment();
  }

bool LsReadOrders(LsOrder &rows[])
  {
   int total = OrdersTotal(), count = 0;
   ArrayResize(rows, total);
   for(int i=0; i<total; i++)
     {
      if(!OrderSelect(i, SELECT_BY_POS, MODE_TRADES))
         return false;
      if(OrderType()<=OP_SELL || OrderType()>OP_SELLSTOP)
         continue;
      LsReadOrder(rows[count]);
      count++;
     }
   ArrayResize(rows, count);
   return OrdersTotal()==total;
  }

string LsReasonOf(const string comment, const int magic)
  {
   if(StringFind(comment, "[sl]")>=0)
      return "stop-loss";
   if(StringFind(comment, "[tp]")>=0)
      return "take-profit";
   if(StringFind(comment, "so:")==0)
      return "stop-out";
   return magic!=0 ? "expert" : "client";
  }

// A deal of the selected ticket: its opening, or its closing.
void LsTicketDeal(LsDeal &d, const bool closing)
  {
   bool buy = OrderType()==OP_BUY;
   d.id = OrderTicket();
   d.order = OrderTicket();
   d.position = OrderTicket();
   d.leg = 0;
   d.symbol = OrderSymbol();
   d.buy = buy!=closing;
   d.entry = closing ? "out" : "in";
   d.volume = OrderLots();
   d.price = closing ? OrderClosePrice() : OrderOpenPrice();
   d.profit = closing ? OrderProfit() : 0.0;
   d.commission = closing ? OrderCommission() : 0.0;
   d.swap = closing ? OrderSwap() : 0.0;
   d.magic = OrderMagicNumber();
   d.comment = OrderComment();
   d.reason = closing ? LsReasonOf(d.comment, (int)d.magic) : (d.magic!=0 ? "expert" : "client");
   d.atMs = (long)(closing ? OrderCloseTime() : OrderOpenTime())*1000;
   d.cash = false;
   d.kind = "";
  }

void LsTicketCash(LsDeal &d)
  {
   LsTicketDeal(d, false);
   d.profit = OrderProfit();
   d.position = 0;
   d.symbol = "";
   d.entry = "";
   d.cash = true;
   d.kind = OrderType()==7 ? "credit" : d.profit<0.0 ? "withdrawal" : "deposit";
  }

void LsPushDeal(LsDeal &rows[], const LsDeal &deal)
  {
   int at = ArraySize(rows);
   ArrayResize(rows, at+1, 64);
   while(at>0 && rows[at-1].atMs>deal.atMs)
     {
      rows[at] = rows[at-1];
      at--;
     }
   rows[at] = deal;
  }

// Adds the opening and, for a closed ticket, the closing of the selected ticket.
void LsPushTicket(LsDeal &rows[], const bool closed)
  {
   LsDeal deal;
   if(OrderType()>=6)
     {
      LsTicketCash(deal);
      LsPushDeal(rows, deal);
      return;
     }
   if(OrderType()>OP_SELL)
      return;
   LsTicketDeal(deal, false);
   LsPushDeal(rows, deal);
   if(!closed)
      return;
   LsTicketDeal(deal, true);
   LsPushDeal(rows, deal);
  }

// Deals from one time to another (server's clock), oldest first. The rest of a partial close is no
// opening: its volume counts with that of the first ticket.
bool LsReadDeals(const long fromMs, const long toMs, LsDeal &rows[])
  {
   LsDeal all[];
   ArrayResize(all, 0);
   ArrayResize(rows, 0);
   for(int i=0; i<OrdersHistoryTotal(); i++)
      if(OrderSelect(i, SELECT_BY_POS, MODE_HISTORY))
         LsPushTicket(all, true);
   for(int i=0; i<OrdersTotal(); i++)
      if(OrderSelect(i, SELECT_BY_POS, MODE_TRADES))
         LsPushTicket(all, false);
   int size = ArraySize(all);
   for(int i=0; i<size; i++)
      if(!all[i].cash)
         all[i].position = LsRootOf((int)all[i].id);
   for(int i=0; i<size; i++)
     {
      bool rest = all[i].entry=="in" && all[i].position!=all[i].id;
      if(rest || all[i].atMs<fromMs || all[i].atMs>toMs)
         continue;
      if(all[i].entry=="in")
         for(int k=0; k<size; k++)
            if(k!=i && all[k].entry=="in" && all[k].position==all[i].id)
               all[i].volume += all[k].volume;
      LsPushDeal(rows, all[i]);
     }
   return true;
  }

// What became of a pending order that is gone; its ticket lives on as a position where it was filled.
string LsGoneState(const LsOrder &order)
  {
   if(!OrderSelect((int)order.ticket, SELECT_BY_TICKET))
      return "";
   if(OrderType()<=OP_SELL)
      return "filled";
   bool expired = OrderExpiration()>0 && OrderCloseTime()>=OrderExpiration();
   return expired ? "expired" : "cancelled";
  }
#endif
