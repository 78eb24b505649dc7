//--- Facts of symbols, and prices and volumes as the broker wants them.
#ifndef LOCKSTEP_SYMBOLS_MQH
#define LOCKSTEP_SYMBOLS_MQH

int LsDigits(const string symbol)
  {
   return (int)SymbolInfoInteger(symbol, SYMBOL_DIGITS);
  }

bool LsHasSymbol(const string symbol)
  {
   return symbol!="" && SymbolSelect(symbol, true) && SymbolInfoDouble(symbol, SYMBOL_VOLUME_STEP)>0.0;
  }

double LsAsk(const string symbol)
  {
   return SymbolInfoDouble(symbol, SYMBOL_ASK);
  }

double LsBid(const string symbol)
  {
   return SymbolInfoDouble(symbol, SYMBOL_BID);
  }

double LsPrice(const string symbol, const double price)
  {
   return price>0.0 ? NormalizeDouble(price, LsDigits(symbol)) : 0.0;
  }

// Whole steps within the limits; a volume that is not is refused, never rounded.
bool LsVolumeLegal(const string symbol, const double volume)
  {
   double step = SymbolInfoDouble(symbol, SYMBOL_VOLUME_STEP);
   if(step<=0.0 || volume<=0.0)
      return false;
   double steps = volume/step;
   if(MathAbs(steps-MathRound(steps))>0.000001)
      return false;
   return volume<=SymbolInfoDouble(symbol, SYMBOL_VOLUME_MAX)+0.000000001;
  }

string LsModeOf(const string symbol)
  {
   long mode = SymbolInfoInteger(symbol, SYMBOL_TRADE_MODE);
   if(mode==SYMBOL_TRADE_MODE_DISABLED)
      return "disabled";
   return mode==SYMBOL_TRADE_MODE_CLOSEONLY ? "close-only" : "full";
  }

string LsExecutionOf(const string symbol)
  {
   long mode = SymbolInfoInteger(symbol, SYMBOL_TRADE_EXEMODE);
   if(mode==SYMBOL_TRADE_EXECUTION_REQUEST)
      return "request";
   if(mode==SYMBOL_TRADE_EXECUTION_INSTANT)
      return "instant";
   return mode==SYMBOL_TRADE_EXECUTION_EXCHANGE ? "exchange" : "market";
  }

long LsFillMask(const string symbol)
  {
#ifdef __MQL5__
   return SymbolInfoInteger(symbol, SYMBOL_FILLING_MODE);
#else
   return symbol=="" ? 0 : 1;
#endif
  }

#define LS_SESSIONS_TEXT_MAX 128

// A week's trading sessions as `from-to` in minutes from Sunday's midnight of the trade server, those
// that touch as one. Empty where the terminal tells none, or more than a field holds.
string LsSessionsOf(const string symbol)
  {
   string all = "";
   int open = -1, shut = -1;
   for(int day=0; day<7; day++)
      for(uint i=0; i<10; i++)
        {
         datetime from = 0, to = 0;
         if(!SymbolInfoSessionTrade(symbol, (ENUM_DAY_OF_WEEK)day, i, from, to))
            break;
         int begins = day*1440+(int)((long)from/60), ends = day*1440+(int)((long)to/60);
         if(ends<=begins)
            continue;
         if(begins>shut)
           {
            if(open>=0)
               all += (all=="" ? "" : ",")+IntegerToString(open)+"-"+IntegerToString(shut);
            open = begins;
           }
         if(ends>shut)
            shut = ends;
        }
   if(open>=0)
      all += (all=="" ? "" : ",")+IntegerToString(open)+"-"+IntegerToString(shut);
   return StringLen(all)>LS_SESSIONS_TEXT_MAX ? "" : all;
  }

void LsAddSymbol(string &line, const string symbol)
  {
   LsAddText(line, "sym", symbol);
   LsAddInteger(line, "digits", LsDigits(symbol));
   LsAddText(line, "tick", LsDecimal(SymbolInfoDouble(symbol, SYMBOL_TRADE_TICK_SIZE), 8));
   LsAddText(line, "tickvalue", LsDecimal(SymbolInfoDouble(symbol, SYMBOL_TRADE_TICK_VALUE), 8));
   LsAddText(line, "contract", LsDecimal(SymbolInfoDouble(symbol, SYMBOL_TRADE_CONTRACT_SIZE), 8));
   LsAddText(line, "vmin", LsDecimal(SymbolInfoDouble(symbol, SYMBOL_VOLUME_MIN), 8));
   LsAddText(line, "vmax", LsDecimal(SymbolInfoDouble(symbol, SYMBOL_VOLUME_MAX), 8));
   LsAddText(line, "vstep", LsDecimal(SymbolInfoDouble(symbol, SYMBOL_VOLUME_STEP), 8));
   LsAddText(line, "base", SymbolInfoString(symbol, SYMBOL_CURRENCY_BASE));
   LsAddText(line, "quoted", SymbolInfoString(symbol, SYMBOL_CURRENCY_PROFIT));
   LsAddInteger(line, "stops", SymbolInfoInteger(symbol, SYMBOL_TRADE_STOPS_LEVEL));
   LsAddInteger(line, "freeze", SymbolInfoInteger(symbol, SYMBOL_TRADE_FREEZE_LEVEL));
   LsAddText(line, "mode", LsModeOf(symbol));
   LsAddInteger(line, "fill", LsFillMask(symbol));
   LsAddText(line, "exec", LsExecutionOf(symbol));
   LsAddText(line, "sess", LsSessionsOf(symbol));
  }
#endif
