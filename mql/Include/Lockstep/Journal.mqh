//--- The journal of keys: what was begun is written and flushed before it is sent, and what came of
//--- it after. It survives the terminal, so that one key never makes a second order.
#ifndef LOCKSTEP_JOURNAL_MQH
#define LOCKSTEP_JOURNAL_MQH

#include <Lockstep\Types.mqh>

#define LS_JOURNAL_KEEP 2000
#define LS_JOURNAL_COMPACT 4000

struct LsEntry
  {
   string            key;
   string            kind;
   string            symbol;
   bool              buy;
   double            volume;
   long              position;
   long              order;
   double            stopLoss;
   double            takeProfit;
   long              magic;
   long              fence;
   long              startedMs;    // the trade server's clock
   bool              ended;        // an outcome is known
   LsOutcome         outcome;
  };

LsEntry g_lsEntries[];
int     g_lsJournal = INVALID_HANDLE;
long    g_lsFence = 0;             // the highest seen

string LsJournalName()
  {
   return LsFolder()+"journal.txt";
  }

int LsEntryOf(const string key)
  {
   for(int i=ArraySize(g_lsEntries)-1; i>=0; i--)
      if(g_lsEntries[i].key==key)
         return i;
   return -1;
  }

string LsBeginLine(const LsEntry &e)
  {
   return "B\t"+e.key+"\t"+e.kind+"\t"+e.symbol+"\t"+(e.buy ? "1" : "0")+"\t"+LsDecimal(e.volume, 8)+"\t"
          +IntegerToString(e.position)+"\t"+IntegerToString(e.order)+"\t"+LsDecimal(e.stopLoss, 8)+"\t"
          +LsDecimal(e.takeProfit, 8)+"\t"+IntegerToString(e.magic)+"\t"+IntegerToString(e.fence)+"\t"
          +IntegerToString(e.startedMs)+"\r\n";
  }

string LsEndLine(const LsEntry &e)
  {
   return "E\t"+e.key+"\t"+e.outcome.status+"\t"+e.outcome.code+"\t"+IntegerToString(e.outcome.ret)+"\t"
          +IntegerToString(e.outcome.order)+"\t"+IntegerToString(e.outcome.position)+"\t"
          +LsDecimal(e.outcome.filled, 8)+"\t"+LsDecimal(e.outcome.price, 8)+"\t"
          +IntegerToString(e.outcome.atMs)+"\r\n";
  }

// Writes a line through to the disk; false where it cannot be known to be there.
bool LsJournalLine(const string line)
  {
   if(g_lsJournal==INVALID_HANDLE)
      return false;
   FileSeek(g_lsJournal, 0, SEEK_END);
   bool written = (int)FileWriteString(g_lsJournal, line)>=StringLen(line);
   FileFlush(g_lsJournal);
   return written;
  }

void LsReadBegin(const string &parts[])
  {
   int at = ArraySize(g_lsEntries);
   ArrayResize(g_lsEntries, at+1, 256);
   g_lsEntries[at].key = parts[1];
   g_lsEntries[at].kind = parts[2];
   g_lsEntries[at].symbol = parts[3];
   g_lsEntries[at].buy = parts[4]=="1";
   g_lsEntries[at].volume = StringToDouble(parts[5]);
   g_lsEntries[at].position = StringToInteger(parts[6]);
   g_lsEntries[at].order = StringToInteger(parts[7]);
   g_lsEntries[at].stopLoss = StringToDouble(parts[8]);
   g_lsEntries[at].takeProfit = StringToDouble(parts[9]);
   g_lsEntries[at].magic = StringToInteger(parts[10]);
   g_lsEntries[at].fence = StringToInteger(parts[11]);
   g_lsEntries[at].startedMs = StringToInteger(parts[12]);
   g_lsEntries[at].ended = false;
   LsClearOutcome(g_lsEntries[at].outcome);
   if(g_lsEntries[at].fence>g_lsFence)
      g_lsFence = g_lsEntries[at].fence;
  }

void LsReadEnd(const string &parts[])
  {
   int at = LsEntryOf(parts[1]);
   if(at<0)
      return;
   g_lsEntries[at].ended = true;
   g_lsEntries[at].outcome.status = parts[2];
   g_lsEntries[at].outcome.code = parts[3];
   g_lsEntries[at].outcome.ret = (int)StringToInteger(parts[4]);
   g_lsEntries[at].outcome.order = StringToInteger(parts[5]);
   g_lsEntries[at].outcome.position = StringToInteger(parts[6]);
   g_lsEntries[at].outcome.filled = StringToDouble(parts[7]);
   g_lsEntries[at].outcome.price = StringToDouble(parts[8]);
   g_lsEntries[at].outcome.atMs = StringToInteger(parts[9]);
  }

// A line that a killed terminal left half written is passed over: what it began was not yet sent.
void LsReadJournalLine(const string line)
  {
   string parts[];
   int count = StringSplit(line, '\t', parts);
   if(count==13 && parts[0]=="B" && StringLen(parts[12])>=13)
      LsReadBegin(parts);
   else if(count==10 && parts[0]=="E")
      LsReadEnd(parts);
   else if(count==2 && parts[0]=="F" && StringToInteger(parts[1])>g_lsFence)
      g_lsFence = StringToInteger(parts[1]);
  }

// Keeps the newest keys only, in a new file that takes the place of the old one.
bool LsCompactJournal()
  {
   int size = ArraySize(g_lsEntries), from = size-LS_JOURNAL_KEEP;
   if(size<LS_JOURNAL_COMPACT)
      return true;
   int file = FileOpen(LsJournalName()+".new", FILE_WRITE|FILE_TXT|FILE_ANSI);
   if(file==INVALID_HANDLE)
      return false;
   FileWriteString(file, "F\t"+IntegerToString(g_lsFence)+"\r\n");
   for(int i=from; i<size; i++)
     {
      FileWriteString(file, LsBeginLine(g_lsEntries[i]));
      if(g_lsEntries[i].ended)
         FileWriteString(file, LsEndLine(g_lsEntries[i]));
     }
   FileFlush(file);
   FileClose(file);
   for(int i=0; i<LS_JOURNAL_KEEP; i++)
      g_lsEntries[i] = g_lsEntries[from+i];
   ArrayResize(g_lsEntries, LS_JOURNAL_KEEP);
   return FileMove(LsJournalName()+".new", 0, LsJournalName(), FILE_REWRITE);
  }

// Reads the journal and opens it for more; without it nothing is traded.
bool LsOpenJournal()
  {
   ArrayResize(g_lsEntries, 0);
   g_lsFence = 0;
   if(FileIsExist(LsJournalName()))
     {
      int file = FileOpen(LsJournalName(), FILE_READ|FILE_TXT|FILE_ANSI);
      if(file==INVALID_HANDLE)
         return false;
      while(!FileIsEnding(file))
         LsReadJournalLine(FileReadString(file));
      FileClose(file);
      if(!LsCompactJournal())
         return false;
     }
   g_lsJournal = FileOpen(LsJournalName(), FILE_READ|FILE_WRITE|FILE_TXT|FILE_ANSI|FILE_SHARE_READ);
   // What follows a half written line begins on a line of its own.
   return LsJournalLine("\r\n");
  }

void LsCloseJournal()
  {
   if(g_lsJournal!=INVALID_HANDLE)
      FileClose(g_lsJournal);
   g_lsJournal = INVALID_HANDLE;
  }

// Keeps the highest fence, also where its instruction sends nothing.
void LsKeepFence(const long fence)
  {
   if(fence<=g_lsFence)
      return;
   g_lsFence = fence;
   LsJournalLine("F\t"+IntegerToString(fence)+"\r\n");
  }

// Writes down that an instruction begins. False: it must not be sent.
bool LsJournalBegin(const LsInstruction &what)
  {
   int at = ArraySize(g_lsEntries);
   ArrayResize(g_lsEntries, at+1, 256);
   g_lsEntries[at].key = what.key;
   g_lsEntries[at].kind = what.kind;
   g_lsEntries[at].symbol = what.symbol;
   g_lsEntries[at].buy = what.buy;
   g_lsEntries[at].volume = what.volume;
   g_lsEntries[at].position = what.position;
   g_lsEntries[at].order = what.order;
   g_lsEntries[at].stopLoss = what.stopLoss;
   g_lsEntries[at].takeProfit = what.takeProfit;
   g_lsEntries[at].magic = what.magic;
   g_lsEntries[at].fence = what.fence;
   g_lsEntries[at].startedMs = LsServerMs();
   g_lsEntries[at].ended = false;
   LsClearOutcome(g_lsEntries[at].outcome);
   if(LsJournalLine(LsBeginLine(g_lsEntries[at])))
      return true;
   ArrayResize(g_lsEntries, at);
   return false;
  }

void LsJournalEnd(const int at, const LsOutcome &outcome)
  {
   g_lsEntries[at].ended = true;
   g_lsEntries[at].outcome = outcome;
   LsJournalLine(LsEndLine(g_lsEntries[at]));
  }

// The key that opened a position or placed an order, where the journal knows it.
string LsKeyOfPosition(const long position, const long order)
  {
   for(int i=ArraySize(g_lsEntries)-1; i>=0; i--)
     {
      bool placed = g_lsEntries[i].kind=="place";
      if((g_lsEntries[i].kind!="open" && !placed) || !g_lsEntries[i].ended)
         continue;
      // An order that is filled keeps its number as the position's.
      bool same = position>0 && (placed ? g_lsEntries[i].outcome.order : g_lsEntries[i].outcome.position)==position;
      if(same || (order>0 && g_lsEntries[i].outcome.order==order))
         return g_lsEntries[i].key;
     }
   return "";
  }

// The key whose order made a deal, where the journal knows it. Where a stop ended a position, and on
// MetaTrader 4 where a hand did, the deal has the marks of what opened it, and is none of ours. On
// an account that nets, an open of ours may well end a position.
string LsKeyOfDeal(const LsDeal &d)
  {
   if(d.reason=="stop-loss" || d.reason=="take-profit" || d.reason=="stop-out")
      return "";
   for(int i=ArraySize(g_lsEntries)-1; i>=0; i--)
     {
      bool close = g_lsEntries[i].kind=="close";
      bool opens = g_lsEntries[i].kind=="open" || g_lsEntries[i].kind=="place";
#ifdef __MQL4__
      opens = opens && d.entry!="out";
#endif
      if(!(close && d.entry!="in") && !opens)
         continue;
      if(d.order>0 && g_lsEntries[i].ended && g_lsEntries[i].outcome.order==d.order)
         return g_lsEntries[i].key;
      if(d.magic>0 && g_lsEntries[i].magic==d.magic)
         return g_lsEntries[i].key;
      // Not answered yet: it may well be this one.
      if(close && !g_lsEntries[i].ended && g_lsEntries[i].position==d.position && LsSame(g_lsEntries[i].volume, d.volume))
         return g_lsEntries[i].key;
     }
   return "";
  }
#endif
