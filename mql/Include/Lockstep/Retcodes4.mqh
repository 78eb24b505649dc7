//--- MetaTrader 4's errors as the hub's outcomes. What is not in the table may be live.
#ifndef LOCKSTEP_RETCODES_MQH
#define LOCKSTEP_RETCODES_MQH

// The code of a definite refusal, or empty.
string LsRefusalOf(const int error)
  {
   switch(error)
     {
      case 135: case 138:                 return "REQUOTE";
      case 136:                           return "PRICE_OFF";
      case 129:                           return "INVALID_PRICE";
      case 2: case 64: case 65:           return "BROKER_REJECTED";
      case 3: case 4051:                  return "INVALID_REQUEST";
      case 131:                           return "INVALID_VOLUME";
      case 130:                           return "INVALID_STOPS";
      case 133: case 140: case 4109: case 4110: case 4111: return "TRADE_DISABLED";
      case 132:                           return "MARKET_CLOSED";
      case 134:                           return "NO_MONEY";
      case 147:                           return "INVALID_EXPIRATION";
      case 4: case 6: case 8: case 137: case 141: case 146: return "TOO_MANY_REQUESTS";
      case 145:                           return "FROZEN";
      case 148:                           return "LIMIT_ORDERS";
      case 149:                           return "HEDGE_PROHIBITED";
      case 150:                           return "FIFO_BLOCKED";
      case 4106:                          return "UNKNOWN_SYMBOL";
      case 4108:                          return "POSITION_GONE";
     }
   return "";
  }

bool LsIsRequote(const int error)
  {
   return error==129 || error==135 || error==136 || error==138;
  }

bool LsIsBusy(const int error)
  {
   return error==4 || error==6 || error==8 || error==137 || error==141 || error==146;
  }
#endif
