//--- What the terminal keeps over a restart, in its own folder: the device's key and the epoch.
//--- The account's password is never read: MetaTrader gives it to no program.
#ifndef LOCKSTEP_STORE_MQH
#define LOCKSTEP_STORE_MQH

string g_lsDevice = "";      // empty: not paired
string g_lsDeviceKey = "";   // hex
string g_lsTriedCode = "";   // the pairing code that was used last
long   g_lsEpoch = 0;

// The folder of this account, below MQL5\Files or MQL4\Files.
string LsFolder()
  {
   string server = AccountInfoString(ACCOUNT_SERVER), clean = "";
   for(int i=0; i<StringLen(server); i++)
     {
      ushort c = StringGetCharacter(server, i);
      bool plain = (c>='0' && c<='9') || (c>='A' && c<='Z') || (c>='a' && c<='z') || c=='-';
      clean += plain ? ShortToString(c) : "_";
     }
   return "Lockstep\\"+IntegerToString(AccountInfoInteger(ACCOUNT_LOGIN))+"-"+clean+"\\";
  }

bool LsReadStore()
  {
   g_lsDevice = "";
   g_lsDeviceKey = "";
   g_lsTriedCode = "";
   g_lsEpoch = 0;
   string name = LsFolder()+"device.txt";
   if(!FileIsExist(name))
      return true;
   int file = FileOpen(name, FILE_READ|FILE_TXT|FILE_ANSI);
   if(file==INVALID_HANDLE)
      return false;
   g_lsDevice = FileReadString(file);
   g_lsDeviceKey = FileReadString(file);
   g_lsTriedCode = FileReadString(file);
   g_lsEpoch = StringToInteger(FileReadString(file));
   FileClose(file);
   return true;
  }

// Written beside the old file and moved over it, so that a power cut leaves one of them whole.
bool LsWriteStore()
  {
   string name = LsFolder()+"device.txt";
   int file = FileOpen(name+".new", FILE_WRITE|FILE_TXT|FILE_ANSI);
   if(file==INVALID_HANDLE)
      return false;
   string text = g_lsDevice+"\r\n"+g_lsDeviceKey+"\r\n"+g_lsTriedCode+"\r\n"+IntegerToString(g_lsEpoch)+"\r\n";
   bool written = FileWriteString(file, text)>0;
   FileFlush(file);
   FileClose(file);
   return written && FileMove(name+".new", 0, name, FILE_REWRITE);
  }
#endif
