//--- MetaTrader 5's return codes as the hub's outcomes. What is not in the table may be live.
#ifndef LOCKSTEP_RETCODES_MQH
#define LOCKSTEP_RETCODES_MQH

// The code of a definite refusal, or empty.
string LsRefusalOf(const int ret)
  {
   switch(ret)
     {
      case 10004: case 10020:             return "REQUOTE";
      case 10021:                         return "PRICE_OFF";
      case 10006: case 10007: case 10023: case 10041: return "BROKER_REJECTED";
      case 10013: case 10035:             return "INVALID_REQUEST";
      case 10014: case 10038:             return "INVALID_VOLUME";
      case 10015:                         return "INVALID_PRICE";
      case 10016:                         return "INVALID_STOPS";
      case 10017: case 10026: case 10027: case 10032: case 10042: case 10043: return "TRADE_DISABLED";
      case 10018:                         return "MARKET_CLOSED";
      case 10019:                         return "NO_MONEY";
      case 10022:                         return "INVALID_EXPIRATION";
      case 10024:                         return "TOO_MANY_REQUESTS";
      case 10030:                         return "INVALID_FILL";
      case 10033:                         return "LIMIT_ORDERS";
      case 10034:                         return "LIMIT_VOLUME";
      case 10036:                         return "POSITION_GONE";
      case 10040:                         return "LIMIT_POSITIONS";
      case 10044:                         return "CLOSE_ONLY";
      case 10045:                         return "FIFO_BLOCKED";
      case 10046:                         return "HEDGE_PROHIBITED";
     }
   return "";
  }

// A fresh price may be asked for at once.
bool LsIsRequote(const int ret)
  {
   return ret==10004 || ret==10020 || ret==10021;
  }

// The broker was busy and did nothing; the same may be asked again a moment later.
bool LsIsBusy(const int ret)
  {
   return ret==10024;
  }
#endif
